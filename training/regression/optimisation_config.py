"""The parameters of how a network is trained, with the reason for each default."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from training.models import activations
from training.parameters.command_line import CommandLine
from training.parameters.fields import HiddenSizes, NonNegative, Positive
from training.regression.methods import METHODS, Method, Optimizer
from training.regression.presets import DEFAULT_PRESET, by_optimizer, by_preset

# With a success in a hundred of them, retrying is no strategy.
MAX_RETRIES = 100


def _known_activation(name: str) -> str:
    if name not in activations.NAMES:
        raise ValueError(f"expected one of {', '.join(activations.NAMES)}")
    return name


class OptimisationConfig(CommandLine):
    """A network and what trains it."""

    preset: Literal["precise", "standard", "study"] = Field(
        DEFAULT_PRESET,
        description="decides optimizer, activation, learning_rate, standardise and dtype where they are not given",
    )
    noise: Literal["auto", "white", "varying", "robust", "correlated"] = Field(
        "auto",
        description="of data: alike everywhere, varying with x, with outliers, correlated; auto: by the evidence",
    )
    period: Positive | None = Field(None, description="of what data repeat themselves after, in units of x")
    optimizer: Annotated[Optimizer, Field(default_factory=by_preset("optimizer"), description="optimizer")]
    activation: Annotated[str, AfterValidator(_known_activation)] = Field(
        default_factory=by_preset("activation"),
        description=f"activation of the hidden layers: {', '.join(activations.NAMES)}",
    )
    hidden: HiddenSizes = Field(
        default_factory=by_optimizer("hidden"),
        description="units of each hidden layer, as 30,30; auto: as many as the function, or the data, need",
    )
    epochs: int = Field(
        default_factory=by_optimizer("epochs"), ge=1, le=1_000_000, description="passes over the samples, or iterations"
    )
    batch_size: Annotated[int, Field(ge=1)] | None = Field(
        default_factory=by_optimizer("batch_size"), description="samples per step; more than there are means all"
    )
    learning_rate: Positive | None = Field(
        default_factory=by_preset("learning_rate"), description="step size of the optimizer"
    )
    standardise: bool = Field(
        default_factory=by_preset("standardise"),
        description="train on x and y of the order of one; false: as they are, as the study did",
    )
    weight_decay: NonNegative = Field(0.0, description="L2 regularisation of the weights; biases are left out")
    seed: int = Field(0, ge=0, lt=2**63, description="of the initial weights and the order of the samples")
    runs: int = Field(
        1, ge=1, le=100_000, description="trainings, with seeds seed, seed + 1, …; the best is registered"
    )
    retry_until: Positive | None = Field(
        None,
        description="train one seed after the other until the mean squared error is at most this, "
        f"or `runs` of them, or {MAX_RETRIES} where `runs` is 1",
    )
    dtype: Literal["float32", "float64"] = Field(
        default_factory=by_preset("dtype"), description="precision of the training"
    )

    @property
    def method(self) -> Method:
        """The optimizer's row in the table of methods."""
        return METHODS[self.optimizer]

    @property
    def trainings(self) -> int:
        """How many there are; with `retry_until`, at most."""
        return MAX_RETRIES if self.retry_until is not None and self.runs == 1 else self.runs
