"""Question 8: how the fit near 0 can be improved."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from training.arrays import Array
from training.plotting.style import finish, legend, new, semilogy, styles
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.regression.sampling_config import STUDY_DOMAIN
from training.reproduction.answers import Answer, Question, Verdict
from training.reproduction.figures import NARROW
from training.reproduction.needs import Budget, Need, setting, standardised
from training.reproduction.results import Results, truth
from training.reproduction.statistics import SIGNIFICANT, Spread, can_differ, lower, number, probability, undecided
from training.targets.domain import Domain

# Near 0: the peak. The remedies favour samples as far as the function bends.
_NEAR, _FAVOURED = 0.5, 1.0
_WEIGHT = 4
_STUDY, _SCALED = "as the study", "standardised"
PRECISE = FitConfig(preset="precise", hidden=(30, 30), epochs=100, points=501, register_as="none")


class PlacedConfig(FitConfig):
    """A fit of a function to its values at given x, in ascending order; an x that is repeated counts as often."""

    x: tuple[float, ...]

    def places(self, domain: Domain) -> Array:
        """These x."""
        return np.array(self.x)


def remedies(budget: Budget) -> Mapping[str, FitConfig]:
    """The study's setting and what is done about it; the first three see the same number of samples."""
    points = budget.points(NARROW.points)
    return {
        _STUDY: NARROW,
        f"half of the samples in |x| ≤ {_FAVOURED:g}": _fitting(_denser(points)),
        f"samples in |x| ≤ {_FAVOURED:g} weigh {_WEIGHT} times": _fitting(_weighted(points)),
        "60 epochs": setting(30, 60, 100),
        "batch 20": setting(30, 15, 20),
        "h=100": setting(100, 15, 100),
        _SCALED: standardised(NARROW),
        "standardised, h=100": standardised(setting(100, 15, 100)),
        "tanh (preset=standard)": setting(30, 15, 100, preset="standard"),
        "preset=precise, 100 iterations": PRECISE,
    }


def _needs(budget: Budget) -> list[Need]:
    return [Need(s, budget.seeds, errors=s == PRECISE) for s in remedies(budget).values()]


def _answer(results: Results) -> Answer:
    outcomes = {name: _first(results, s) for name, s in remedies(results.budget).items()}
    near = {name: [_largest(o, near=True) for o in found] for name, found in outcomes.items()}
    far = {name: [_largest(o, near=False) for o in found] for name, found in outcomes.items()}
    before = Spread.of(near[_STUDY]).median
    gains = {name: before / Spread.of(each).median for name, each in near.items()}
    ps = {name: lower(each, near[_STUDY])[1] for name, each in near.items()}
    _, dense, weighted, *others = outcomes
    *first_order, precise = others
    best = max((name for name in first_order if _SCALED not in name), key=lambda name: gains[name])
    helped = [name for name in (dense, weighted) if gains[name] > 1 and ps[name] < SIGNIFICANT]
    decided = can_differ(results.budget.seeds)
    judged = _judged(len(helped)) if decided else f"whether they help is {undecided(results.budget.seeds)}"
    sentence = (
        f"Near 0 (|x| ≤ {_NEAR:g}) the largest error of the study's setting is {number(before)} in the median; denser "
        f"samples there divide it by {number(gains[dense])} ({probability(ps[dense])}) and weights by "
        f"{number(gains[weighted])} ({probability(ps[weighted])}), so {judged}; of the rest '{best}' "
        f"gains most by gradient descent ({number(gains[best])} times, {probability(ps[best])}), and {precise} leaves "
        f"{number(before / gains[precise])}."
    )
    change = (
        f"It divides the largest error near 0 by {number(gains[_SCALED])} ({probability(ps[_SCALED])}) with h=30 and, "
        f"with h=100, by {number(gains[_SCALED + ', h=100'])} ({probability(ps[_SCALED + ', h=100'])})."
    )
    rows = [
        [name, str(Spread.of(near[name])), str(Spread.of(far[name])), f"{number(gains[name])} times", _p(name, ps)]
        for name in outcomes
    ]
    header = ["remedy", f"largest error in |x| ≤ {_NEAR:g}: median (10 % to 90 %)", "elsewhere", "gain near 0", "p"]
    metrics = {f"near_zero_gain_{_slug(name)}": gain for name, gain in gains.items() if name != _STUDY}
    verdict: Verdict = "answered" if decided else "not decided"
    return Answer(verdict, sentence, change, header, rows, (17, 18, 44), metrics, _figure(outcomes))


def _first(results: Results, s: FitConfig) -> list[TrainingResult]:
    """The first runs of a setting, as many for each."""
    return results.together(s, results.budget.seeds)


def _judged(helped: int) -> str:
    return ("neither helps by itself", "one of them helps", "both help")[helped]


def _p(name: str, ps: Mapping[str, float]) -> str:
    return "" if name == _STUDY else probability(ps[name])


def _largest(outcome: TrainingResult, near: bool) -> float:
    x, function = truth(NARROW)
    where = (np.abs(x) <= _NEAR) == near
    return float(np.abs(np.asarray(outcome.curve) - function)[where].max())


def _denser(points: int) -> Array:
    """Take as many samples inside as outside, equally spaced in each."""
    inside, side = points - 2 * (points // 4), points // 4
    low, high = STUDY_DOMAIN
    left = np.linspace(low, -_FAVOURED, side, endpoint=False)
    right = -np.linspace(-high, -_FAVOURED, side, endpoint=False)[::-1]
    return np.concatenate([left, Domain(-_FAVOURED, _FAVOURED).equally_spaced(inside), right])


def _weighted(points: int) -> Array:
    """Equally spaced samples, those inside repeated: each repetition adds its weight to the loss."""
    part = 2 * _FAVOURED / STUDY_DOMAIN.width
    x = STUDY_DOMAIN.equally_spaced(round(points / (1 + (_WEIGHT - 1) * part)))
    return np.repeat(x, np.where(np.abs(x) <= _FAVOURED, _WEIGHT, 1))


def _fitting(x: Array) -> FitConfig:
    """The study's setting with samples at these x."""
    return PlacedConfig(**NARROW.model_dump() | {"points": len(x), "x": tuple(x.tolist())})


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name).split())


def _figure(outcomes: Mapping[str, list[TrainingResult]]) -> Figure:
    """The median of the error at each point."""
    x, function = truth(NARROW)
    figure, (axes,) = new(width=9, height=4.8)
    for (name, found), style in zip(outcomes.items(), styles(), strict=False):
        errors = np.median([np.abs(np.asarray(o.curve) - function) for o in found], axis=0)
        semilogy(axes, x, errors, linewidth=1.2, label=name, **style)
    finish(axes, "Error at each point, median of the seeds, gaussian", "x", "|fit - f(x)|")
    legend(figure)
    return figure


QUESTION = Question(
    "How can the fit near 0 be improved?",
    _needs,
    _answer,
)
