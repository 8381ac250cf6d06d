"""Activations as the training computes them, over flat memory: a value and a gradient each."""

import math

from numba import njit

from training.kernels.compilation import OPTIONS
from training.kernels.elementary import exp, expm1
from training.kernels.vectors import apart

# The same functions as training.models.jets has, by the same names; compiled code knows them by their place.
NAMES = ("tanh", "sin", "sigmoid", "silu", "gelu", "softplus", "gaussian", "relu")
_TANH, _SIN, _SIGMOID, _SILU, _GELU, _SOFTPLUS, _GAUSSIAN, RELU = range(len(NAMES))
# Of these the gradient follows from the value, which takes the memory of z.
IN_PLACE = ("tanh", "sigmoid", "relu")
# The usual approximation of gelu takes the tanh of √(2/π) (x + 0.044715 x³).
_GELU_SCALE, _GELU_CUBE = math.sqrt(2 / math.pi), 0.044715


@njit(**OPTIONS)
def _tanh(z):
    two = type(z)(2)
    e = expm1(two * z)
    return e / (e + two)


@njit(**OPTIONS)
def _sigmoid(z):
    one = type(z)(1)
    return one / (one + exp(-z))


@njit(**OPTIONS)
def _gelu_tanh(z):
    return _tanh(type(z)(_GELU_SCALE) * (z + type(z)(_GELU_CUBE) * z * z * z))


@njit(**OPTIONS)
def activate(name, z, a):
    """a = activation(z); where a has the memory of z, the code says so: loops over two arrays that overlap are slow.

    relu, and its gradient, are left to the products (training.kernels.tiles).
    """
    apart()
    zero, half, one = z.dtype.type(0), z.dtype.type(0.5), z.dtype.type(1)
    if name == _TANH:
        for i in range(z.size):
            z[i] = _tanh(z[i])
    elif name == _SIN:
        for i in range(z.size):
            a[i] = math.sin(z[i])
    elif name == _SIGMOID:
        for i in range(z.size):
            z[i] = _sigmoid(z[i])
    elif name == _SILU:
        for i in range(z.size):
            a[i] = z[i] * _sigmoid(z[i])
    elif name == _GELU:
        for i in range(z.size):
            a[i] = half * z[i] * (one + _gelu_tanh(z[i]))
    elif name == _SOFTPLUS:
        for i in range(z.size):
            a[i] = (zero if z[i] < zero else z[i]) + math.log1p(exp(-abs(z[i])))
    elif name == _GAUSSIAN:
        for i in range(z.size):
            a[i] = exp(-z[i] * z[i])


@njit(**OPTIONS)
def backward(name, d, z, a):
    """d, the gradient with respect to a, becomes that with respect to z."""
    apart()
    half, one, two = z.dtype.type(0.5), z.dtype.type(1), z.dtype.type(2)
    scale, cubed = z.dtype.type(_GELU_SCALE), z.dtype.type(3 * _GELU_CUBE)
    if name == _TANH:
        for i in range(d.size):
            d[i] *= one - a[i] * a[i]
    elif name == _SIN:
        for i in range(d.size):
            d[i] *= math.cos(z[i])
    elif name == _SIGMOID:
        for i in range(d.size):
            d[i] *= a[i] * (one - a[i])
    elif name == _SILU:
        for i in range(d.size):
            s = _sigmoid(z[i])
            d[i] *= s * (one + z[i] * (one - s))
    elif name == _GELU:
        for i in range(d.size):
            t = _gelu_tanh(z[i])
            d[i] *= half * (one + t + z[i] * (one - t * t) * scale * (one + cubed * z[i] * z[i]))
    elif name == _SOFTPLUS:
        for i in range(d.size):
            d[i] *= _sigmoid(z[i])
    elif name == _GAUSSIAN:
        for i in range(d.size):
            d[i] *= -two * z[i] * a[i]
