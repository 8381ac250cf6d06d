"""Question 5: whether failures are more likely with a larger batch."""

from collections.abc import Mapping

from training.evaluation.failure_rate import Rate
from training.regression.config import FitConfig
from training.reproduction.answers import Answer, Question, verdict
from training.reproduction.figures import NARROW, varied
from training.reproduction.needs import Budget, Need, setting, standardised
from training.reproduction.results import Results
from training.reproduction.statistics import Spread, different, more_often, probability, said, told

_SMALL, _LARGE = 20, 1_000
_AT_15_EPOCHS = {batch: varied(NARROW, "batch_size", batch) for batch in (_SMALL, 50, 100, 200, 300, 500, _LARGE)}
# As many steps as 15 epochs with a batch of 100 have.
_SAME_STEPS = {batch: setting(30, 15 * batch // 100, batch) for batch in (100, _LARGE)}
# One with the small batch would take longest, and fails as seldom as that with 100.
_SCALED = {batch: standardised(_AT_15_EPOCHS[batch]) for batch in (100, 200, _LARGE)}
_SCALED_STEPS = {batch: standardised(s) for batch, s in _SAME_STEPS.items()}


def _needs(budget: Budget) -> list[Need]:
    settings = (s for each in (_AT_15_EPOCHS, _SAME_STEPS, _SCALED, _SCALED_STEPS) for s in each.values())
    return [Need(s, budget.many) for s in settings]


def _rates(results: Results, settings: Mapping[int, FitConfig]) -> dict[int, Rate]:
    return {batch: results.rate(s) for batch, s in settings.items()}


def _answer(results: Results) -> Answer:
    rates, same = _rates(results, _AT_15_EPOCHS), _rates(results, _SAME_STEPS)
    grows, by_itself = more_often(rates[_SMALL], rates[_LARGE]), more_often(same[100], same[_LARGE])
    many = results.budget.many
    sentence = (
        f"With the same 15 epochs {said(grows, 'yes', 'no', many)}: {told(rates[_SMALL])} trainings fail with batch "
        f"20, {told(rates[200])} with 200 and {told(rates[_LARGE])} with 1,000 "
        f"({probability(different(rates[_SMALL], rates[_LARGE]))}); with as many steps as batch 100 has, "
        f"{told(same[_LARGE])} fail with 1,000 and {told(same[100])} with 100 "
        f"({probability(different(same[100], same[_LARGE]))}): {_cause(by_itself, many)}."
    )
    scaled, scaled_steps = _rates(results, _SCALED), _rates(results, _SCALED_STEPS)
    change = (
        f"{told(scaled[100])} trainings fail with batch 100, {told(scaled[200])} with 200 and {told(scaled[_LARGE])} "
        f"with 1,000; with as many steps as batch 100 has, {told(scaled_steps[_LARGE])} fail with 1,000: "
        f"{_cause(more_often(scaled_steps[100], scaled_steps[_LARGE]), many)}."
    )
    rows = [
        _row(name, batch, s, results)
        for name, settings in (
            ("15 epochs", _AT_15_EPOCHS),
            ("the same number of steps", _SAME_STEPS),
            ("15 epochs, standardised", _SCALED),
            ("the same number of steps, standardised", _SCALED_STEPS),
        )
        for batch, s in settings.items()
    ]
    header = ["with", "batch", "epochs", "failed (95 % interval)", "difference / variance: median (10 % to 90 %)"]
    metrics = {f"failure_rate_batch_{batch}": rate.value for batch, rate in rates.items()}
    metrics |= {f"failure_rate_same_steps_batch_{batch}": rate.value for batch, rate in same.items()}
    metrics |= {f"standardised_failure_rate_batch_{batch}": rate.value for batch, rate in scaled.items()}
    return Answer(verdict(grows, by_itself), sentence, change, header, rows, (27, 28, 40), metrics)


def _cause(by_itself: bool | None, many: int) -> str:
    alone = said(by_itself, "it is the batch itself", "it is the number of steps that counts, not the batch", many)
    return alone if by_itself is not None else f"whether it is the batch or the number of steps is {alone}"


def _row(name: str, batch: int, s: FitConfig, results: Results) -> list[str]:
    return [name, f"{batch:,}", str(s.epochs), told(results.rate(s)), str(Spread.of(results.relative(s)))]


QUESTION = Question(
    "Random failures look more likely as the batch grows.",
    _needs,
    _answer,
)
