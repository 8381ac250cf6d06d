"""How a perceptron's outputs, and their derivatives in x, answer to the weights of its hidden layers.

The hidden layers turn x into features; the output layer is linear in them. For an output layer c, the sensitivities
are the rows ∂f^(k)(x_i)/∂θ of a Jacobian, found backwards through the series that `training.models.jets` takes
forwards. All in float64, one thread, on whole arrays: the networks are small and the samples a few hundred.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from training.arrays import Array
from training.models.jets import ACTIVATIONS

# σ'' times a series needs σ''', so that orders up to two ask for derivatives of the activation up to three.
MAX_ORDER = 2

_ONE = torch.ones((), dtype=torch.float64)


@dataclass(frozen=True)
class _Layer:
    """A layer at some weights: its inputs a, before the activation z, and the activation's derivatives at z[0]."""

    weight: Array
    a: list[Array]
    z: list[Array]
    derivatives: list[Array]


class HiddenLayers:
    """The hidden layers of a perceptron at fixed points.

    Args:
        hidden_sizes: units in each hidden layer.
        activation: a key of ACTIVATIONS.
        x: (n,), or (n, d) for d variables, of the order of one.
        order: highest derivative of the output that is looked at, 0 to MAX_ORDER; 0 for several variables.
    """

    def __init__(self, hidden_sizes: tuple[int, ...], activation: str, x: Array, order: int = 0):
        self._activation, self._order, self._x = ACTIVATIONS[activation], order, x if x.ndim == 2 else x[:, None]
        self.shapes = list(pairwise((self._x.shape[1], *hidden_sizes)))
        self.parameters = sum(fan_in * fan_out + fan_out for fan_in, fan_out in self.shapes)
        self.rows = (order + 1) * len(x)

    def layers(self, theta: Array) -> Iterator[tuple[Array, Array]]:
        """The weights (fan_in, fan_out) and biases (fan_out,) that lie one after the other in theta."""
        start = 0
        for fan_in, fan_out in self.shapes:
            middle = start + fan_in * fan_out
            yield theta[start:middle].reshape(fan_in, fan_out), theta[middle : middle + fan_out]
            start = middle + fan_out

    def features(self, theta: Array) -> Array:
        """The last hidden layer and a column for the output's bias, all orders below each other: (rows, units + 1)."""
        a = self._inputs()
        for weight, bias in self.layers(theta):
            a = self._activate(_affine(a, weight, bias), self._order)
        return _with_bias(a)

    def linearise(self, theta: Array) -> "Linearisation":
        """The features with all that the sensitivities need."""
        a, layers = self._inputs(), []
        for weight, bias in self.layers(theta):
            z = _affine(a, weight, bias)
            derivatives = self._activate([z[0], np.ones(())], self._order + 1)
            layers.append(_Layer(weight, a, z, derivatives[1:]))
            a = self._activate(z, self._order) if self._order else derivatives[:1]
        return Linearisation(_with_bias(a), layers)

    def _inputs(self) -> list[Array]:
        slope = [np.ones_like(self._x), np.zeros_like(self._x)]
        return [self._x, *slope[: self._order]]

    def _activate(self, z: list[Array], order: int) -> list[Array]:
        tensors = [torch.from_numpy(c) if c.ndim else _ONE for c in z]
        result = [c.numpy() for c in self._activation(tensors, order)]
        # A piecewise-linear jet ends early.
        return result + [np.zeros_like(z[0])] * (order + 1 - len(result))


class Linearisation:
    """The features at some weights, and the sensitivities of w * (features @ c), c an output layer, w row weights."""

    def __init__(self, features: Array, layers: list[_Layer]):
        self.features, self._layers = features, layers
        self.parameters = sum(layer.weight.size + layer.weight.shape[1] for layer in layers)
        # By layer, order of the output and order of the series.
        self._sensitivities: list[list[list[Array | None]]] = []

    def at(self, c: Array, weights: Array) -> "Linearisation":
        """For this output layer c (units + 1,), the bias last, and these weights of the rows, (rows,)."""
        orders = range(len(self._layers[0].a))
        # Order k of the output is linear in order k of the last layer alone.
        units = [w[:, None] * c[:-1] for w in np.split(weights, len(orders))]
        d: list[list[Array | None]] = [[units[k] if j == k else None for j in orders] for k in orders]
        found = []
        for layer in reversed(self._layers):
            dz = [_through_activation(row, layer) for row in d]
            found.append(dz)
            if layer is not self._layers[0]:
                d = [[None if s is None else s @ layer.weight.T for s in row] for row in dz]
        self._sensitivities = found[::-1]
        return self

    def write_jacobian(self, out: Array) -> None:
        """Write the Jacobian's transpose into out (parameters, rows)."""
        start = 0
        for layer, dz in zip(self._layers, self._sensitivities, strict=True):
            fan_in, fan_out = layer.weight.shape
            middle, end = start + fan_in * fan_out, start + (fan_in + 1) * fan_out
            for k, row in enumerate(dz):
                n = len(layer.z[0])
                block = out[start:middle, k * n : (k + 1) * n].reshape(fan_in, fan_out, n)
                for j, (a, s) in enumerate(_pairs(layer, row)):
                    if j == 0:
                        np.multiply(a.T[:, None, :], s.T[None, :, :], out=block)
                    else:
                        block += a.T[:, None, :] * s.T[None, :, :]
                out[middle:end, k * n : (k + 1) * n] = _first(row).T
            start = end

    def gram(self) -> Array:
        """The Jacobian times its transpose, (rows, rows), without the Jacobian: far cheaper for wide layers."""
        total: Array = np.zeros(())
        for layer, dz in zip(self._layers, self._sensitivities, strict=True):
            total = total + np.block([[_gram_block(layer, left, right) for right in dz] for left in dz])
        return total

    def transposed(self, w: Array) -> Array:
        """The Jacobian's transpose times w (rows,), (parameters,), without the Jacobian."""
        parts = []
        for layer, dz in zip(self._layers, self._sensitivities, strict=True):
            weight, bias = np.zeros_like(layer.weight), np.zeros(layer.weight.shape[1])
            for row, v in zip(dz, np.split(w, len(dz)), strict=True):
                for a, s in _pairs(layer, row):
                    weight += a.T @ (v[:, None] * s)
                bias += v @ _first(row)
            parts += [weight.ravel(), bias]
        return np.concatenate(parts)


def _affine(a: list[Array], weight: Array, bias: Array) -> list[Array]:
    product = np.multiply if len(weight) == 1 else np.matmul
    return [product(a[0], weight) + bias, *(product(c, weight) for c in a[1:])]


def _with_bias(a: list[Array]) -> Array:
    n, units = a[0].shape
    rows = np.zeros((len(a) * n, units + 1))
    for k, c in enumerate(a):
        rows[k * n : (k + 1) * n, :-1] = c
    rows[:n, -1] = 1
    return rows


def _pairs(layer: _Layer, row: list[Array | None]) -> list[tuple[Array, Array]]:
    """What the weights of a layer multiply, order by order, and the sensitivity to that."""
    return [(a, s) for a, s in zip(layer.a, row, strict=True) if s is not None]


def _first(row: list[Array | None]) -> Array:
    """The sensitivity to the value, which is what a bias adds to."""
    assert row[0] is not None, "every order of the output depends on the value before the activation"
    return row[0]


def _gram_block(layer: _Layer, left: list[Array | None], right: list[Array | None]) -> Array:
    block: Array = np.zeros(())
    for a, s in _pairs(layer, left):
        for b, t in _pairs(layer, right):
            block = block + (a @ b.T) * (s @ t.T)
    return block + _first(left) @ _first(right).T


def _through_activation(d: list[Array | None], layer: _Layer) -> list[Array | None]:
    """The sensitivities to z from those to a, where a_1 = s1 z_1 and a_2 = s2 z_1² + s1 z_2, s_k = σ^(k)(z_0)."""
    z, s = layer.z, layer.derivatives
    result = [None if c is None else c * s[0] for c in d]
    if len(d) > 1 and d[1] is not None:
        result[0] = _add(result[0], d[1] * (s[1] * z[1]))
    if len(d) > 2 and d[2] is not None:
        result[0] = _add(result[0], d[2] * (s[2] * z[1] ** 2 + s[1] * z[2]))
        result[1] = _add(result[1], d[2] * (2 * s[1] * z[1]))
    return result


def _add(total: Array | None, term: Array) -> Array:
    return term if total is None else total + term
