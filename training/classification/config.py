"""The parameters of a classifier, checked once; the defaults are the study's settings, or follow from the network."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from training.classification.networks import NETWORKS, Network, NetworkName
from training.errors import InvalidParameter
from training.parameters.fields import HiddenSizes, NonNegative, Positive, split
from training.parameters.registration import Registration

# Parameters that are part of a run's name where they are not as usual.
_TOLD = (
    *("search", "initialization", "loss", "epochs", "batch_size", "learning_rate", "shuffle", "dropout", "augment"),
    *("seed", "dtype"),
)


def _by_network(parameter: str) -> Callable[[dict[str, Any]], Any]:
    """The network's value for the dataset. Help shows the name of a factory in place of a default."""

    def default(known: dict[str, Any]) -> Any:
        network = NETWORKS[known.get("network", "dense")]
        if parameter == "l2_lambda" and known.get("search"):
            return network.searched
        return network.default(parameter, known.get("dataset", "mnist"))

    default.__name__ = "by network and dataset"
    return default


def _none(value: object) -> object:
    """No hidden layers, for `none`."""
    return () if value == "none" else value


class ClassifyConfig(Registration):
    """Train classifiers of pictures with several strengths of L2, log each to MLflow and register the best."""

    module: ClassVar[str] = "training.classify"

    dataset: Literal["mnist", "fashion_mnist", "cats", "pictures"] = Field(
        "mnist", description="what to classify; pictures: the files CLASS/*.png (.jpg, .tif, …) in data_dir"
    )
    network: NetworkName = Field(
        "dense",
        description="what classifies: dense, the study's layers on pixels; features, a layer on what a pretrained "
        "network makes of them; conv, convolutions, for hundreds of pictures of each class",
    )
    data_dir: Path | None = Field(
        None, description="folder with the dataset's files; the user's cache, and the net, unless given"
    )
    picture_size: Annotated[int, Field(ge=1, le=1_024)] | None = Field(
        None, description="height and width that dataset=pictures are resized to; needed where they differ"
    )
    test_part: float = Field(
        0.2,
        gt=0,
        le=0.5,
        description="part of dataset=pictures to test with, where there are no folders train and test",
    )
    search: bool = Field(
        False, description="whether to choose λ on a part of the training pictures, before the test pictures are seen"
    )
    validation: float = Field(0.2, gt=0, le=0.5, description="part of the training pictures that a search judges by")
    learning_curve: bool | None = Field(
        None,
        description="whether to train with parts of the pictures, too, and say whether more would help; where it takes "
        "seconds unless given",
    )
    l2_lambda: Annotated[tuple[NonNegative, ...], NoDecode, BeforeValidator(split)] = Field(
        default_factory=_by_network("l2_lambda"),
        min_length=1,
        max_length=100,
        description="strengths of the L2 regularisation, as 0,3,1: a training for each, together",
    )
    hidden: Annotated[HiddenSizes, BeforeValidator(_none)] = Field(
        default_factory=_by_network("hidden"),
        description="units of each hidden layer, as 50,25, or channels of each convolution; none: no such layer",
    )
    activation: Literal["relu", "tanh", "sigmoid"] = Field("relu", description="activation of the hidden layers")
    initialization: Literal["uniform", "uniform/100", "gaussian", "xavier", "he", "bengio"] = Field(
        default_factory=_by_network("initialization"), description="how the initial weights are drawn"
    )
    loss: Literal["binary_cross_entropy", "cross_entropy"] = Field(
        default_factory=_by_network("loss"),
        description="binary_cross_entropy: a sigmoid for each output, summed; cross_entropy: a softmax",
    )
    optimizer: Literal["sgd", "adam"] = Field(default_factory=_by_network("optimizer"), description="optimizer")
    learning_rate: Positive = Field(
        default_factory=_by_network("learning_rate"), description="step size of the optimizer"
    )
    batch_size: int = Field(
        default_factory=_by_network("batch_size"), ge=1, description="pictures per step; more than there are means all"
    )
    epochs: int = Field(
        default_factory=_by_network("epochs"), ge=1, le=1_000_000, description="passes over the pictures"
    )
    shuffle: bool = Field(
        default_factory=_by_network("shuffle"),
        description="whether each epoch takes the pictures in an order of its own",
    )
    dropout: float = Field(
        default_factory=_by_network("dropout"),
        ge=0,
        lt=1,
        description="part of the hidden units that each step leaves out",
    )
    augment: bool = Field(
        default_factory=_by_network("augment"),
        description="whether each epoch shifts the pictures at random, and mirrors those that are not digits",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of the initial weights and of all that is drawn in training")
    dtype: Literal["float32", "float64"] = Field(
        default_factory=_by_network("dtype"), description="precision of the training"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(set(self.l2_lambda)) < len(self.l2_lambda):
            raise InvalidParameter(f"l2_lambda: each λ is trained once, not {','.join(map(str, self.l2_lambda))!r}")
        if self.dataset == "pictures" and self.data_dir is None:
            raise InvalidParameter("data_dir: dataset=pictures needs a folder that has one of pictures for each class")
        if self.dataset != "pictures" and self.picture_size is not None:
            raise InvalidParameter(f"picture_size: {self.dataset} has its own size")
        if self.row.package is not None and self.row.folder is None:
            package, what = self.row.package
            raise InvalidParameter(
                f"network: {self.network} needs {what}, which are not installed: pip install {package}"
            )
        for name, why in self.row.refused.items():
            if getattr(self, name) != self.row.default(name, self.dataset):
                raise InvalidParameter(f"{name}: network={self.network} has none: {why}")
        return self

    @property
    def row(self) -> Network:
        """The network's row in the table of networks."""
        return NETWORKS[self.network]

    def with_lambda(self, strength: float) -> "ClassifyConfig":
        """The same parameters with one λ, and nothing to search."""
        return self.model_copy(update={"l2_lambda": (strength,), "search": False})

    @property
    def named(self) -> str:
        """The pictures, by the name that a reader knows them by."""
        if self.dataset != "pictures":
            return self.dataset
        assert self.data_dir is not None, "refused without"
        return self.data_dir.resolve().name

    @property
    def run_name(self) -> str:
        """The name of a run: the pictures, the network, the λ and whatever is not as usual."""
        given = {"dataset": self.dataset, "data_dir": self.data_dir, "network": self.network}
        usual = ClassifyConfig.model_validate(given)
        strengths = f"λ={','.join(f'{strength:g}' for strength in self.l2_lambda)}"
        told: tuple[str, ...] = _TOLD
        network = [self.optimizer, self.activation, ",".join(map(str, self.hidden)) or "none"]
        if self.network != "dense":
            told, network = ("optimizer", "activation", "hidden", *_TOLD), [self.network]
        return " ".join([self.named, *network, strengths, *self.differing(usual, told)])[:200]

    def as_strings(self) -> dict[str, str]:
        """Every parameter that has a value, as it would be written on the command line."""
        strings = super().as_strings()
        return strings if self.hidden else strings | {"hidden": "none"}

    @property
    def registered_name(self) -> str | None:
        """The name in the model registry, or None where nothing is to be registered."""
        return self.name_in_registry(self.named)
