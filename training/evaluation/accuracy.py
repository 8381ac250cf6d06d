"""How far a fit is from the truth."""

import numpy as np

from training.arrays import Array
from training.data.samples import Samples
from training.models.networks import Network, evaluate
from training.targets.domain import Domain
from training.targets.target import Target, derivatives

# The orders whose errors are reported: f, f' and f''.
REPORTED_ORDERS = 2


def accuracy(network: Network, target: Target, domain: Domain) -> dict[str, float]:
    """Errors on the dense grid between the samples.

    max_error: the largest absolute difference of the function and its fit.
    error_d0, error_d1, error_d2: relative L2 errors of f, f' and f''.
    """
    grid = domain.midpoints()
    fits, truths = evaluate(network, grid, REPORTED_ORDERS), derivatives(target, grid, REPORTED_ORDERS)
    errors = {f"error_d{k}": relative_l2(fits[k], truth) for k, truth in enumerate(truths)}
    return {"max_error": float(np.abs(fits[0] - truths[0]).max())} | errors


def held_out_accuracy(network: Network, samples: Samples) -> dict[str, float]:
    """Errors at the samples that the fit has not seen, or, where there are none, at those that it has.

    max_error: the largest absolute difference; error_d0: the relative L2 error; validation_rmse: the root mean square;
    chi2_per_dof: the mean square in units of the standard errors, where these are known and no such sample was seen.
    """
    judged = samples.held_out or samples
    fit = evaluate(network, judged.x, 0)[0]
    rmse = float(np.sqrt(np.mean((fit - judged.y) ** 2)))
    largest = float(np.abs(fit - judged.y).max())
    found = {"max_error": largest, "error_d0": relative_l2(fit, judged.y), "validation_rmse": rmse}
    if samples.held_out is not None and judged.standard_error is not None:
        found["chi2_per_dof"] = float(np.mean(((fit - judged.y) / judged.standard_error) ** 2))
    return found


def relative_l2(value: Array, truth: Array) -> float:
    """‖value - truth‖₂ / ‖truth‖₂; the root mean square of value where the truth is zero, as of a line's f''."""
    scale = np.linalg.norm(truth)
    return float(np.linalg.norm(value - truth) / (scale or np.sqrt(len(truth))))
