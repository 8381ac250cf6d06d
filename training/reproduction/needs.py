"""What the figures and the questions ask for: trainings of a setting, together or each alone on a core."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from training.differentiation.study_networks import STUDY, StudyNetwork
from training.regression.config import FitConfig


@dataclass(frozen=True)
class Budget:
    """How many trainings are spent on the report.

    Attributes:
        seeds: trainings behind a median.
        few: trainings behind a median that no answer rests on, where they take long.
        many: trainings behind a rate of failures, and where the study overlays "100 runs".
        repeats: of a timed training.
        stride, time_stride: of the values of a parameter every so many are taken, the latter where times are taken.
        samples, epochs: the part of the study's samples that is trained on, and of its epochs.
        networks: those of figures 42 to 50.
    """

    seeds: int
    many: int
    repeats: int
    few: int = 2
    stride: int = 1
    time_stride: int = 1
    samples: float = 1.0
    epochs: float = 1.0
    networks: tuple[StudyNetwork, ...] = STUDY

    def needed(self, need: "Need") -> "Need":
        """The same with as many samples and epochs as are trained."""
        return replace(need, setting=self.trained(need.setting))

    def trained(self, setting: FitConfig) -> FitConfig:
        """A setting with as many samples and epochs as are trained."""
        change = {"points": self.points(setting.points), "epochs": self.passes(setting.epochs)}
        return setting.model_copy(update=change)

    def points(self, points: int) -> int:
        """The number of samples that are trained on, of so many."""
        return points if self.samples == 1 else max(_FEWEST_SAMPLES, round(self.samples * points))

    def passes(self, epochs: int) -> int:
        """The number of epochs that are trained, of so many."""
        return math.ceil(self.epochs * epochs)


# Twenty seeds show a median and eight of ten runs; a hundred show a rate of failures to a few percent.
FULL = Budget(seeds=20, many=100, repeats=3, few=5)
# For two minutes. A stride of seven has the same widths below and above 100 in figures 31 to 33.
QUICK = Budget(seeds=2, many=6, repeats=1, stride=4, time_stride=7)
_FEWEST_SAMPLES = 40


@dataclass(frozen=True)
class Need:
    """Trainings of a setting with its seed and those that follow, each as it is alone.

    Attributes:
        repeats: how often the first is trained alone on its core, for its time, and each other once; 0 where they may
            be trained together.
        errors: whether the errors of the exact derivatives are needed.
    """

    setting: FitConfig
    runs: int
    repeats: int = 0
    errors: bool = False


def merged(needs: Iterable[Need]) -> list[Need]:
    """One need for each setting and way of training it: who asks for fewer runs takes the first of them."""
    found: dict[tuple[FitConfig, bool], Need] = {}
    for need in needs:
        key = need.setting, need.repeats > 0
        other = found.get(key, need)
        runs, repeats = max(need.runs, other.runs), max(need.repeats, other.repeats)
        found[key] = Need(need.setting, runs, repeats, need.errors or other.errors)
    return list(found.values())


def setting(
    hidden: int | tuple[int, int], epochs: int, batch_size: int, points: int = 10_001, **more: Any
) -> FitConfig:
    """A training as the study's library does it: h units in each of the two hidden layers, or so many in each."""
    layers = (hidden, hidden) if isinstance(hidden, int) else hidden
    given = {"preset": "study", "register_as": "none"} | more
    return FitConfig(hidden=layers, epochs=epochs, batch_size=batch_size, points=points, **given)


def standardised(config: FitConfig) -> FitConfig:
    """The same training of x and y that are standardised, which the study's are not."""
    return config.model_copy(update={"standardise": True})


def of_wave(target: str, units: int, points: int) -> FitConfig:
    """A wave function, or its square: by the study's first setting, and with many points for a quarter as long."""
    return setting(units, 30 if points <= _FEW_POINTS else 8, 20, points, target=target)


# Of so many an epoch has few steps.
_FEW_POINTS = 1_000


def described(config: FitConfig) -> str:
    """A setting in words, as `gaussian, hidden 30,30, 15 epochs, batch 100`."""
    hidden = ",".join(map(str, config.hidden))
    points = "" if config.points == 10_001 else f", {config.points:,} points"
    return f"{config.fitted}, hidden {hidden}, {config.epochs} epochs, batch {config.batch_size}{points}"
