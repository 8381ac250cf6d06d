"""How far a fit is from the truth."""

import numpy as np
from numpy.typing import NDArray

from training.datasets import midpoints
from training.networks import Network, evaluate
from training.targets import Target

Array = NDArray[np.float64]

# The orders whose errors are reported: f, f' and f''.
REPORTED_ORDERS = 2


def accuracy(network: Network, target: Target, domain: tuple[float, float]) -> dict[str, float]:
    """Errors on the dense grid between the samples.

    max_error: the largest absolute difference of the function and its fit.
    error_d0, error_d1, error_d2: relative L2 errors of f, f' and f''.
    """
    grid = midpoints(domain)
    derivatives = evaluate(network, grid, REPORTED_ORDERS)
    truths = [target.derivative(grid, order) for order in range(REPORTED_ORDERS + 1)]
    errors = {f"error_d{k}": relative_l2(derivatives[k], truth) for k, truth in enumerate(truths)}
    return {"max_error": float(np.abs(derivatives[0] - truths[0]).max())} | errors


def relative_l2(value: Array, truth: Array) -> float:
    """‖value - truth‖₂ / ‖truth‖₂."""
    return float(np.linalg.norm(value - truth) / np.linalg.norm(truth))
