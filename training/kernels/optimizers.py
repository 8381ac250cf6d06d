"""Updates of parameters by their gradient."""

import numpy as np
from numba import njit

from training.kernels.compilation import OPTIONS
from training.kernels.vectors import apart

# Compiled code knows them by their place.
NAMES = ("adam", "sgd")
_ADAM = NAMES.index("adam")
# What torch.optim.Adam takes by default (Kingma and Ba, Adam: a method for stochastic optimization, 2015).
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


@njit(inline="always", **OPTIONS)
def step_rates(name, step, learning_rate):
    """What a step multiplies its direction by, and Adam the root of the average square; `step` counts from 1."""
    if name == _ADAM:
        return learning_rate / (1 - _BETA_1**step), 1 / np.sqrt(1 - _BETA_2**step)
    return learning_rate, 1.0


@njit(**OPTIONS)
def update(name, parameters, gradient, averages, squares, rate, of_root, decay):
    """A step; `decay` times the parameters is first added to the gradient."""
    apart()
    if name == _ADAM:
        _adam(parameters, gradient, averages, squares, rate, of_root, decay)
    else:
        for i in range(parameters.size):
            parameters[i] -= rate * (gradient[i] + decay * parameters[i])


@njit(**OPTIONS)
def _adam(parameters, gradient, averages, squares, rate, of_root, decay):
    of = parameters.dtype.type
    beta_1, rest_1, beta_2, rest_2 = of(_BETA_1), of(1 - _BETA_1), of(_BETA_2), of(1 - _BETA_2)
    epsilon = of(_EPSILON)
    for i in range(parameters.size):
        g = gradient[i] + decay * parameters[i]
        average = beta_1 * averages[i] + rest_1 * g
        square = beta_2 * squares[i] + rest_2 * g * g
        averages[i], squares[i] = average, square
        parameters[i] -= rate * average / (np.sqrt(square) * of_root + epsilon)
