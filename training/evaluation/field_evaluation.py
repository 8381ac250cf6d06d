"""How good a fit of several variables is: its errors, those of what else one would take, and warnings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.interpolate import RBFInterpolator

from training.arrays import Array
from training.evaluation.fit_evaluation import Evaluation
from training.models.field_network import OUTPUTS, FieldLayers, FieldNetwork, evaluate
from training.parameters.digits import factor
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem
from training.surrogates.samples import FieldSamples, relative_errors

Values = Callable[[Array], Array]

# Relative errors of value, gradient and Hessian above which a known function is not resolved.
_RESOLVED = (1e-8, 1e-6, 1e-5)
# Of the spread of y: what a fit is hardly better than a constant with, of a function and of data with their noise.
_USELESS, _CONSTANT = 0.5, 0.95
# Where a baseline is so many times closer, of a function and of data, it is named; but rounding is no matter.
_CLOSER, _BETTER, _PRECISE = 2.0, 1.1, 1e-9
# Radial basis functions in so many neighbours, at so many points.
_NEIGHBOURS, _LOOKED_AT, _FEWEST = 50, 2_000, 20
# Tried where samples have noise.
_SMOOTHINGS = (0.0, 1e-6, 1e-4, 1e-2, 1.0)
_NAMES = {
    "rbf": "radial basis functions of the same samples are",
    "quadratic": "a quadratic polynomial of the same samples is",
}


@dataclass(frozen=True)
class Baseline:
    """What one would take instead: its values at x (n, d), (n, m), and the seconds that its fitting took."""

    name: str
    values: Values
    seconds: float


def fit_baselines(problem: Problem) -> list[Baseline]:
    """Radial basis functions of the nearest samples, and a quadratic polynomial, of the samples that the fit sees."""
    found = []
    for name, fit in (("rbf", _radial), ("quadratic", _quadratic)):
        started = perf_counter()
        values = fit(problem)
        found.append(Baseline(name, values, perf_counter() - started))
    return found


def errors_of(layers: FieldLayers, judged: FieldSamples) -> dict[str, float]:
    """The relative L2 errors of value, gradient and Hessian, as far as they are known, by the metrics' names."""
    errors = relative_errors(layers, judged)
    return {f"error_{name}": error for name, error in zip(OUTPUTS, errors, strict=False)}


def evaluate_fit(best: Candidate, problem: Problem, others: list[Baseline]) -> Evaluation:
    """Judge a fit against the function where it is known, else against the samples held out; so the baselines."""
    layers, noise = best.layers, best.noise_std
    judged, known = problem.judged, problem.function is not None
    metrics, fit = errors_of(layers, judged), evaluate(FieldNetwork(layers), judged.x)[0]
    errors = tuple(metrics.values())
    metrics["max_error"] = float(np.abs(fit - judged.y).max())
    if not known:
        metrics["validation_rmse"] = float(np.sqrt(np.mean((fit - judged.y) ** 2)))
    if noise is not None:
        metrics["noise"] = float(np.sqrt(np.mean(noise**2)))
    metrics |= {"samples": float(len(problem.samples.x)), "variables": float(problem.box.dimension)}
    if problem.dropped:
        metrics["dropped_rows"] = float(problem.dropped)
    few = judged.take(np.arange(min(_LOOKED_AT, len(judged.x))))
    for other in others:
        metrics[f"{other.name}_error_value"] = _error(other.values(few.x), few.y)
        metrics[f"{other.name}_seconds"] = other.seconds
    # A few samples held out may be alike by chance, and their spread no measure.
    is_far = known or _part_of_spread(fit - judged.y, problem.samples.y) > _USELESS
    useless = _useless(errors[0], known) if is_far else ""
    warnings = [
        *problem.warnings,
        *best.warnings,
        *([useless] if useless else []),
        *_unresolved(errors, known),
        *_beside(errors[0], metrics, known),
        *_sparse(problem),
    ]
    return Evaluation(metrics, warnings, useless)


def _error(values: Array, truth: Array) -> float:
    """Relative to the spread of each output; that of the worst."""
    spread = np.sqrt(np.mean((truth - truth.mean(axis=0)) ** 2, axis=0))
    return float(np.max(np.sqrt(np.mean((values - truth) ** 2, axis=0)) / np.where(spread > 0, spread, 1.0)))


def _radial(problem: Problem) -> Values:
    """Thin plates through the samples of a function; of data smoothed, as is best for a tenth of their samples."""
    box, smoothing = problem.box, 0.0
    # Equal points would make the equations singular.
    u, first = np.unique(box.scale(problem.samples.x), axis=0, return_index=True)
    y = problem.samples.y[first]
    if problem.function is None and len(u) > _FEWEST:
        out = np.random.default_rng(0).permutation(len(u)) < min(len(u) // 10, _LOOKED_AT)
        made = {each: _plates(u[~out], y[~out], each) for each in _SMOOTHINGS}
        smoothing = min(made, key=lambda each: _error(made[each](u[out]), y[out]))
    whole = _plates(u, y, smoothing)
    return lambda x: np.asarray(whole(box.scale(x)))


def _plates(u: Array, y: Array, smoothing: float) -> RBFInterpolator:
    return RBFInterpolator(u, y, neighbors=min(_NEIGHBOURS, len(u)), smoothing=smoothing)


def _quadratic(problem: Problem) -> Values:
    box = problem.box
    rows = _monomials(box.scale(problem.samples.x))
    coefficients = np.linalg.lstsq(rows, problem.samples.y, rcond=None)[0]
    return lambda x: np.asarray(_monomials(box.scale(x)) @ coefficients)


def _monomials(u: Array) -> Array:
    d = u.shape[1]
    products = [u[:, i] * u[:, j] for i in range(d) for j in range(i, d)]
    return np.column_stack([np.ones(len(u)), u, *products])


def _part_of_spread(off: Array, y: Array) -> float:
    """The root mean square error of the worst output, relative to the spread of the samples that were seen."""
    return float(np.max(np.sqrt(np.mean(off**2, axis=0)) / np.std(y, axis=0)))


def _useless(error: float, known: bool) -> str:
    if not error < (_USELESS if known else _CONSTANT):
        return f"the fit is off by {error:.0%} of the standard deviation of y: hardly better than a constant"
    return ""


def _unresolved(errors: tuple[float, ...], known: bool) -> Iterator[str]:
    if known and any(error > limit for error, limit in zip(errors, _RESOLVED, strict=True)):
        told = ", ".join(f"{name} by {error:.1g}" for name, error in zip(OUTPUTS, errors, strict=True))
        yield (
            f"the function is not resolved: relative to their size {told} are off; more points may help, but not "
            "against a jump, a kink or a pole near the domain"
        )


def _beside(own: float, metrics: Mapping[str, float], known: bool) -> Iterator[str]:
    errors = {name: metrics[f"{name}_error_value"] for name in _NAMES if f"{name}_error_value" in metrics}
    name = min(errors, key=lambda each: errors[each], default="")
    if name and own > _PRECISE and own > (_CLOSER if known else _BETTER) * errors[name]:
        ratio = factor(own / max(errors[name], np.finfo(np.float64).eps))
        judged = "the function" if known else "the samples held out"
        yield f"{_NAMES[name]} {ratio} times closer to {judged}"


def _sparse(problem: Problem) -> Iterator[str]:
    """Warn where there are hardly more samples than a straight line in all variables needs."""
    d = problem.box.dimension
    if len(problem.samples.x) < 5 * (d + 1):
        yield f"{len(problem.samples.x)} samples are few for {d} variables: between them the fit is a guess"
