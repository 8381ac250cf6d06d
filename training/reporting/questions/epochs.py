"""Question 4: whether 15 epochs are a good compromise."""

from training.reporting.answers import Answer, Question, Verdict
from training.reporting.figures import NARROW, varied
from training.reporting.needs import Budget, Need
from training.reporting.results import Results, variance
from training.reporting.statistics import Spread, number, told

_LONGEST = varied(NARROW, "epochs", 60)
_SHOWN = (1, 2, 3, 5, 7, 10, 12, 15, 20, 30, 45, 60)
_EARLY, _COMPROMISE, _LATE = 5, 15, 60


def _needs(budget: Budget) -> list[Need]:
    return [Need(_LONGEST, budget.many)]


def _answer(results: Results) -> Answer:
    rates = {e: results.rate_after(_LONGEST, e) for e in range(1, _LATE + 1)}
    spreads = {e: Spread.of(mse / variance(_LONGEST) for mse in results.after(_LONGEST, e)) for e in rates}
    # From here on no training of any length has failed.
    safe = next((e for e in rates if not any(rates[later].failed for later in range(e, _LATE + 1))), None)
    gain = spreads[_COMPROMISE].median / spreads[_LATE].median
    bad, good = rates[_EARLY].value > 0.1, rates[_COMPROMISE].interval[1] < 0.1
    since = f"from {safe} epochs on none does" if safe else f"even after {_LATE} epochs some do"
    sentence = (
        f"After {_EARLY} epochs {told(rates[_EARLY])} trainings are bad fits, after 10 {told(rates[10])}, after "
        f"{_COMPROMISE} {told(rates[_COMPROMISE])}, and {since}; {_LATE} epochs, four times the time, divide the "
        f"median "
        f"difference by {number(gain)}, so 15 is "
        f"{'enough for a safe fit, not for a precise one' if good else 'too few'}."
    )
    rows = [[str(e), told(rates[e]), str(spreads[e])] for e in _SHOWN]
    verdict: Verdict = "holds" if bad and good else "contradicted" if not bad and not good else "holds in part"
    metrics = {f"failure_rate_after_{e}": rates[e].value for e in (5, 10, 15)} | {"gain_of_60_epochs": gain}
    header = ["epochs", "failed (95 % interval)", "difference / variance: median (10 % to 90 %)"]
    return Answer(verdict, sentence, header, rows, (36, 37), metrics)


QUESTION = Question(
    "15 epochs looks like a good compromise for h=30, batch 100. Between 0 and 10 epochs there are many bad fits.",
    _needs,
    _answer,
)
