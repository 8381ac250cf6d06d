"""What the samples themselves say against a fit of data: in sentences for people, and in numbers for the run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from training.arrays import Array
from training.data.samples import Samples
from training.evidence.residuals import KINDS, correlation_time, outliers
from training.models.networks import Network, evaluate
from training.regression.methods import Method

# A baseline that is this much closer at the samples held out is named.
_BETTER = 1.1
# Of y: an error below it is rounding, and no reason to prefer one fit to another.
_ROUNDING = 1e-13
# Correlated residuals are a matter where they are repeated so many times.
_CORRELATED = 1.3
# Noise, relative to y, above which solvers for exact samples fit it as if it were the function.
_NOISY = 1e-6
# A fit whose error is so many times the noise has other faults.
_FAR_FROM_FITTED = 30.0
# Of second differences at twice the distance, relative to those at the distance: 4 where they are f'', 1 where noise.
_CURVED = 2.0
# Samples that are looked at, at most.
_LOOK = 100_000


@dataclass(frozen=True)
class DataDiagnostics:
    """Numbers for the run's metrics, and warnings for people."""

    metrics: Mapping[str, float]
    warnings: list[str]


def diagnose_data(
    method: Method, network: Network, samples: Samples, metrics: Mapping[str, float], findings: Mapping[str, float]
) -> DataDiagnostics:
    """Look at a fit of data.

    Args:
        method, network: the fit.
        samples: that it has seen, with those held out.
        metrics: validation_rmse, error_d0 and NAME_error_d0 of the baselines, all at the samples held out, or the
            errors beside the function where it is known, with those of its derivatives.
        findings: of the solver: the kind of the noise, and by how much residuals are correlated.
    """
    residuals = standardised_residuals(network, samples)
    kind = KINDS[int(findings["noise_kind"])] if "noise_kind" in findings else ""
    time = max(correlation_time(residuals) if kind != "correlated" else 1.0, findings.get("correlation_time", 1.0))
    far = int(outliers(residuals).sum())
    found = [
        *_worse_than_a_baseline(metrics, "the function" if "error_d1" in metrics else "the samples held out"),
        *_noise_was_fitted(method, samples, metrics),
    ]
    # Rounding is neither normal nor independent, and harms nothing.
    if metrics["error_d0"] > _ROUNDING:
        found += [*_correlated(time, kind), *_outliers(far, len(residuals), kind)]
    return DataDiagnostics({"correlation_time": time, "outliers": float(far)}, found)


def standardised_residuals(network: Network, samples: Samples) -> Array:
    """Weighted residuals of neighbouring samples, in order; of at most 100,000 of them."""
    start = max(0, (len(samples.x) - _LOOK) // 2)
    rows = np.arange(start, min(len(samples.x), start + _LOOK))
    seen = samples.take(rows)
    return np.asarray((seen.y - evaluate(network, seen.x, 0)[0]) * samples.weights[rows])


def _worse_than_a_baseline(metrics: Mapping[str, float], judged: str) -> Iterator[str]:
    own = metrics["error_d0"]
    errors = {name: metrics[f"{name}_error_d0"] for name in ("spline", "chebyshev") if f"{name}_error_d0" in metrics}
    name = min(errors, key=lambda key: errors[key], default="")
    if name and own > _ROUNDING and own > _BETTER * errors[name]:
        factor = own / errors[name] if errors[name] > 0 else np.inf
        which = {"spline": "a spline", "chebyshev": "a Chebyshev series"}[name]
        yield (
            f"{which} of the same samples is {factor:.3g} times closer to {judged}: "
            f"relative error {errors[name]:.2g} against {own:.2g}"
        )


def _correlated(time: float, kind: str) -> Iterator[str]:
    if kind == "correlated":
        yield (
            "the noise is correlated from sample to sample: the bands allow for it, "
            "and a curve that follows the samples closer follows the noise (noise=white)"
        )
    elif time > _CORRELATED:
        yield (
            f"the residuals are correlated over {time:.1f} samples: either the fit misses something, or the noise is "
            f"correlated (noise=correlated)" + (", and the bands are widened for it" if kind else "")
        )


def _outliers(far: int, samples: int, kind: str) -> Iterator[str]:
    if far and kind != "robust":
        yield f"{far} of {samples} samples lie far from the fit and pull at it: noise=robust gives them little weight"


def _noise_was_fitted(method: Method, samples: Samples, metrics: Mapping[str, float]) -> Iterator[str]:
    if method.estimates_noise or samples.held_out is None:
        return
    noise = neighbours_noise(samples.x, samples.y)
    matters = metrics["validation_rmse"] < _FAR_FROM_FITTED * noise
    if matters and noise > _NOISY * float(np.std(samples.y)):
        yield (
            f"{method.name} takes the samples for exact, and they have noise of about {noise:.2g}: "
            "optimizer=evidence estimates it"
        )


def neighbours_noise(x: Array, y: Array) -> float:
    """The noise that samples show beside the line through their neighbours; 0 where what they show is how f bends.

    (Gasser, Sroka and Jennen-Steinmetz, Biometrika 73, 1986.) The median over the samples, which steps do not change.
    """
    near, far = _beside_neighbours(x, y), _beside_neighbours(x[::2], y[::2])
    return near if far < _CURVED * near else 0.0


def _beside_neighbours(x: Array, y: Array) -> float:
    width = x[2:] - x[:-2]
    if len(width) == 0:
        return 0.0
    left = np.where(width > 0, (x[2:] - x[1:-1]) / np.where(width > 0, width, 1), 0.5)
    residual = left * y[:-2] + (1 - left) * y[2:] - y[1:-1]
    return float(1.4826 * np.median(np.abs(residual) / np.sqrt(left**2 + (1 - left) ** 2 + 1)))
