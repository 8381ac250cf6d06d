"""The parameters of a study: those of a fit, what is varied, and who does the work."""

from functools import cached_property
from importlib.metadata import version
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from training.errors import InvalidParameter
from training.parallel.executor import Workers
from training.parameters import digest as digests
from training.parameters.command_line import refusals
from training.parameters.workers import WorkersForm
from training.regression.config import FitConfig
from training.regression.presets import repeats
from training.sweeps.variation import Variation, as_parameters, grid, variations

# The layers whose `depth` is varied where those that suit the function are not known beforehand.
_HIDDEN = (30, 30)
# What does not change the results.
_WHERE = set(WorkersForm.model_fields)


class SweepConfig(WorkersForm, FitConfig):
    """Fit the same with many values of one parameter, or of several, and many seeds; compare errors and times."""

    module: ClassVar[str] = "training.study"

    preset: Literal["precise", "standard", "study"] = Field(
        "standard", description=FitConfig.model_fields["preset"].description
    )
    runs: Annotated[int, FitConfig.model_fields["runs"]] = Field(
        20, ge=1, le=100_000, description="trainings for each value, with seeds seed, seed + 1, …"
    )
    register_as: str = Field("none", description="none: a study registers nothing")
    vary: str = Field("hidden", description="parameter to vary, or several separated by ;")
    values: str = Field("10:100:10", description="for each of them a list A,B,… or a range LOW:HIGH:STEP")
    repeats: int = Field(
        default_factory=repeats(),
        ge=0,
        le=1_000,
        description="how often a run is timed, alone on its core, and retried until it succeeds; 3 times, a solver "
        "that is not retried once, unless given",
    )

    @model_validator(mode="after")
    def _can_be_studied(self) -> Self:
        if self.register_as != "none":
            raise InvalidParameter(f"register_as: a study registers nothing, not {self.register_as!r}")
        if self.retry_until is not None and not self.repeats:
            raise InvalidParameter("repeats: retry_until needs at least 1, not 0")
        seen: dict[str, str] = {}
        for cell, fit in zip(self.grid, self.fits, strict=True):
            named, same = _named(cell), fit.model_dump_json()
            if (other := seen.setdefault(same, named)) != named:
                raise InvalidParameter(f"values: {named} is the same fit as {other}")
        return self

    @cached_property
    def variations(self) -> list[Variation]:
        """What is varied."""
        return variations(self.vary, self.values)

    @cached_property
    def grid(self) -> list[dict[str, str]]:
        """The varied parameters of each cell."""
        return grid(self.variations)

    @cached_property
    def fits(self) -> list[FitConfig]:
        """The fit of each cell, with its `runs`."""
        return [self._fit(cell) for cell in self.grid]

    @property
    def pool(self) -> Workers:
        """Who does the work."""
        return Workers(self.executor, self.workers, self.ray_address)

    @property
    def digest(self) -> str:
        """Names all that the results follow from but the data, so that the same command resumes a study."""
        given = {name: text for name, text in self.as_strings().items() if name not in _WHERE}
        return digests.digest(1, version("torch"), sorted(given.items()))

    def as_strings(self) -> dict[str, str]:
        """The parameters but for those that follow from others, which may differ from cell to cell."""
        fields = type(self).model_fields
        written = super().as_strings()
        return {
            name: text
            for name, text in written.items()
            if name in self.model_fields_set or fields[name].default_factory is None
        }

    def _fit(self, cell: dict[str, str]) -> FitConfig:
        own = {"runs": self.runs, "register_as": "none"}
        given: dict[str, Any] = {
            name: getattr(self, name)
            for name in {*self.model_fields_set, "preset"}
            if name in FitConfig.model_fields and name != "retry_until"
        }
        try:
            return FitConfig(**(given | own | as_parameters(cell, self.hidden or _HIDDEN)))
        except (ValidationError, InvalidParameter) as error:
            reason = refusals(error) if isinstance(error, ValidationError) else str(error)
            raise InvalidParameter(f"values: {_named(cell)}: {reason.splitlines()[0]}") from None


def _named(cell: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in cell.items())
