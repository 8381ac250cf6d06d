"""Question 10: whether psi_n is approximated better than |psi_n|²."""

from training.reporting.answers import Answer, Question, Verdict
from training.reporting.needs import Budget, Need, of_wave
from training.reporting.results import Results
from training.reporting.statistics import SIGNIFICANT, Spread, lower, percent, probability

_LEVELS, _WIDTHS, _POINTS = range(4), (20, 200), (500, 10_001)
# Of that many comparisons, so that one in a hundred is not found by trying.
_COMPARISONS = len(_LEVELS) * len(_WIDTHS) * len(_POINTS)


def _needs(budget: Budget) -> list[Need]:
    return [
        Need(of_wave(target, h, points), budget.seeds)
        for n in _LEVELS
        for target in (f"psi_{n}", f"psi_{n}^2")
        for h in _WIDTHS
        for points in _POINTS
    ]


def _answer(results: Results) -> Answer:
    rows, better = [], {points: [0, 0] for points in _POINTS}
    for points in _POINTS:
        for n in _LEVELS:
            for h in _WIDTHS:
                psi, density = (results.relative(of_wave(target, h, points)) for target in (f"psi_{n}", f"psi_{n}^2"))
                wins, p = lower(psi, density)
                better[points][0] += p < SIGNIFICANT / _COMPARISONS and wins > 0.5
                better[points][1] += p < SIGNIFICANT / _COMPARISONS and wins < 0.5
                spreads = [str(Spread.of(psi)), str(Spread.of(density))]
                rows.append([f"{points:,}", str(n), str(h), *spreads, percent(wins), probability(p)])
    pairs, (few, many) = len(_LEVELS) * len(_WIDTHS), (better[points] for points in _POINTS)
    sentence = (
        f"With 500 points psi_n ends closer to its function than |psi_n|² to its own (difference / variance) in "
        f"{few[0]} "
        f"of {pairs} pairs of n and h, and the other way round in {few[1]}; with 10,001 points in {many[0]} and "
        f"{many[1]}: {_judged(few, many)}."
    )
    header = ["points", "n", "h", "psi_n: median (10 % to 90 %)", "|psi_n|²", "psi_n is better with probability", "p"]
    metrics = {f"psi_better_{points}": float(count[0]) for points, count in better.items()}
    metrics |= {f"density_better_{points}": float(count[1]) for points, count in better.items()}
    return Answer(_verdict(few, pairs), sentence, header, rows, tuple(range(51, 83)), metrics)


def _verdict(few: list[int], pairs: int) -> Verdict:
    if few[0] > pairs / 2 and few[0] > few[1]:
        return "holds"
    return "holds in part" if few[0] > few[1] else "contradicted" if few[1] > few[0] else "not decided"


def _judged(few: list[int], many: list[int]) -> str:
    seen = "the advantage of psi_n is there with 500 points" if few[0] > few[1] else "there is no advantage of psi_n"
    return f"{seen}, and with 10,001 it {'stays' if many[0] > many[1] else 'is gone'}"


QUESTION = Question(
    "With 500 points psi_n seems better approximated than |psi_n|²; with 10,001 points it is hard to see. Is it so?",
    _needs,
    _answer,
)
