"""The parameters of a fit, checked once, with the reason for each default."""

import hashlib
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from training.data.form import DataForm
from training.errors import InvalidParameter
from training.models import activations
from training.parameters.command_line import AUTO
from training.regression.methods import METHODS, Method, Optimizer, those
from training.regression.presets import DEFAULT_PRESET, SHAPED_OPTIMIZER, by_data, by_optimizer, by_preset
from training.targets import expressions, named
from training.targets.domain import Domain

if TYPE_CHECKING:
    from training.data.tables import Columns

# More is a mistake rather than a small network: a layer of 4,096 x 4,096 takes 128 MiB.
MAX_HIDDEN_SIZE = 4_096
MAX_HIDDEN_LAYERS = 16

# Beyond five standard deviations a gaussian is below 1e-6 of its peak.
STUDY_DOMAIN = Domain(-5.0, 5.0)
# With a success in a hundred of them, retrying is no strategy.
MAX_RETRIES = 100
# What only gradient descent has.
_STEPS = ("batch_size", "learning_rate", "weight_decay")
_STEPPING, _WEIGHTED = those(lambda m: m.takes_steps), those(lambda m: m.takes_weights)
_NOT_GIVEN = (None, 0, "0", "0.0")
# What a run's name tells where it is not as usual, and where that ends.
_TOLD = (
    *("epochs", "batch_size", "learning_rate", "weight_decay", "match_derivatives", "domain", "points", "validation"),
    *("error_column", "dtype", "seed", "runs", "retry_until"),
)
_LONGEST_NAME = 200
_Y_COLUMN = "y"


def split(value: object) -> object:
    """The parts of a value that is written with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _hidden_sizes(value: object) -> object:
    """The sizes of layers that are written with commas; none for `auto`."""
    return () if value == AUTO else split(value)


def _domain(value: object) -> Domain | None:
    if value is None:
        return None
    try:
        low, high = map(float, split(value))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        low = high = math.nan
    if not (low < high and math.isfinite(high - low)):
        raise ValueError("expected LOW,HIGH with LOW < HIGH, both finite")
    return Domain(low, high)


def _known_activation(name: str) -> str:
    if name not in activations.NAMES:
        raise ValueError(f"expected one of {', '.join(activations.NAMES)}")
    return name


HiddenSize = Annotated[int, Field(ge=1, le=MAX_HIDDEN_SIZE)]
HiddenSizes = Annotated[
    tuple[HiddenSize, ...],
    NoDecode,
    BeforeValidator(_hidden_sizes),
    Field(max_length=MAX_HIDDEN_LAYERS),
]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class FitConfig(DataForm):
    """Fit a function or data with a small neural network, log the fit to MLflow and register it with its derivatives.

    Fields whose default follows from others stand behind these.
    """

    module: ClassVar[str] = "training.fit"

    preset: Literal["precise", "standard", "study"] = Field(
        DEFAULT_PRESET,
        description="decides optimizer, activation, learning_rate, standardise and dtype where they are not given",
    )
    data: Path | None = Field(
        None, description="file of samples to fit in place of a function: text, Excel, Parquet or NumPy"
    )
    x_column: str = Field("x", min_length=1, description="column of the data with x: its name, or its number from 1")
    y_column: str = Field(
        _Y_COLUMN, min_length=1, description="column of the data with y: its name, or its number from 1"
    )
    error_column: str | None = Field(
        None, description="column of the data with standard errors of y: weights of the fit"
    )
    invalid_rows: Literal["refuse", "drop"] = Field(
        "refuse", description="what to do with rows of the data that are not numbers"
    )
    # Ten points in a hundred cost the fit little and judge it well enough.
    validation: float = Field(
        0.1, ge=0, le=0.9, description="part of the data that the fit never sees; it is judged there"
    )
    noise: Literal["auto", "white", "varying", "robust", "correlated"] = Field(
        "auto",
        description="of data: alike everywhere, varying with x, with outliers, correlated; auto: by the evidence",
    )
    period: Positive | None = Field(None, description="of what data repeat themselves after, in units of x")
    target: str | None = Field(
        default_factory=by_data("gaussian", None),
        description="function to approximate: gaussian, psi_N, psi_N^2 or an expression in x; the truth behind data",
    )
    mean: float = Field(0.0, allow_inf_nan=False, description="mean of the gaussian")
    std: Positive = Field(1.0, description="standard deviation of the gaussian")
    domain: Annotated[Domain | None, NoDecode, BeforeValidator(_domain)] = Field(
        default_factory=by_data(STUDY_DOMAIN, None),
        description="LOW,HIGH: where the function is fitted; all of the data, unless given",
    )
    # The study's sampling, and its later setting for hidden, epochs and batch_size: "a good compromise".
    points: int = Field(10_001, ge=2, le=10_000_000, description="equally spaced samples, both ends included")
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
    match_derivatives: int = Field(
        0,
        ge=0,
        le=2,
        description="also fit derivatives up to this order: the target's, or columns dy and d2y of the data",
    )
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
    # f'' is what users of the study missed; two more orders cost little and serve as a check on it.
    max_order: int = Field(4, ge=0, le=8, description="highest derivative that is registered and served")
    register_as: str = Field(
        "auto",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="name in the model registry: auto (from the target, or from the file and y_column), none, or "
        "letters, digits, _ and -",
    )
    champion: Literal["better", "always", "never"] = Field(
        "better", description="when the new version becomes the one that is served"
    )

    @model_validator(mode="before")
    @classmethod
    def _suits_the_network(cls, given: Any) -> Any:
        """The optimizer that has what is given, where none is named: steps, or a network of a given shape."""
        precise = given.get("preset", cls.model_fields["preset"].get_default(call_default_factory=True))
        if precise != DEFAULT_PRESET or given.get("data") is not None or "optimizer" in given:
            return given
        steps = any(given.get(name) not in _NOT_GIVEN for name in _STEPS)
        if steps or given.get("dtype") == "float32" or str(given.get("standardise")).lower() in ("false", "0"):
            return {**given, "optimizer": "adam"}
        shaped = given.get("hidden", AUTO) not in (AUTO, ()) or given.get("activation", "tanh") != "tanh"
        if shaped or given.get("match_derivatives") not in _NOT_GIVEN:
            return {**given, "optimizer": SHAPED_OPTIMIZER}
        return given

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.target is not None:
            named.parse(self.target, self.mean, self.std)
        elif self.data is None:
            raise InvalidParameter("target, data: one of them is needed")
        if self.data is None and self.form_given:
            raise InvalidParameter(f"{self.form_given[0]}: only data have it")
        if self.data is None and self.domain is None:
            raise InvalidParameter("domain: a function needs one")
        self._suits_the_data()
        if self.method.samples_anywhere and self.data is not None:
            raise InvalidParameter("optimizer: adaptive samples a function anywhere, which data do not allow: evidence")
        if not self.method.takes_units:
            self._finds_units()
        if not self.method.takes_steps:
            self._needs_no_steps()
        if not self.method.takes_weights:
            self._has_no_weights()
        if self.error_column is not None and self.data is None:
            raise InvalidParameter(f"error_column: only data fitted by {_WEIGHTED} have weights")
        if self.activation == "relu" and self.match_derivatives == 2:
            raise InvalidParameter("match_derivatives: a relu network has no second derivative")
        return self

    def _suits_the_data(self) -> None:
        """What only the evidence can do is refused elsewhere, with what can do it."""
        if self.method.estimates_noise:
            free = not self.hidden and self.activation == ("tanh" if self.period is None else "sin")
            if self.noise != "auto" and not (free and self.period is None):
                raise InvalidParameter(f"noise: only hidden={AUTO} of tanh without a period takes {self.noise!r}")
            if self.period is not None and not free:
                raise InvalidParameter(f"period: takes as many units of sin as it needs: hidden={AUTO}, activation=sin")
            if not self.hidden and not free:
                raise InvalidParameter(f"hidden: {AUTO} has units of tanh, not {self.activation!r}: give their number")
            return
        if self.noise != "auto":
            raise InvalidParameter(f"noise: only optimizer=evidence asks what it is like, not {self.optimizer}")
        if self.period is not None:
            raise InvalidParameter(f"period: only optimizer=evidence has units that repeat, not {self.optimizer}")
        if not self.hidden and not self.method.finds_units:
            raise InvalidParameter(f"hidden: {self.optimizer} needs units, as 30,30; adaptive and evidence take {AUTO}")

    def _finds_units(self) -> None:
        if self.hidden:
            raise InvalidParameter(
                f"hidden: {self.optimizer} takes as many units as it needs ({AUTO}); varpro takes 30,30"
            )
        if self.activation != "tanh":
            raise InvalidParameter(
                f"activation: {self.optimizer} has units of tanh, not {self.activation!r}; varpro has all"
            )

    def _has_no_weights(self) -> None:
        if self.match_derivatives:
            raise InvalidParameter(f"match_derivatives: {self.optimizer} can not; allowed are {_WEIGHTED}")
        if self.error_column is not None:
            raise InvalidParameter(f"error_column: only data fitted by {_WEIGHTED} have weights")

    def _needs_no_steps(self) -> None:
        """What a solver has no use for is refused: it would be ignored in silence."""
        given = {"batch_size": self.batch_size, "learning_rate": self.learning_rate, "weight_decay": self.weight_decay}
        for name, value in given.items():
            if value:
                raise InvalidParameter(f"{name}: {self.optimizer} has none, not {value!r}; {_STEPPING} have it")
        if not self.standardise:
            raise InvalidParameter(
                f"standardise: {self.optimizer} always does, not 'false'; {_STEPPING} can do without"
            )
        if self.dtype != "float64":
            raise InvalidParameter(f"dtype: {self.optimizer} works in float64, not {self.dtype!r}")

    @property
    def method(self) -> Method:
        """What the optimizer can do."""
        return METHODS[self.optimizer]

    @property
    def function(self) -> named.Target | None:
        """The target with its parameters; None where only data are known."""
        return None if self.target is None else named.parse(self.target, self.mean, self.std)

    @property
    def trainings(self) -> int:
        """How many there are; with `retry_until`, at most."""
        return MAX_RETRIES if self.retry_until is not None and self.runs == 1 else self.runs

    @property
    def is_expression(self) -> bool:
        """Whether the target is an expression of the user's own, which may have poles."""
        return self.target is not None and named.is_expression(self.target)

    @property
    def variable(self) -> str:
        """What the variable is called: x, unless an expression has another."""
        return expressions.variable_of(self.function) if self.function is not None and self.data is None else "x"

    @property
    def fitted(self) -> str:
        """What is fitted, in a word or an expression: the name that a reader knows it by."""
        if self.data is not None:
            return self.data.name
        assert self.function is not None, "without data there is a target"
        return self.function.name

    @property
    def subject(self) -> str:
        """What is fitted, and of data which column."""
        return self.fitted if self.data is None else f"{self.fitted} {self.y_column}"

    @property
    def run_name(self) -> str:
        """What tells a run from others: what is fitted, by what, and whatever is not as usual there."""
        given = {name: getattr(self, name) for name in ("preset", "data", "target", "mean", "std", "optimizer")}
        network = [self.subject, self.optimizer, self.activation, self.as_strings()["hidden"]]
        return " ".join([*network, *self.differing(FitConfig.model_validate(given), _TOLD)])[:_LONGEST_NAME]

    @property
    def columns(self) -> "Columns":
        """Which columns of the data are read."""
        # Who only asks for help waits for no reader of files.
        from training.data.tables import Columns

        derivatives = ("dy", "d2y")[: self.match_derivatives]
        return Columns(self.x_column, self.y_column, self.error_column, derivatives)

    @property
    def registered_name(self) -> str | None:
        """The name in the model registry, or None where the fit is not to be registered."""
        if self.register_as != "auto":
            return None if self.register_as == "none" else self.register_as
        if self.data is not None:
            # A file has several quantities: each its own name, that of y the file's alone.
            return slug(self.data.stem if self.y_column == _Y_COLUMN else f"{self.data.stem}_{self.y_column}")
        assert self.target is not None, "without data there is a target"
        return slug(self.fitted if self.target == "gaussian" else self.target.replace("^2", "_squared"))


def slug(name: str) -> str:
    """A name of letters, digits, _ and -, which is all that a registered model's may have; digits tell others apart."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{re.sub('[^A-Za-z0-9]+', '_', name).strip('_')[:50]}-{digest}"
