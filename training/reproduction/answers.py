"""What an answer to one of the study's questions is, and what a question is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from matplotlib.figure import Figure

from training.reproduction.needs import Budget, Need
from training.reproduction.results import Results

Verdict = Literal["holds", "holds in part", "contradicted", "answered", "not decided"]


@dataclass(frozen=True)
class Answer:
    """An answer in a sentence, for trainings as the study's, and its evidence.

    Attributes:
        verdict: what the evidence says of the study's observation; `answered` where the study leaves the question open,
            and `not decided` where the seeds are too few for any of it.
        standardised: what changes where x and y are standardised, in a sentence.
        header, rows: the evidence as a table.
        figures: numbers of the study's figures that show it.
        metrics: the numbers that the sentence rests on.
        figure: one of its own, if the study has none.
    """

    verdict: Verdict
    sentence: str
    standardised: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[int] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    figure: Figure | None = None


def verdict(*claims: bool | None) -> Verdict:
    """What is said of an observation that claims so much."""
    if None in claims:
        return "not decided"
    return "holds" if all(claims) else "holds in part" if any(claims) else "contradicted"


@dataclass(frozen=True)
class Question:
    """A question of the study: as it asks, the trainings that the answer rests on, and the answer they give."""

    asked: str
    needs: Callable[[Budget], list[Need]]
    answer: Callable[[Results], Answer]
