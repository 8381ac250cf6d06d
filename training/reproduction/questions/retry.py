"""Question 6: whether a large batch, and another try until a training succeeds, gains time."""

import math
from dataclasses import dataclass

from matplotlib.figure import Figure

from training.evaluation.failure_rate import Rate
from training.plotting.style import FIT, VERMILION, finish, legend, new, number_ticks
from training.regression.result import TrainingResult
from training.reproduction.answers import Answer, Question, Verdict
from training.reproduction.figures import NARROW, varied
from training.reproduction.needs import Budget, Need, standardised
from training.reproduction.results import Results
from training.reproduction.statistics import Spread, number, told

_BATCHES = (50, 100, 200, 300, 400)
_COMPARED = 100
# The loops use other seeds than those that the rate of failures is known from: else both would say the same.
_FIRST_SEED = 1_000


@dataclass(frozen=True)
class Strategy:
    """Trying again until a training succeeds, with one batch size.

    Attributes:
        rate: of failures, from trainings with other seeds than those of the loops.
        seconds: of one training.
        waits: the seconds of each loop until its success.
    """

    batch: int
    rate: Rate
    seconds: float
    waits: list[float]

    @property
    def predicted(self) -> float:
        """Expected seconds to a success: tries are geometrically distributed."""
        return expected(self.seconds, self.rate.value)

    @property
    def range(self) -> tuple[float, float]:
        """The same for the ends of the rate's confidence interval."""
        low, high = self.rate.interval
        return expected(self.seconds, low), expected(self.seconds, high)

    @property
    def measured(self) -> float:
        """Mean seconds of the loops, infinite where no training succeeded."""
        return sum(self.waits) / len(self.waits) if self.waits else math.inf


def expected(seconds: float, rate: float) -> float:
    """Seconds to the first success of trainings that take so long and fail with this probability."""
    return seconds / (1 - rate) if rate < 1 else math.inf


def loops(outcomes: list[TrainingResult]) -> list[float]:
    """One training after the other, cut where one succeeds: the seconds until each success."""
    waits, waiting = [], 0.0
    for outcome in outcomes:
        waiting += outcome.seconds
        if not outcome.failed:
            waits.append(waiting)
            waiting = 0.0
    return waits


def _needs(budget: Budget) -> list[Need]:
    settings = [varied(NARROW, "batch_size", batch) for batch in _BATCHES]
    alone = [Need(s.model_copy(update={"seed": _FIRST_SEED}), budget.many, 1) for s in settings]
    return [Need(s, budget.many) for each in settings for s in (each, standardised(each))] + alone


def strategies(results: Results) -> list[Strategy]:
    """What each batch size costs, trained as the study did."""
    found = []
    for batch in _BATCHES:
        s = varied(NARROW, "batch_size", batch)
        tried = results.alone(s.model_copy(update={"seed": _FIRST_SEED}))
        seconds = Spread.of(outcome.seconds for outcome in tried).median
        found.append(Strategy(batch, results.rate(s), seconds, loops(tried)))
    return found


def _scaled(results: Results, found: list[Strategy]) -> list[Strategy]:
    """The same of trainings that are standardised, which take as long; without loops of their own."""
    rates = [results.rate(standardised(varied(NARROW, "batch_size", s.batch))) for s in found]
    return [Strategy(s.batch, rate, s.seconds, []) for s, rate in zip(found, rates, strict=True)]


def gains(found: list[Strategy]) -> bool | None:
    """Whether a batch larger than the compromise's leads to a success sooner; None where the intervals overlap."""
    compared, larger = _compared(found), [s for s in found if s.batch > _COMPARED]
    if any(s.range[1] < compared.range[0] for s in larger):
        return True
    return False if all(s.range[0] > compared.range[1] for s in larger) else None


def _compared(found: list[Strategy]) -> Strategy:
    (one,) = (s for s in found if s.batch == _COMPARED)
    return one


def _answer(results: Results) -> Answer:
    found = strategies(results)
    scaled = _scaled(results, found)
    header = [
        "batch",
        "failed (95 % interval)",
        "one training",
        "successes",
        "time to a success: measured",
        "predicted",
        "failed, standardised",
        "predicted, standardised",
    ]
    metrics = {f"seconds_to_success_batch_{s.batch}": s.measured for s in found if math.isfinite(s.measured)}
    metrics |= {f"predicted_seconds_batch_{s.batch}": s.predicted for s in found if math.isfinite(s.predicted)}
    rows = [[*_row(s), told(other.rate), _predicted(other)] for s, other in zip(found, scaled, strict=True)]
    decided: Verdict = "not decided" if gains(found) is None else "answered"
    sentence = f"{_said(found, results.budget.many)}; measured in loops, it is {_measured(found)}."
    change = f"{_said(scaled, results.budget.many)}."
    return Answer(decided, sentence, change, header, rows, (40, 41), metrics, _figure(found))


def _said(found: list[Strategy], many: int) -> str:
    """What is predicted of the best batch size, the compromise's and the largest."""
    best, largest = min(found, key=lambda s: s.predicted), found[-1]
    decision = gains(found)
    first = f"Not decided by {many} seeds" if decision is None else "Yes" if decision else "No"
    named = {s.batch: s for s in (best, _compared(found), largest)}
    each = ", ".join(f"{_predicted(s)} with batch {batch} ({told(s.rate)} fail)" for batch, s in named.items())
    return f"{first}: a success is predicted to take {each}"


def _measured(found: list[Strategy]) -> str:
    best = min(found, key=lambda s: s.measured)
    return f"quickest with batch {best.batch} ({_seconds(best.measured)} on average)"


def _predicted(s: Strategy) -> str:
    low, high = s.range
    if not math.isfinite(s.predicted):
        return f"{_seconds(low)} or more"
    return f"{_seconds(s.predicted)} ({_seconds(low)} to {_seconds(high)})"


def _row(s: Strategy) -> list[str]:
    return [
        str(s.batch),
        told(s.rate),
        _seconds(s.seconds),
        str(len(s.waits)),
        _seconds(s.measured),
        _predicted(s),
    ]


def _seconds(value: float) -> str:
    return f"{number(value)} s" if math.isfinite(value) else "no success"


def _figure(found: list[Strategy]) -> Figure:
    (figure, (axes,)), batches = new(), [s.batch for s in found]
    axes.plot(batches, [s.seconds for s in found], color="0.6", marker=".", label="one training, median")
    low, high = zip(*(s.range for s in found), strict=True)
    axes.fill_between(
        batches, low, high, color=FIT["color"], alpha=0.2, linewidth=0, label="95 % interval of the prediction"
    )
    axes.plot(batches, [s.predicted for s in found], color=FIT["color"], label="predicted from the failure rate")
    axes.plot(batches, [s.measured for s in found], color=VERMILION, linestyle="none", marker="o", label="measured")
    axes.set_yscale("log")
    finish(axes, "Time to a success, h=30, 15 epochs", "batch size, samples", "time to a success, s")
    number_ticks(axes, batches)
    legend(figure)
    return figure


QUESTION = Question(
    "Idea: take a large batch to save time, and loop until a training succeeds. Does that gain time over a smaller "
    "batch that fails less often?",
    _needs,
    _answer,
)
