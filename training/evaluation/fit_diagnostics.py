"""What a fit says of itself: how far it may be trusted, and where not."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from training.arrays import Array
from training.data.samples import Samples
from training.models.networks import Network
from training.parameters.digits import factor
from training.regression.methods import Method
from training.regression.result import TrainingResult
from training.regression.success import is_failed
from training.targets.expressions import variable_of

_EPSILON = float(np.finfo(np.float64).eps)
# Points that the condition is taken at.
_CONDITION_POINTS = 1_000
# Relative to y: an error below it is no reason for a warning about what caused it.
_SMALL = 1e-6
# Rounding that the output layer's weights magnify, relative to y.
_ROUNDING = 1e-8
# Of the error of a constant: a fit above this is hardly better.
_USELESS = 0.5
# The same of data, whose noise is a part of every error.
_CONSTANT = 0.95
# Relative errors of f, f' and f'' below which another approximation may be closer without a word; and how much closer.
_PRECISE = (1e-9, 1e-8, 1e-7)
_CLOSER = 2.0
# Relative errors of f, f' and f'' above which a function that may be sampled anywhere is not resolved.
_RESOLVED = (1e-8, 1e-6, 1e-5)
_ORDERS = ("f", "f'", "f''")
_NAMES = {"chebyshev": "a Chebyshev series", "spline": "a spline"}


@dataclass(frozen=True)
class FitDiagnostics:
    """Numbers for the run's metrics, warnings for people, and why the fit is useless; empty where it is not."""

    metrics: Mapping[str, float]
    warnings: list[str]
    useless: str


def diagnose_fit(
    method: Method, result: TrainingResult, samples: Samples, errors: Mapping[str, float], unseen_rms: float
) -> FitDiagnostics:
    """Judge a training.

    Args:
        method, result, samples: of the fit.
        errors: error_d0 … where they are known, and the baselines', by their metrics' names.
        unseen_rms: the root mean square error of f where it has seen no sample, in units of y.
    """
    network = result.fit
    scale, seen_rms = float(np.std(samples.y)) or 1.0, float(np.sqrt(result.mse))
    # Relative to the function, whether or not the training was of a standardised y.
    rounding = _EPSILON * float(network.weights[-1].detach().abs().sum()) * network.scaling.y_scale / scale
    useless = _useless(result, samples, unseen_rms)
    found = {
        useless: bool(useless),
        f"the solver stopped after {len(result.history)} iterations while the error still fell: "
        "give it more epochs": result.stopped == "early",
        f"the solver found no further step at a relative error of {seen_rms / scale:.1g}: "
        "try another seed or more units": result.stopped == "stalled" and seen_rms > _SMALL * scale,
        f"the output layer is ill-conditioned: its weights magnify rounding to {rounding:.1g} of the function": (
            rounding > _ROUNDING
        ),
    }
    if samples.are_measured and samples.held_out is None:
        found["no samples were held out: the errors are those at the samples that the fit has seen"] = True
    metrics = {"condition": condition(network, samples.x), "rounding": rounding, "samples": float(len(samples.x))}
    if result.noise_std is not None:
        metrics["noise"] = result.noise_std
    if samples.dropped:
        metrics["dropped_rows"] = float(samples.dropped)
    warnings = [*samples.warnings, *(warning for warning, holds in found.items() if holds)]
    if not samples.are_measured:
        warnings += _unresolved(method, errors) + _far_off_somewhere(samples, result.findings) + _closer(errors)
    return FitDiagnostics(metrics, warnings, useless)


def _useless(result: TrainingResult, samples: Samples, unseen_rms: float) -> str:
    """Why nobody should use the fit, in a sentence, or nothing.

    A function that is known is to be fitted to more than a picture's precision (training.regression.success); of data
    with noise only what a constant would do as well is useless.
    """
    judged = (samples.held_out or samples) if samples.are_measured else samples
    deviation = float(np.std(judged.y))
    part = unseen_rms / deviation if deviation else 0.0
    if part >= (_CONSTANT if samples.are_measured else _USELESS):
        return f"the fit is off by {part:.0%} of the function's standard deviation: hardly better than a constant"
    if not samples.are_measured and is_failed(result.mse, float(samples.y.var())):
        return f"the fit is off by {part:.0%} of the function's standard deviation: the training has failed"
    return ""


def _unresolved(method: Method, errors: Mapping[str, float]) -> list[str]:
    """Warn where a function that may be sampled anywhere was not resolved, and to what error."""
    own = [errors[f"error_d{k}"] for k in range(len(_ORDERS))]
    if not method.samples_anywhere or all(error <= limit for error, limit in zip(own, _RESOLVED, strict=True)):
        return []
    known = ", ".join(f"{name} by {error:.1g}" for name, error in zip(_ORDERS, own, strict=True))
    return [
        f"the function is not resolved: relative to their size {known} are off; "
        "it may have a jump, a kink or a pole near the domain, or oscillate too fast for its samples"
    ]


def _far_off_somewhere(samples: Samples, findings: Mapping[str, float]) -> list[str]:
    """Warn where f is off on a part of the domain that is too small for an error over all of it to show."""
    part = findings.get("max_error_part", 0.0)
    if part <= _SMALL:
        return []
    assert samples.function is not None, "of a function alone"
    place = f"{variable_of(samples.function)} = {findings['max_error_place']:.6g}"
    return [f"f is off by up to {part:.1g} of its largest value near {place}"]


def _closer(errors: Mapping[str, float]) -> list[str]:
    """What else fits the same samples far better, by how much, where that matters."""
    found = []
    for name, text in _NAMES.items():
        for k, (order, small) in enumerate(zip(_ORDERS, _PRECISE, strict=True)):
            own, other = errors[f"error_d{k}"], errors.get(f"{name}_error_d{k}", np.inf)
            if own > small and own > _CLOSER * other:
                found.append(f"{order} {factor(own / max(other, _EPSILON))} times")
        if found:
            return [f"{text} of the same samples is closer to the function: {', '.join(found)}"]
    return []


def condition(network: Network, x: Array) -> float:
    """The condition of the output layer's least-squares problem: its largest singular value over its smallest.

    At most 1 / epsilon, beyond which float64 cannot tell it; so where there are more units than points to look at.
    """
    points = torch.from_numpy(x[:: -(-len(x) // _CONDITION_POINTS)])
    if network.sizes[-2] >= len(points):
        return 1 / _EPSILON
    with torch.inference_mode():
        features = network.features(points, 0)[0]
        singular = torch.linalg.svdvals(torch.cat([features, torch.ones(len(points), 1, dtype=features.dtype)], 1))
    return float(singular[0] / max(float(singular[-1]), _EPSILON * float(singular[0])))
