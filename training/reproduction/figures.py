"""The study's 82 figures as a table: the number, what is drawn, and the settings (STUDY, section 1).

Where the study gives no values the ones here are chosen: the ranges of figures 19 to 41, whose neighbours share runs,
and the setting of the wave functions (51 to 82).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from training.regression.config import FitConfig
from training.reproduction.needs import Budget, Need, of_wave, setting

Parameter = Literal["hidden", "epochs", "batch_size"]


@dataclass(frozen=True)
class OneFit:
    """The function and its fit; with the time, where the study gives the `study_seconds` that its training took."""

    setting: FitConfig
    study_seconds: float | None = None

    def needs(self, budget: Budget) -> list[Need]:
        return [Need(self.setting, 1, 1 if self.study_seconds else 0)]


@dataclass(frozen=True)
class ManyFits:
    """The function and the fits of many runs over each other; of so many, or of as many as there are."""

    setting: FitConfig
    runs: int | None = None

    def needs(self, budget: Budget) -> list[Need]:
        return [Need(self.setting, self.runs or budget.many)]


@dataclass(frozen=True)
class SquaredDifference:
    """The squared difference of the function and one fit at each point."""

    setting: FitConfig

    def needs(self, budget: Budget) -> list[Need]:
        return [Need(self.setting, 1)]


@dataclass(frozen=True)
class Differences:
    """The difference of many runs against a parameter."""

    setting: FitConfig
    parameter: Parameter
    values: tuple[int, ...]

    def needs(self, budget: Budget) -> list[Need]:
        if self.parameter == "epochs":
            settings = [self.longest]
        else:
            settings = [varied(self.setting, self.parameter, value) for value in thinned(self.values, budget.stride)]
        wide = budget.seeds if self.parameter == "hidden" else budget.few
        return [Need(s, budget.many if max(s.hidden) <= _NARROW else wide) for s in settings]

    @property
    def longest(self) -> FitConfig:
        """The training for all figures of this setting: each of its epochs ends as that of a shorter one does."""
        return varied(self.setting, "epochs", _LONGEST[max(self.setting.hidden)])


@dataclass(frozen=True)
class Times:
    """The time of a run against a parameter; `by_run` in a colour for each of the repeats."""

    setting: FitConfig
    parameter: Parameter
    values: tuple[int, ...]
    by_run: bool = False

    def needs(self, budget: Budget) -> list[Need]:
        repeats = max(budget.repeats, _COLOURS) if self.by_run else budget.repeats
        return [
            Need(varied(self.setting, self.parameter, value), 1, repeats)
            for value in thinned(self.values, budget.time_stride)
        ]


@dataclass(frozen=True)
class TimesOfRuns:
    """The time of each of many runs."""

    setting: FitConfig

    def needs(self, budget: Budget) -> list[Need]:
        return [Need(self.setting, budget.many, 1)]


@dataclass(frozen=True)
class Derivatives:
    """A figure of the entry point `derivatives`: the orders of a network's derivatives, or of the function's alone."""

    order: int
    units: int | None = None
    study_seconds: float | None = None

    def needs(self, budget: Budget) -> list[Need]:
        """None: these networks are trained apart."""
        return []


Drawn = OneFit | ManyFits | SquaredDifference | Differences | Times | TimesOfRuns | Derivatives
# Narrow networks are trained fast enough for a hundred runs.
_NARROW = 30
# How far the figures against epochs go, for the study's two widths.
_LONGEST = {200: 40, 30: 60}
# "The same, three runs for each h, in three colours."
_COLOURS = 3
_WAVES = [f"psi_{n}" for n in range(4)]
_DENSITIES = [f"psi_{n}^2" for n in range(4)]


def varied(config: FitConfig, parameter: Parameter, value: int) -> FitConfig:
    """The setting with another value of a parameter."""
    return config.model_copy(update={parameter: (value, value) if parameter == "hidden" else value})


def thinned(values: Sequence[int], stride: int) -> tuple[int, ...]:
    """Every so many of the values, with the last."""
    return tuple(dict.fromkeys([*values[::stride], values[-1]]))


def _numbered(first: int, *drawn: Drawn) -> dict[int, Drawn]:
    return dict(enumerate(drawn, first))


def _functions(targets: Sequence[str], points: int) -> list[Drawn]:
    """Each function with h = 20, then with h = 200."""
    return [OneFit(of_wave(target, h, points)) for target in targets for h in (20, 200)]


WIDE, NARROW = setting(200, 30, 200), setting(30, 15, 100)
# Even numbers below 100: the pattern that the study sees there has to show between multiples of 4 and 8.
BELOW_100 = tuple(range(2, 101, 2))
ABOVE_100 = (100, 110, 120, 130, 140, 144, 148, 152, 156, 160, 170, 180, 190, 200)

FIGURES: Mapping[int, Drawn] = {
    **_numbered(1, *(OneFit(setting(h, 30, 20)) for h in (20, 200, 400, (200, 20), (20, 200)))),
    **_numbered(6, *(OneFit(setting(200, 30, batch)) for batch in (2, 20, 200))),
    **_numbered(9, *(OneFit(setting(200, epochs, 20)) for epochs in (3, 30, 300))),
    12: OneFit(setting(200, 3, 2), 77),
    13: OneFit(setting(200, 30, 20), 83),
    14: OneFit(setting(200, 300, 200), 96),
    15: ManyFits(WIDE, 5),
    16: ManyFits(WIDE),
    17: OneFit(WIDE),
    18: SquaredDifference(WIDE),
    19: Differences(WIDE, "hidden", (1, 2, 3, 4, 5, 6, 8, 10)),
    20: Differences(WIDE, "hidden", (10, 15, 20, 25, 30, 40, 50)),
    21: Differences(WIDE, "hidden", (50, 60, 80, 100)),
    22: Differences(WIDE, "hidden", (100, 120, 150, 200)),
    23: Differences(WIDE, "epochs", tuple(range(1, 11))),
    24: Differences(WIDE, "epochs", tuple(range(10, 21))),
    25: Differences(WIDE, "epochs", tuple(range(20, 31))),
    26: Differences(WIDE, "epochs", tuple(range(30, 41))),
    27: Differences(WIDE, "batch_size", (20, 50, 100, 200)),
    28: Differences(WIDE, "batch_size", (200, 500, 1_000, 2_000)),
    29: Times(setting(200, 30, 100), "epochs", (1, 2, 5, 10, 15, 20, 25, 30)),
    30: Times(WIDE, "batch_size", (10, 20, 50, 100, 200, 500, 1_000, 2_000)),
    31: Times(WIDE, "hidden", BELOW_100),
    32: Times(WIDE, "hidden", ABOVE_100),
    33: Times(WIDE, "hidden", BELOW_100 + ABOVE_100[1:], by_run=True),
    34: ManyFits(NARROW),
    35: TimesOfRuns(NARROW),
    36: Differences(NARROW, "epochs", tuple(range(1, 61))),
    37: Times(NARROW, "epochs", (1, 2, 5, 10, 15, 20, 30, 40, 60)),
    38: Differences(NARROW, "hidden", (2, 5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200)),
    39: Times(NARROW, "hidden", (2, 5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200)),
    40: Differences(NARROW, "batch_size", (20, 50, 100, 200, 300, 500, 1_000, 2_000)),
    41: Times(NARROW, "batch_size", (10, 20, 50, 100, 200, 300, 500, 1_000, 2_000)),
    **_numbered(42, Derivatives(1), Derivatives(2)),
    **_numbered(44, *(Derivatives(order, 30) for order in (0, 1, 2))),
    **_numbered(47, *(Derivatives(order, 200) for order in (1, 2))),
    49: Derivatives(2, 300, 91.6),
    50: Derivatives(2, 500, 57.2),
    **_numbered(51, *_functions(_WAVES, 500)),
    **_numbered(59, *_functions(_DENSITIES, 500)),
    **_numbered(67, *_functions(_WAVES, 10_001)),
    **_numbered(75, *_functions(_DENSITIES, 10_001)),
}
