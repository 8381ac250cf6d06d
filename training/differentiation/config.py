"""The parameters of the entry point `derivatives`: those of a fit, and the steps of the finite differences."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from training.errors import InvalidParameter
from training.parameters.fields import Positive
from training.regression.config import FitConfig
from training.regression.methods import METHODS
from training.regression.presets import DEFAULT_PRESET
from training.targets.domain import Domain

if TYPE_CHECKING:
    from training.data.samples import Samples
    from training.differentiation.finite_differences import Comparison
    from training.models.networks import Network

_MAX_STEPS = 1_000
# For figures=study where it is not given.
_STUDY_DEFAULTS = {"preset": "study"}


def _steps(value: Any) -> tuple[float, float, int] | None:
    if value is None:
        return None
    try:
        parts = value.split(",") if isinstance(value, str) else value
        low, high, count = (of(part) for of, part in zip((float, float, int), parts, strict=True))
    except (TypeError, ValueError):
        low, high, count = 0.0, 0.0, 0
    if not (0 < low < high < math.inf and 2 <= count <= _MAX_STEPS):
        raise ValueError(f"expected LOW,HIGH,COUNT with 0 < LOW < HIGH and COUNT from 2 to {_MAX_STEPS:,}")
    return low, high, count


def _by_figures(own: str) -> Callable[[], Any]:
    """The default of figures=own. Help shows the name of a factory in place of a default."""

    def default() -> str:
        return own

    default.__name__ = "by figures"
    return default


def _takes_steps(optimizer: Any) -> bool:
    return optimizer in METHODS and METHODS[optimizer].takes_steps


class DerivativesConfig(FitConfig):
    """Fit a function and compare the study's finite differences of both, for many steps, with the exact derivatives."""

    module: ClassVar[str] = "training.derivatives"

    preset: Literal["precise", "standard", "study"] = Field(
        default_factory=_by_figures(DEFAULT_PRESET), description=FitConfig.model_fields["preset"].description
    )
    register_as: Annotated[str, FitConfig.model_fields["register_as"]] = "none"
    figures: Literal["own", "study"] = Field(
        "own", description="own: of one fit; study: 42 to 50, with the study's four networks and its preset"
    )
    # What tables of samples give, as the study had them.
    step: Positive | None = Field(
        None, description="step of the finite differences that are drawn; the distance of the samples, unless given"
    )
    steps: Annotated[tuple[float, float, int] | None, NoDecode, BeforeValidator(_steps)] = Field(
        None, description="LOW,HIGH,COUNT: steps to compare, on a logarithmic scale; from the domain, unless given"
    )

    @model_validator(mode="before")
    @classmethod
    def _takes_the_study_s_defaults(cls, given: Any) -> Any:
        if given.get("figures") != "study":
            return given
        if given.get("preset") == "precise" or not _takes_steps(given.get("optimizer", "adam")):
            raise InvalidParameter("preset, optimizer: figures=study trains with adam or sgd only")
        return _STUDY_DEFAULTS | given

    @model_validator(mode="after")
    def _can_be_compared(self) -> Self:
        if self.variables:
            raise InvalidParameter("domain, x_column: finite differences are taken in one variable")
        if self.target is None:
            raise InvalidParameter(
                "target: missing; derivatives are compared with those of the function behind the data"
            )
        if self.figures == "study":
            self._leaves_the_networks_to_the_study()
        return self

    def _leaves_the_networks_to_the_study(self) -> None:
        # These defaults are let pass: the command that repeats a run names them.
        if (self.hidden, self.epochs, self.batch_size) != ((30, 30), 15, 100):
            raise InvalidParameter("hidden, epochs, batch_size: figures=study has its own; leave them out")
        if self.register_as != "none":
            raise InvalidParameter(f"register_as: figures=study registers nothing, not {self.register_as!r}")

    def resolved(self, samples: "Samples") -> "DerivativesConfig":
        """The same parameters with the step and the steps that follow from the samples where they are not given.

        Raises:
            InvalidParameter: a step is too large for the domain.
        """
        width = samples.domain.width
        points = len(samples.x) + (len(samples.held_out.x) if samples.held_out else 0)
        step = self.step or width / (points - 1)
        # From where even a forward difference in float64 is all rounding, to where all is truncation.
        steps = self.steps or (1e-13 * width, 0.1 * width, 49)
        for name, largest in (("step", step), ("steps", steps[1])):
            if not 2 * largest < width:
                raise InvalidParameter(f"{name}: {largest:g} is not less than half of the domain's {width:g}")
        return self.model_copy(update={"step": step, "steps": steps})

    def comparison(self, network: "Network", domain: Domain) -> "Comparison":
        """What is compared for a network; for resolved parameters only."""
        from training.differentiation.finite_differences import Comparison

        assert self.function is not None, "refused without"
        assert self.step is not None, "resolved"
        assert self.steps is not None, "resolved"
        steps = np.geomspace(*self.steps)
        return Comparison(self.function, network, domain, self.step, steps, self.dtype)
