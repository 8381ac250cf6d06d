"""Question 4: whether 15 epochs are a good compromise."""

from training.evaluation.failure_rate import Rate
from training.regression.config import FitConfig
from training.reproduction.answers import Answer, Question, verdict
from training.reproduction.figures import NARROW, varied
from training.reproduction.needs import Budget, Need, standardised
from training.reproduction.results import Results, variance
from training.reproduction.statistics import Spread, above, number, said, told

_LONGEST = varied(NARROW, "epochs", 60)
_SHOWN = (1, 2, 3, 5, 7, 10, 12, 15, 20, 30, 45, 60)
_EARLY, _COMPROMISE, _LATE = 5, 15, 60
# A setting that fails more often than that is none to rely on.
_OFTEN = 0.1


def _needs(budget: Budget) -> list[Need]:
    return [Need(_LONGEST, budget.many), Need(standardised(_LONGEST), budget.many)]


def _answer(results: Results) -> Answer:
    rates, gain = _rates(results, _LONGEST), _gain(results, _LONGEST)
    bad, safe = above(rates[_EARLY], _OFTEN), above(rates[_COMPROMISE], _OFTEN)
    good = None if safe is None else not safe
    many = results.budget.many
    sentence = (
        f"After {_EARLY} epochs {told(rates[_EARLY])} trainings are bad fits, after 10 {told(rates[10])}, after "
        f"{_COMPROMISE} {told(rates[_COMPROMISE])}, and {_since(rates)}: that there are many bad fits before 10 epochs "
        f"{said(bad, 'is so', 'is not so', many)}. {_LATE} epochs, four times the time, "
        f"{_changed(gain)} the median difference by {number(max(gain, 1 / gain))}; {_COMPROMISE} "
        f"{said(good, 'are enough for a safe fit', 'are not enough: too many trainings fail', many)}."
    )
    scaled, scaled_gain = _rates(results, standardised(_LONGEST)), _gain(results, standardised(_LONGEST))
    change = (
        f"After {_EARLY} epochs {told(scaled[_EARLY])} trainings are bad fits, after 10 {told(scaled[10])}, after "
        f"{_COMPROMISE} {told(scaled[_COMPROMISE])}, and {_since(scaled)}; {_LATE} epochs {_changed(scaled_gain)} "
        f"the median by {number(max(scaled_gain, 1 / scaled_gain))}."
    )
    rows = [
        [str(e), *(cell for s in (_LONGEST, standardised(_LONGEST)) for cell in _cells(results, s, e))] for e in _SHOWN
    ]
    metrics = {f"failure_rate_after_{e}": rates[e].value for e in (5, 10, 15)} | {"gain_of_60_epochs": gain}
    metrics |= {f"standardised_failure_rate_after_{e}": scaled[e].value for e in (5, 10, 15)}
    header = ["epochs", "failed (95 % interval)", "difference / variance: median (10 % to 90 %)"]
    header += [f"{name}, standardised" for name in header[1:]]
    return Answer(verdict(bad, good), sentence, change, header, rows, (36, 37), metrics)


def _changed(gain: float) -> str:
    return "divide" if gain >= 1 else "multiply"


def _rates(results: Results, longest: FitConfig) -> dict[int, Rate]:
    return {e: results.rate_after(longest, e) for e in range(1, _LATE + 1)}


def _since(rates: dict[int, Rate]) -> str:
    """Say from when on no training of any length has failed."""
    safe = next((e for e in rates if not any(rates[later].failed for later in range(e, _LATE + 1))), None)
    return f"from {safe} epochs on none is" if safe else f"even after {_LATE} epochs some are"


def _relative(results: Results, longest: FitConfig, epochs: int) -> Spread:
    return Spread.of(mse / variance(longest) for mse in results.after(longest, epochs))


def _gain(results: Results, longest: FitConfig) -> float:
    return _relative(results, longest, _COMPROMISE).median / _relative(results, longest, _LATE).median


def _cells(results: Results, longest: FitConfig, epochs: int) -> list[str]:
    return [told(results.rate_after(longest, epochs)), str(_relative(results, longest, epochs))]


QUESTION = Question(
    "15 epochs looks like a good compromise for h=30, batch 100. Between 0 and 10 epochs there are many bad fits.",
    _needs,
    _answer,
)
