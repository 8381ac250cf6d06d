"""The parameters of a fit, checked once."""

from itertools import pairwise
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from training.errors import InvalidParameter
from training.parameters.command_line import AUTO
from training.parameters.registration import Registration
from training.regression.methods import those
from training.regression.optimisation_config import OptimisationConfig
from training.regression.presets import DEFAULT_PRESET, SHAPED_OPTIMIZER
from training.regression.sampling_config import Y_COLUMN, SamplingConfig, split_names
from training.targets import named

# What only gradient descent has.
_STEPS = ("batch_size", "learning_rate", "weight_decay")
_STEPPING, _WEIGHTED = those(lambda m: m.takes_steps), those(lambda m: m.takes_weights)
_NOT_GIVEN = (None, 0, "0", "0.0")
# What fits networks of several variables: with as many units as are needed, and of a given shape.
_FREE, _SHAPED = those(lambda m: bool(m.field_module)), those(lambda m: bool(m.shaped_field_module))
# A step solves equations in all of them: more take seconds, and a gigabyte.
_MOST_WEIGHTS = 5_000
_WEIGHTED_FIELDS = those(lambda m: m.takes_weights and bool(m.field_module or m.shaped_field_module))
# What only functions of one variable have.
_ONE_VARIABLE = ("mean", "std", "noise", "period")
# Parameters that are part of a run's name where they are not as usual, and its longest.
_TOLD = (
    *("epochs", "batch_size", "learning_rate", "weight_decay", "match_derivatives", "domain", "points", "validation"),
    *("error_column", "dtype", "seed", "runs", "retry_until"),
)
_LONGEST_NAME = 200


class FitConfig(Registration, OptimisationConfig, SamplingConfig):
    """Fit a function or data with a small neural network, log the fit to MLflow and register it with its derivatives.

    Fields whose default follows from others stand behind these: a group comes behind those that it is named before.
    """

    module: ClassVar[str] = "training.fit"

    # f'' is what users of the study missed; two more orders cost little and serve as a check on it.
    max_order: int = Field(4, ge=0, le=8, description="highest derivative that is registered and served")
    register_samples: bool = Field(
        True, description="register up to 500 samples of data, which the page shows beside the fit"
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
        if self.target is None and self.data is None:
            raise InvalidParameter("target, data: one of them is needed")
        if self.data is None and self.form_given:
            raise InvalidParameter(f"{self.form_given[0]}: only data have it")
        if self.data is None and self.domain is None:
            raise InvalidParameter("domain: a function needs one")
        if self.method.samples_anywhere and self.data is not None:
            raise InvalidParameter("optimizer: adaptive samples a function anywhere, which data do not allow: evidence")
        if self.variables:
            self._suits_several_variables()
        else:
            self._suits_one_variable()
        return self

    def _suits_one_variable(self) -> None:
        if self.target is not None:
            named.parse(self.target, self.mean, self.std)
        if self.design is not None:
            raise InvalidParameter("design: samples of one variable are equally spaced")
        self._suits_the_data()
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

    def _suits_several_variables(self) -> None:
        """Refuse what is only there for one variable."""
        _ = self.field
        columns = split_names(self.x_column)
        if self.data is not None and columns != self.variables:
            raise InvalidParameter(f"domain: its variables are {', '.join(self.variables)}, not {', '.join(columns)}")
        if not self.method.field_module and not self.method.shaped_field_module:
            raise InvalidParameter(
                f"optimizer: several variables are fitted by {_FREE}, with a given shape by {_SHAPED}, "
                f"not {self.optimizer}"
            )
        if self.hidden and not self.method.shaped_field_module:
            raise InvalidParameter(
                f"hidden: {self.optimizer} takes as many units as several variables need ({AUTO}); {_SHAPED} take 30,30"
            )
        if not self.hidden and not self.method.field_module:
            raise InvalidParameter(f"hidden: {self.optimizer} needs units, as 30,30")
        if self.hidden and not self.method.takes_steps and (weights := self._hidden_weights) > _MOST_WEIGHTS:
            raise InvalidParameter(
                f"hidden: {self.optimizer} trains at most {_MOST_WEIGHTS:,} weights of hidden layers of several "
                f"variables, not {weights:,}; {_STEPPING} train more"
            )
        usual = {name: type(self).model_fields[name].default for name in _ONE_VARIABLE}
        for name, value in usual.items():
            if getattr(self, name) != value:
                raise InvalidParameter(f"{name}: fits of several variables have none, not {getattr(self, name)!r}")
        if self.error_column is not None and (self.data is None or self.method.takes_steps):
            raise InvalidParameter(f"error_column: only data fitted by {_WEIGHTED_FIELDS} have weights")
        if self.data is not None and self.design is not None:
            raise InvalidParameter("design: only functions are sampled by one, not data")
        learns = self.data is not None and self.optimizer == "evidence"
        if self.match_derivatives > (1 if learns else 0):
            raise InvalidParameter("match_derivatives: of several variables, evidence fits the first ones of data")
        if self.method.takes_steps:
            return
        if self.activation != "tanh" and not self.hidden:
            raise InvalidParameter(
                f"activation: hidden={AUTO} has units of tanh, not {self.activation!r}: give their number"
            )
        self._needs_no_steps()

    @property
    def _hidden_weights(self) -> int:
        """The weights of the hidden layers, biases included."""
        return sum((a + 1) * b for a, b in pairwise((len(self.variables) or 1, *self.hidden)))

    def _suits_the_data(self) -> None:
        """Refuse what only the evidence can do, and name what can do it."""
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
            raise InvalidParameter(f"match_derivatives: {self.optimizer} cannot; allowed are {_WEIGHTED}")
        if self.error_column is not None:
            raise InvalidParameter(f"error_column: only data fitted by {_WEIGHTED} have weights")

    def _needs_no_steps(self) -> None:
        """Refuse parameters that a solver would ignore in silence."""
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
    def run_name(self) -> str:
        """The name of a run: what is fitted, by what, and whatever is not as usual there."""
        several = ("domain", "x_column") if self.variables else ()
        names = ("preset", "data", "target", "mean", "std", "optimizer", *several)
        given = {name: getattr(self, name) for name in names}
        network = [self.subject, self.optimizer, self.activation, self.as_strings()["hidden"]]
        return " ".join([*network, *self.differing(FitConfig.model_validate(given), _TOLD)])[:_LONGEST_NAME]

    @property
    def registered_name(self) -> str | None:
        """The name in the model registry, or None where the fit is not to be registered."""
        if self.data is not None:
            # A file has several quantities: each its own name, that of y the file's alone.
            of_file = self.data.stem if self.y_column == Y_COLUMN else f"{self.data.stem}_{self.y_column}"
            return self.name_in_registry(of_file)
        assert self.target is not None, "without data there is a target"
        of_function = self.fitted if self.target == "gaussian" else self.target.replace("^2", "_squared")
        return self.name_in_registry(of_function)
