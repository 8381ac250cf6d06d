"""Names under which a run's numbers are logged: MLflow's UI groups them by what stands before a slash.

It shows them in the order in which they were logged: first a classifier's accuracy, as `accuracy/…`, and the errors, as
`error/…`, then those of what else was fitted to the samples, as `baseline/…`, and the time, as `time/…`. All of them
stay behind under the names by which studies, scripts and earlier runs are compared (`error_d2`, `max_error`, `seconds`,
…); nothing else is there twice.
"""

import re
from collections.abc import Mapping

_SHORT = {"d0": "f", "d1": "f1", "d2": "f2"}
_GROUPED: Mapping[str, str] = {
    "max_error": "error/largest",
    "validation_rmse": "error/residual_held_out",
    "chi2_per_dof": "error/chi2_per_dof",
    "noise": "error/noise_estimated",
    "seconds": "time/training_seconds",
    "test_accuracy": "accuracy/test",
    "validation_accuracy": "accuracy/validation",
    "train_accuracy": "accuracy/training",
    "validation_loss": "error/validation_loss",
    "bias": "error/bias",
    "variance": "error/variance",
}
_ORDER = ("accuracy", "error", "baseline", "time")
# Without a name of old.
_NEW = ("chi2_per_dof",)


def grouped(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics as they are logged."""
    found = {name: value for key, value in metrics.items() if (name := _name(key))}
    ordered = {name: found[name] for name in sorted(found, key=lambda name: _ORDER.index(name.partition("/")[0]))}
    return ordered | {name: value for name, value in metrics.items() if name not in _NEW}


def _name(key: str) -> str | None:
    """That in a group, for those that have one: error/f2 of error_d2, baseline/spline_f2 of spline_error_d2."""
    if error := re.fullmatch(r"(?:(\w+)_)?error_(\w+)", key):
        whose, what = error[1], _SHORT.get(error[2], error[2])
        return f"baseline/{whose}_{what}" if whose else f"error/{what}"
    return _GROUPED.get(key)
