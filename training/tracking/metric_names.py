"""Names under which a run's numbers are logged: MLflow's UI groups them by what stands before a slash.

It shows them in the order in which they were logged: first the errors of the fit, as `error/…`, then what else was
fitted to the samples, as `baseline/…`, and times, as `time/…`. The names by which studies and earlier runs are compared
(`error_d2`, `spline_error_d2`, `seconds`, …) stay behind them.
"""

from collections.abc import Mapping

_BASELINES = ("chebyshev_", "spline_", "rbf_", "quadratic_")
_FIRST = ("error", "baseline", "time")
_GROUPED: Mapping[str, str] = {
    "error_d0": "error/f",
    "error_d1": "error/f1",
    "error_d2": "error/f2",
    "error_value": "error/value",
    "error_gradient": "error/gradient",
    "error_hessian": "error/hessian",
    "max_error": "error/largest",
    "validation_rmse": "error/residual_held_out",
    "chi2_per_dof": "error/chi2_per_dof",
    "noise": "error/noise_estimated",
    "seconds": "time/training_seconds",
}


def grouped(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics as they are logged."""
    found = {_GROUPED[name]: value for name, value in metrics.items() if name in _GROUPED}
    found |= {f"baseline/{name}": value for name, value in metrics.items() if name.startswith(_BASELINES)}
    ordered = {name: found[name] for name in sorted(found, key=lambda name: _FIRST.index(name.partition("/")[0]))}
    return ordered | dict(metrics)
