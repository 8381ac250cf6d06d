"""Question 10: whether psi_n is approximated better than |psi_n|²."""

from collections.abc import Callable
from dataclasses import dataclass

from training.regression.config import FitConfig
from training.reproduction.answers import Answer, Question, Verdict
from training.reproduction.needs import Budget, Need, of_wave, standardised
from training.reproduction.results import Results
from training.reproduction.statistics import SIGNIFICANT, Spread, can_differ, lower, percent, probability, undecided

_LEVELS, _WIDTHS, _POINTS = range(4), (20, 200), (500, 10_001)
# Of that many comparisons, so that one in a hundred is not found by trying.
_COMPARISONS = len(_LEVELS) * len(_WIDTHS) * len(_POINTS)
Pair = tuple[FitConfig, FitConfig]


def _needs(budget: Budget) -> list[Need]:
    studied = [_settings(n, h, points) for points in _POINTS for n in _LEVELS for h in _WIDTHS]
    # That they are hard to tell apart with many points takes the longest to see, once.
    scaled = [_scaled(n, h, min(_POINTS)) for n in _LEVELS for h in _WIDTHS]
    return [Need(s, budget.seeds) for pair in (*studied, *scaled) for s in pair]


def _settings(n: int, h: int, points: int) -> Pair:
    """The settings for psi_n and its square."""
    return of_wave(f"psi_{n}", h, points), of_wave(f"psi_{n}^2", h, points)


def _scaled(n: int, h: int, points: int) -> Pair:
    psi, density = _settings(n, h, points)
    return standardised(psi), standardised(density)


@dataclass(frozen=True)
class Compared:
    """psi_n and |psi_n|² for each n and h: which ends closer to its function, in so many pairs."""

    rows: list[list[str]]
    psi: int
    density: int

    def __str__(self) -> str:
        pairs = len(_LEVELS) * len(_WIDTHS)
        return f"in {self.psi} of {pairs} pairs of n and h, and the other way round in {self.density}"


def _compared(results: Results, points: int, settings: Callable[[int, int, int], Pair], how: str = "") -> Compared:
    rows, better = [], [0, 0]
    for n in _LEVELS:
        for h in _WIDTHS:
            psi, density = (results.relative(s) for s in settings(n, h, points))
            wins, p = lower(psi, density)
            better[0] += p < SIGNIFICANT / _COMPARISONS and wins > 0.5
            better[1] += p < SIGNIFICANT / _COMPARISONS and wins < 0.5
            spreads = [str(Spread.of(psi)), str(Spread.of(density))]
            rows.append([f"{points:,}{how}", str(n), str(h), *spreads, percent(wins), probability(p)])
    return Compared(rows, *better)


def _answer(results: Results) -> Answer:
    few, many = (_compared(results, points, _settings) for points in _POINTS)
    scaled = _compared(results, min(_POINTS), _scaled, ", standardised")
    seeds = results.budget.seeds
    decided = can_differ(seeds, SIGNIFICANT / _COMPARISONS)
    sentence = (
        f"With 500 points psi_n ends closer to its function than |psi_n|² to its own (difference / variance) {few}; "
        f"with 10,001 points in {many.psi} and {many.density}: "
        f"{_judged(few, many) if decided else undecided(seeds)}."
    )
    change = f"With 500 points psi_n ends closer {scaled}{'' if decided else ', ' + undecided(seeds)}."
    header = ["points", "n", "h", "psi_n: median (10 % to 90 %)", "|psi_n|²", "psi_n is better with probability", "p"]
    each = dict(zip(_POINTS, (few, many), strict=True))
    metrics = {f"psi_better_{points}": float(found.psi) for points, found in each.items()}
    metrics |= {f"density_better_{points}": float(found.density) for points, found in each.items()}
    verdict = _verdict(few) if decided else "not decided"
    return Answer(verdict, sentence, change, header, few.rows + many.rows + scaled.rows, tuple(range(51, 83)), metrics)


def _verdict(few: Compared) -> Verdict:
    if few.psi > len(few.rows) / 2 and few.psi > few.density:
        return "holds"
    return "holds in part" if few.psi > few.density else "contradicted" if few.density > few.psi else "not decided"


def _judged(few: Compared, many: Compared) -> str:
    seen = (
        "the advantage of psi_n is there with 500 points" if few.psi > few.density else "there is no advantage of psi_n"
    )
    return f"{seen}, and with 10,001 it {'stays' if many.psi > many.density else 'is gone'}"


QUESTION = Question(
    "With 500 points psi_n seems better approximated than |psi_n|²; with 10,001 points it is hard to see. Is it so?",
    _needs,
    _answer,
)
