"""Derivatives through sums, products and activations: every order from one forward pass, no autograd.

A jet holds a function's derivatives at x, f, f', f'' …, one tensor each. Orders behind the last one are zero and
are never stored: a jet of length 1 is a plain value and costs no more.

Where y solves y' = s u', its derivatives follow from those of u and s by Leibniz' rule (Griewank and Walther,
Evaluating Derivatives, 2nd ed., SIAM 2008, section 13.2, in derivatives rather than Taylor coefficients):

    y^(k) = Σ_{j=1..k} C(k-1, j-1) u^(j) s^(k-j)

Every activation is built from this rule and from products, out of operations that ONNX Runtime has in float64
(it has no Erf, Softplus or Elu there). Nothing that leaves an activation is a plain multiple of something else:
ONNX Runtime would fuse such a factor into the matrix product that follows, and it keeps it in float32.
"""

from collections.abc import Callable
from math import comb, pi, sqrt

import torch
from torch import Tensor

from training.models.tanh import tanh as tanh_of_array

Jet = list[Tensor]


def multiply(a: Jet, b: Jet, order: int) -> Jet:
    """The product of two jets up to the given order."""
    return [_product(a, b, k) for k in range(min(order, len(a) + len(b) - 2) + 1)]


def tanh(u: Jet, order: int) -> Jet:
    """y' = (1 - y²) u'."""
    y: Jet = [_tanh(u[0])]
    slope: Jet = []
    for k in range(1, _length(u, order)):
        slope.append(-_product(y, y, k - 1) if slope else 1 - y[0] * y[0])
        y.append(_integral(u, slope, k))
    return y


def sigmoid(u: Jet, order: int) -> Jet:
    """y' = (y - y²) u'."""
    y = [torch.sigmoid(u[0])]
    if _length(u, order) == 1:
        return y
    slope = [y[0] - y[0] * y[0]]
    for k in range(1, _length(u, order)):
        y.append(_integral(u, slope, k))
        slope.append(y[k] - _product(y, y, k))
    return y


def sin(u: Jet, order: int) -> Jet:
    """y' = z u' and z' = -y u', with z = cos u."""
    y, z = [torch.sin(u[0])], [torch.cos(u[0])]
    for k in range(1, _length(u, order)):
        y_k, z_k = _integral(u, z, k), -_integral(u, y, k)
        y.append(y_k)
        z.append(z_k)
    return y


def exp(u: Jet, order: int) -> Jet:
    """y' = y u'."""
    y = [torch.exp(u[0])]
    for k in range(1, _length(u, order)):
        y.append(_integral(u, y, k))
    return y


def gaussian(u: Jet, order: int) -> Jet:
    """exp(-u²)."""
    return exp([-c for c in multiply(u, u, order)], order)


def silu(u: Jet, order: int) -> Jet:
    """u σ(u)."""
    return multiply(u, sigmoid(u, order), order)


def gelu(u: Jet, order: int) -> Jet:
    """u/2 (1 + tanh z) = u σ(2z) with z = √(2/π) (u + 0.044715 u³), the tanh form (Hendrycks and Gimpel, 2016)."""
    cube = multiply(multiply(u, u, order), u, order)
    linear, cubic = 2 * sqrt(2 / pi), 2 * sqrt(2 / pi) * 0.044715
    inner = [linear * u[k] + cubic * c if k < len(u) else cubic * c for k, c in enumerate(cube)]
    return multiply(u, sigmoid(inner, order), order)


def softplus(u: Jet, order: int) -> Jet:
    """log(1 + e^u), without overflow; y' = σ(u) u'."""
    y = [torch.relu(u[0]) + torch.log(1 + torch.exp(-torch.abs(u[0])))]
    slope = sigmoid(u, order)
    for k in range(1, _length(u, order)):
        y.append(_integral(u, slope, k))
    return y


def relu(u: Jet, order: int) -> Jet:
    """max(u, 0), with the slope 0 at u = 0; a piecewise-linear u stays so, and orders 2 and above are zero."""
    y = [torch.relu(u[0])]
    step = torch.sign(y[0])
    return y + [step * c for c in u[1 : order + 1]]


ACTIVATIONS: dict[str, Callable[[Jet, int], Jet]] = {
    "tanh": tanh,
    "sin": sin,
    "sigmoid": sigmoid,
    "silu": silu,
    "gelu": gelu,
    "softplus": softplus,
    "gaussian": gaussian,
    "relu": relu,
}


def _tanh(u: Tensor) -> Tensor:
    """The quicker one is for who wants neither gradients nor a graph."""
    return torch.from_numpy(tanh_of_array(u.numpy())) if torch.is_inference_mode_enabled() else torch.tanh(u)


def _length(u: Jet, order: int) -> int:
    """How many orders a function of u has: one where u is constant, else all that are wanted."""
    return order + 1 if len(u) > 1 else 1


def _product(a: Jet, b: Jet, k: int) -> Tensor:
    """Order k of a b: Σ C(k, j) a^(j) b^(k-j). A square's equal terms are taken once and doubled."""
    terms = []
    for j in range(max(0, k - len(b) + 1), min(k, len(a) - 1) + 1):
        if a is not b or 2 * j == k:
            terms.append(_multiple(comb(k, j), a[j] * b[k - j]))
        elif 2 * j < k:
            terms.append(_multiple(2 * comb(k, j), a[j] * a[k - j]))
    return _sum(terms)


def _integral(u: Jet, slope: Jet, k: int) -> Tensor:
    """Order k of y, where y' = slope u'."""
    return _sum([_multiple(comb(k - 1, j - 1), u[j] * slope[k - j]) for j in range(1, min(k, len(u) - 1) + 1)])


def _multiple(factor: int, term: Tensor) -> Tensor:
    return term if factor == 1 else factor * term


def _sum(terms: list[Tensor]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
