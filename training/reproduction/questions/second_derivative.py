"""Question 9: what makes the second derivative of a fit usable."""

from collections.abc import Callable, Mapping

import numpy as np

from training.evaluation.accuracy import relative_l2
from training.regression.config import FitConfig
from training.regression.result import TrainingResult
from training.reproduction.answers import Answer, Question, verdict
from training.reproduction.figures import NARROW
from training.reproduction.needs import Budget, Need, setting, standardised
from training.reproduction.questions.near_zero import PRECISE
from training.reproduction.results import Results, truth
from training.reproduction.statistics import Spread, number, percent, said

# A relative L2 error below which a derivative is worth using.
_USABLE = 0.01
# So many times above it no other seed would be below it.
_FAR = 10
STUDIED = setting(200, 100, 100)
# It is as far from usable with every seed, and takes long.
_FEW = 2
_SMOOTH = setting(30, 15, 100, preset="standard")
_LONGER = setting(30, 200, 100, preset="standard")
_UNSCALED = setting(30, 15, 100, preset="standard", standardise=False)
Measure = Callable[[FitConfig, TrainingResult], float]


def _by_differences(s: FitConfig, outcome: TrainingResult) -> float:
    """The error of (f(x+h) + f(x-h) - 2 f(x)) / h² on the points of the curve, in float64."""
    x, _ = truth(s)
    assert s.function is not None, "the study knows its functions"
    curve, step = np.asarray(outcome.curve), x[1] - x[0]
    found = (curve[2:] + curve[:-2] - 2 * curve[1:-1]) / step**2
    return relative_l2(found, s.function.derivative(x[1:-1], 2))


def _exact(s: FitConfig, outcome: TrainingResult) -> float:
    return outcome.errors["error_d2"]


_WAYS: Mapping[str, tuple[FitConfig, Measure]] = {
    "the study's relu, h=200, 100 epochs, differences of step 0.01": (STUDIED, _by_differences),
    "the same network, exact derivative": (STUDIED, _exact),
    "tanh, h=30, 15 epochs, exact (preset=standard)": (_SMOOTH, _exact),
    "tanh, h=30, 200 epochs, exact": (_LONGER, _exact),
    "tanh, h=30, 100 iterations of varpro, exact (preset=precise)": (PRECISE, _exact),
    "the study's relu, h=30, 15 epochs, differences of step 0.01": (NARROW, _by_differences),
    "the same, standardised": (standardised(NARROW), _by_differences),
    "tanh, h=30, 15 epochs, exact, not standardised": (_UNSCALED, _exact),
}


def _needs(budget: Budget) -> list[Need]:
    settings = dict.fromkeys(s for s, _ in _WAYS.values())
    return [Need(s, min(budget.seeds, _FEW) if s == STUDIED else budget.seeds, errors=True) for s in settings]


def _answer(results: Results) -> Answer:
    errors = {name: [measure(s, o) for o in results.together(s)] for name, (s, measure) in _WAYS.items()}
    spreads = {name: Spread.of(each) for name, each in errors.items()}
    usable = {name: sum(error < _USABLE for error in each) for name, each in errors.items()}
    studied, exact, smooth, longer, precise, narrow, scaled, unscaled = _WAYS
    found = {name: percent(spread.median) for name, spread in spreads.items()}
    sentence = (
        f"It is {_judged(errors[studied])} as the study has it: finite differences of the relu network are off by "
        f"{found[studied]} (relative L2 error), and its exact second derivative is zero almost everywhere "
        f"({found[exact]}); a smooth activation with exact derivatives, standardised, brings {found[smooth]} after 15 "
        f"epochs and {found[longer]} after 200, and preset=precise {number(spreads[precise].median)}: usable in "
        f"{usable[precise]} of {len(errors[precise])} trainings."
    )
    change = (
        f"Differences of the study's smaller network (h=30, 15 epochs) are off by {found[narrow]} as the study trained "
        f"it and by {found[scaled]} standardised; exact derivatives of tanh after 15 epochs by {found[unscaled]} "
        f"without and {found[smooth]} with it."
    )
    rows = [[name, str(spreads[name]), f"{usable[name]} of {len(errors[name])}"] for name in _WAYS]
    header = ["way", "relative L2 error of f'': median (10 % to 90 %)", f"usable (below {_USABLE:.0%})"]
    names = ("differences", "relu_exact", "tanh", "tanh_200_epochs", "precise")
    metrics = {f"error_d2_{short}": spreads[name].median for short, name in zip(names, _WAYS, strict=False)}
    holds = verdict(unusable(errors[studied]))
    return Answer(holds, sentence, change, header, rows, (45, 46, 47, 48, 49, 50), metrics)


def unusable(errors: list[float]) -> bool | None:
    """Whether all are far from usable, so that few are enough to say so."""
    return True if min(errors) > _FAR * _USABLE else False if max(errors) < _USABLE else None


def _judged(errors: list[float]) -> str:
    return said(unusable(errors), "unusable", "usable", len(errors))


QUESTION = Question(
    "The second derivative of the fit is recognisable with h=200 and 100 epochs, but unusable. (Open: make it usable.)",
    _needs,
    _answer,
)
