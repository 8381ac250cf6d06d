"""All that is found out of a trained classifier and of its pictures, and said in the summary and in the run's tags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from training.classification.config import ClassifyConfig
from training.classification.diagnosis.duplicates import Duplicates
from training.classification.diagnosis.learning_curve import LearningCurve, learning_curve
from training.classification.pictures import Pictures, PictureSet
from training.classification.trained import Trained

# Training pictures up to which a learning curve takes seconds, of a network whose training does.
_QUICK = 2_000


@dataclass(frozen=True)
class Findings:
    """Findings beside the accuracies.

    Attributes:
        duplicates: a sentence of test pictures that are training pictures too; empty where there are none.
        curve: where it was asked for, or takes seconds.
    """

    duplicates: str = ""
    curve: LearningCurve | None = None

    @property
    def lines(self) -> list[str]:
        """The lines of the summary."""
        warned = [f"warning: {self.duplicates}"] if self.duplicates else []
        return [*([self.curve.sentence] if self.curve else []), *warned]

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of the run."""
        said = {"duplicates": self.duplicates} if self.duplicates else {}
        return said | (self.curve.tags if self.curve else {})


def examine(config: ClassifyConfig, pictures: PictureSet, best: Trained, folder: Path) -> Findings:
    """Look for duplicates, and for what more pictures would bring to the best classifier."""
    duplicates: Callable[[Pictures, Pictures], Duplicates] = resolve_name(config.row.duplicates)
    found = duplicates(pictures.train, pictures.test)
    said = found.sentence(pictures.train.names, pictures.test.names)
    return Findings(said, _curve(config, pictures, best, folder))


def _curve(config: ClassifyConfig, pictures: PictureSet, best: Trained, folder: Path) -> LearningCurve | None:
    asked = config.learning_curve
    if asked is None:
        asked = config.row.is_quick and len(pictures.train) <= _QUICK
    return learning_curve(config, pictures, best, folder) if asked else None
