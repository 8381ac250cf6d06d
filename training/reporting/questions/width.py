"""Question 2: whether wide networks are more random, and narrow ones faster and more precise."""

from training.reporting.answers import Answer, Question, Verdict
from training.reporting.figures import WIDE, varied
from training.reporting.needs import Budget, Need
from training.reporting.results import Results
from training.reporting.statistics import SIGNIFICANT, Spread, lower, number, percent, probability, told

_WIDTHS = (10, 20, 30, 50, 100, 150, 200)
_NARROW, _WIDE = 30, 200


def _needs(budget: Budget) -> list[Need]:
    settings = [varied(WIDE, "hidden", h) for h in _WIDTHS]
    return [Need(s, budget.seeds) for s in settings] + [Need(s, 1, max(3, budget.repeats)) for s in settings]


def _answer(results: Results) -> Answer:
    settings = {h: varied(WIDE, "hidden", h) for h in _WIDTHS}
    spreads = {h: Spread.of(results.mse(s)[: results.budget.seeds]) for h, s in settings.items()}
    seconds = {h: Spread.of(results.seconds(s)) for h, s in settings.items()}
    wins, p = lower(results.mse(settings[_NARROW]), results.mse(settings[_WIDE]))
    narrow, wide = spreads[_NARROW], spreads[_WIDE]
    precise, random = wins > 0.5 and p < SIGNIFICANT, wide.ratio > narrow.ratio
    faster = seconds[_WIDE].median / seconds[_NARROW].median
    verdict: Verdict = "holds" if precise and random else "holds in part" if faster > 1 else "contradicted"
    sentence = (
        f"Narrow networks are faster (h={_NARROW} takes {number(seconds[_NARROW].median)} s, h={_WIDE} "
        f"{number(faster)} times as long) {'and' if precise else 'but not'} more precise: a training with h={_NARROW} "
        f"ends closer to the function than one with h={_WIDE} with a probability of {percent(wins)} "
        f"({probability(p)}), "
        f"medians {number(narrow.median)} and {number(wide.median)}; the ratio of the 90 % to the 10 % quantile is "
        f"{number(narrow.ratio)} for h={_NARROW} and {number(wide.ratio)} for h={_WIDE}, so that wide ones "
        f"are {'more' if random else 'not more'} random relative to their error."
    )
    rows = [
        [str(h), str(spreads[h]), number(spreads[h].ratio), told(results.rate(s)), f"{seconds[h]} s"]
        for h, s in settings.items()
    ]
    metrics = {
        "narrow_beats_wide": wins,
        "wide_seconds_ratio": faster,
        "spread_h30": narrow.ratio,
        "spread_h200": wide.ratio,
    }
    header = ["h", "difference: median (10 % to 90 %)", "90 % / 10 %", "failed (95 % interval)", "time"]
    return Answer(verdict, sentence, header, rows, (19, 20, 21, 22, 31), metrics)


QUESTION = Question(
    "Wide networks look more random; narrow ones faster and more precise. Is it so?",
    _needs,
    _answer,
)
