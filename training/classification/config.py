"""The parameters of a classifier, checked once; the defaults are the study's settings."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from training.errors import InvalidParameter
from training.parameters.fields import HiddenSizes, NonNegative, Positive, split
from training.parameters.registration import Registration

# The study's; for clothes, and for the user's own pictures, what it takes for digits.
_MNIST: Mapping[str, Any] = {
    "l2_lambda": (0.0, 3.0, 1.0, 0.1),
    "hidden": (50, 25),
    "initialization": "xavier",
    "learning_rate": 0.005,
    "batch_size": 64,
    "epochs": 20,
}
STUDY: Mapping[str, Mapping[str, Any]] = {
    "mnist": _MNIST,
    "fashion_mnist": _MNIST,
    "pictures": _MNIST,
    "cats": {
        "l2_lambda": (0.0, 10.0, 30.0, 50.0, 100.0, 1000.0),
        "hidden": (20, 7),
        "initialization": "he",
        "learning_rate": 0.01,
        # The whole set.
        "batch_size": 256,
        "epochs": 200,
    },
}


# What a run's name tells where it is not as usual.
_TOLD = (
    *("search", "initialization", "loss", "epochs", "batch_size", "learning_rate", "shuffle", "dropout", "augment"),
    *("seed", "dtype"),
)
# Those whose results the study gives.
STUDIED = ("mnist", "cats")
# Half a decade apart, from what changes nothing to what leaves nothing of a fit.
SEARCHED = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


def _by_dataset(field: str) -> Callable[[dict[str, Any]], Any]:
    """The study's value for the dataset. Help shows the name of a factory in place of a default."""

    def default(known: dict[str, Any]) -> Any:
        if field == "l2_lambda" and known.get("search"):
            return SEARCHED
        return STUDY[known.get("dataset", "mnist")][field]

    default.__name__ = "by dataset"
    return default


class ClassifyConfig(Registration):
    """Train classifiers of pictures with several strengths of L2, log each to MLflow and register the best."""

    module: ClassVar[str] = "training.classify"

    dataset: Literal["mnist", "fashion_mnist", "cats", "pictures"] = Field(
        "mnist", description="what to classify; pictures: the files CLASS/*.png (.jpg, .tif, …) in data_dir"
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
    l2_lambda: Annotated[tuple[NonNegative, ...], NoDecode, BeforeValidator(split)] = Field(
        default_factory=_by_dataset("l2_lambda"),
        min_length=1,
        max_length=100,
        description="strengths of the L2 regularisation, as 0,3,1: a training for each, together",
    )
    hidden: HiddenSizes = Field(default_factory=_by_dataset("hidden"), description="units of each hidden layer")
    activation: Literal["relu", "tanh", "sigmoid"] = Field("relu", description="activation of the hidden layers")
    initialization: Literal["uniform", "uniform/100", "gaussian", "xavier", "he", "bengio"] = Field(
        default_factory=_by_dataset("initialization"), description="how the initial weights are drawn"
    )
    loss: Literal["binary_cross_entropy", "cross_entropy"] = Field(
        "binary_cross_entropy",
        description="binary_cross_entropy: a sigmoid for each output, summed; cross_entropy: a softmax",
    )
    optimizer: Literal["sgd", "adam"] = Field("sgd", description="optimizer")
    learning_rate: Positive = Field(
        default_factory=_by_dataset("learning_rate"), description="step size of the optimizer"
    )
    batch_size: int = Field(
        default_factory=_by_dataset("batch_size"), ge=1, description="pictures per step; more than there are means all"
    )
    epochs: int = Field(
        default_factory=_by_dataset("epochs"), ge=1, le=1_000_000, description="passes over the pictures"
    )
    shuffle: bool = Field(False, description="whether each epoch takes the pictures in an order of its own")
    dropout: float = Field(0.0, ge=0, lt=1, description="part of the hidden units that each step leaves out")
    augment: bool = Field(
        False, description="whether each epoch shifts the pictures at random, and mirrors those that are not digits"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of the initial weights and of all that is drawn in training")
    dtype: Literal["float32", "float64"] = Field("float64", description="precision of the training")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(set(self.l2_lambda)) < len(self.l2_lambda):
            raise InvalidParameter(f"l2_lambda: each λ is trained once, not {','.join(map(str, self.l2_lambda))!r}")
        if self.dataset == "pictures" and self.data_dir is None:
            raise InvalidParameter("data_dir: dataset=pictures needs a folder that has one of pictures for each class")
        if self.dataset != "pictures" and self.picture_size is not None:
            raise InvalidParameter(f"picture_size: {self.dataset} has its own size")
        return self

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
        """What tells a run from others: the pictures, the network, the λ and whatever is not as usual."""
        usual = ClassifyConfig.model_validate({"dataset": self.dataset, "data_dir": self.data_dir})
        strengths = f"λ={','.join(f'{strength:g}' for strength in self.l2_lambda)}"
        network = [self.named, self.optimizer, self.activation, ",".join(map(str, self.hidden)), strengths]
        return " ".join([*network, *self.differing(usual, _TOLD)])[:200]

    @property
    def registered_name(self) -> str | None:
        """The name in the model registry, or None where nothing is to be registered."""
        return self.name_in_registry(self.named)
