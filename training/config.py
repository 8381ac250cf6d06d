"""The parameters of a fit, checked once, with the reason for each default."""

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from training import targets
from training.command_line import CommandLine
from training.jets import ACTIVATIONS

# More is a mistake rather than a small network: a layer of 4,096 x 4,096 takes 128 MiB.
MAX_HIDDEN_SIZE = 4_096
MAX_HIDDEN_LAYERS = 16


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _domain(value: object) -> tuple[float, float]:
    try:
        low, high = map(float, _split(value))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        low = high = math.nan
    if not (low < high and math.isfinite(high - low)):
        raise ValueError("expected LOW,HIGH with LOW < HIGH, both finite")
    return low, high


def _known_activation(name: str) -> str:
    if name not in ACTIVATIONS:
        raise ValueError(f"expected one of {', '.join(ACTIVATIONS)}")
    return name


HiddenSize = Annotated[int, Field(ge=1, le=MAX_HIDDEN_SIZE)]
HiddenSizes = Annotated[
    tuple[HiddenSize, ...],
    NoDecode,
    BeforeValidator(_split),
    Field(min_length=1, max_length=MAX_HIDDEN_LAYERS),
]
Domain = Annotated[tuple[float, float], NoDecode, BeforeValidator(_domain)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class FitConfig(CommandLine):
    """Fit a function with a small neural network, log the fit to MLflow and register it with its derivatives."""

    target: str = Field("gaussian", description="function to approximate: gaussian, psi_N or psi_N^2")
    mean: float = Field(0.0, allow_inf_nan=False, description="mean of the gaussian")
    std: Positive = Field(1.0, description="standard deviation of the gaussian")
    # The study's axis: beyond five standard deviations a gaussian is below 1e-6 of its peak.
    domain: Domain = Field((-5.0, 5.0), description="LOW,HIGH: where the function is sampled")
    # The study's sampling, and its later setting for hidden, epochs and batch_size: "a good compromise".
    points: int = Field(10_001, ge=2, le=10_000_000, description="equally spaced samples, both ends included")
    hidden: HiddenSizes = Field((30, 30), description="units of each hidden layer, as 30,30")
    epochs: int = Field(15, ge=1, le=1_000_000, description="passes over the samples")
    batch_size: int = Field(100, ge=1, description="samples per step; more than there are means all")
    # Smooth, so that second and higher derivatives exist; the study's own ReLU has none.
    activation: Annotated[str, AfterValidator(_known_activation)] = Field(
        "tanh", description=f"activation of the hidden layers: {', '.join(ACTIVATIONS)}"
    )
    optimizer: Literal["adam", "sgd"] = Field("adam", description="optimizer")
    # Of 0.001, 0.003, 0.005 and 0.01 the one with the lowest errors of f and f'' of the default fit over four seeds.
    learning_rate: Positive = Field(5e-3, description="step size of the optimizer")
    weight_decay: NonNegative = Field(0.0, description="L2 regularisation of the weights; biases are left out")
    seed: int = Field(0, ge=0, lt=2**63, description="of the initial weights and the order of the samples")
    runs: int = Field(
        1, ge=1, le=100_000, description="trainings, with seeds seed, seed + 1, …; the best is registered"
    )
    # Single precision gains nothing at these sizes, and its weights limit a derivative's precision.
    dtype: Literal["float32", "float64"] = Field("float64", description="precision of the training")
    # f'' is what users of the study missed; two more orders cost little and serve as a check on it.
    max_order: int = Field(4, ge=0, le=8, description="highest derivative that is registered and served")
    register_as: str = Field(
        "auto",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="name in the model registry: auto (from the target), none, or letters, digits, _ and -",
    )
    champion: Literal["better", "always", "never"] = Field(
        "better", description="when the new version becomes the one that is served"
    )

    @model_validator(mode="after")
    def _target_exists(self) -> Self:
        targets.parse(self.target, self.mean, self.std)
        return self

    @property
    def function(self) -> targets.Target:
        """The target with its parameters."""
        return targets.parse(self.target, self.mean, self.std)

    @property
    def registered_name(self) -> str | None:
        """The name in the model registry, or None where the fit is not to be registered."""
        automatic = self.target.replace("^2", "_squared")
        return {"auto": automatic, "none": None}.get(self.register_as, self.register_as)
