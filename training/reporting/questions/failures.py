"""Question 1: how often trainings fail, and for which settings."""

from training.config import FitConfig
from training.reporting.answers import Answer, Question
from training.reporting.figures import NARROW, WIDE
from training.reporting.needs import Budget, Need, described, setting
from training.reporting.results import Results
from training.reporting.statistics import Spread, told

# The study's own settings, then narrower networks and shorter trainings.
_SETTINGS = (
    WIDE,
    setting(200, 30, 20),
    NARROW,
    setting(20, 30, 20),
    *(setting(h, 15, 100) for h in (20, 10, 5)),
    setting(30, 5, 100),
    setting(30, 15, 500),
)


def _needs(budget: Budget) -> list[Need]:
    # Those with batch 20 take longest.
    return [Need(s, budget.seeds if s.batch_size == 20 else budget.many) for s in _SETTINGS]


def _answer(results: Results) -> Answer:
    rates = {s: results.rate(s) for s in _SETTINGS}
    studied = [s for s in _SETTINGS[:4] if rates[s].failed]
    metrics = {f"failure_rate_h{s.hidden[0]}_e{s.epochs}_b{s.batch_size}": rates[s].value for s in _SETTINGS}
    rows = [[described(s), told(rates[s]), str(Spread.of(results.relative(s)))] for s in _SETTINGS]
    return Answer(
        "holds" if WIDE in studied else "holds in part" if studied else "contradicted",
        _sentence(results, studied),
        ["setting", "failed (95 % interval)", "difference / variance: median (10 % to 90 %)"],
        rows,
        (15, 16, 34),
        metrics,
    )


def _sentence(results: Results, studied: list[FitConfig]) -> str:
    wide, narrow = told(results.rate(WIDE)), told(results.rate(setting(10, 15, 100)))
    others = [f"h={s.hidden[0]}, {s.epochs} epochs, batch {s.batch_size}" for s in studied if s != WIDE]
    also = f", of the study's other settings {' and '.join(others)} does" if others else ""
    return (
        f"With x and y standardised, as every fit here trains, the study's own setting (h=200, 30 epochs, batch 200) "
        f"failed in {wide} trainings, so it {'does' if WIDE in studied else 'does not'} fail at random{also}; chance "
        f"decides for narrow networks (h=10, 15 epochs, batch 100: {narrow}), and trainings with too few steps fail "
        f"nearly always."
    )


QUESTION = Question(
    "Some trainings fail at random. How often, for which settings?",
    _needs,
    _answer,
)
