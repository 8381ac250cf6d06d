"""A layer of tanh units as local features, and the least-squares problem in them, at a cost that grows with its size.

Of units sorted by where they change sign, φ_j = tanh(s_j (u - k_j)), the halved differences of neighbours

    ψ_0 = (1 - φ_1)/2,   ψ_j = (φ_j - φ_{j+1})/2,   ψ_m = (1 + φ_m)/2

span what the units and a constant span, add up to one, and vanish to rounding a few widths from their places. So the
matrix of features is banded, and its QR decomposition takes a window that moves over the domain (Björck, Numerical
Methods for Least Squares Problems, SIAM 1996, section 6.2). Coefficients d of these features are of the order of the
function, and the output layer is their halved differences.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from training.arrays import Array
from training.features.resolution import Density
from training.models.tanh import tanh

# Steepness times distance to the neighbour: the highest for which evenly placed units still make up a constant to
# rounding, exp(-π²/(2·0.15)) = 5e-15; lower ones make the problem worse conditioned.
_STEEPNESS = 0.15
# Units beyond either end, without which the coefficients grow, and with them what rounding leaves of f''.
_BEYOND = 15
# In units of 1 / steepness: 1 - tanh(19) is below a unit of rounding.
_REACH = 19.0
# Columns that the window moves on by at a time, and those of a block of reflectors.
_STEP, _BLOCK = 96, 32
# At a time, of sums.
_POINTS = 512
_ALL = slice(None)


@dataclass(frozen=True)
class Units:
    """A layer of m tanh units.

    Attributes:
        places: (m,), ascending, where they change sign.
        steepness: (m,), positive.
    """

    places: Array
    steepness: Array

    @classmethod
    def on(cls, density: Density, per_piece: float, shifts: Array | None = None) -> "Units":
        """Place as many on each piece, and some beyond the ends, each moved by a part of its neighbour's distance.

        Shifts (m,) of less than a half keep their order.
        """
        return cls.spaced(density, units_on(density, per_piece) - 2 * _BEYOND, _STEEPNESS, _BEYOND, shifts)

    @classmethod
    def spaced(
        cls, density: Density, inside: int, steepness: float, beyond: int, shifts: Array | None = None
    ) -> "Units":
        """Space them evenly, inside and beyond the ends; the steepness is in units of 1 / neighbour's distance."""
        positions = np.arange(inside + 2 * beyond) - beyond + 0.5 + (0 if shifts is None else shifts)
        places = density.places(positions * density.pieces / inside)
        return cls(places, steepness * density.at(places) * inside / density.pieces)

    def layers(self, coefficients: Array) -> tuple[Array, Array]:
        """The hidden layer, weights and biases flat, and the output layer, the bias last, of coefficients (m + 1,)."""
        bias = (coefficients[0] + coefficients[-1]) / 2
        return self.hidden(), np.append(np.diff(coefficients) / 2, bias)

    def hidden(self) -> Array:
        """The hidden layer, weights and biases flat."""
        return np.concatenate([self.steepness, -self.steepness * self.places])

    def features(self, u: Array, columns: slice, order: int = 0) -> Array:
        """Some of the features ψ at u (n,), or their first or second derivatives, (n, columns)."""
        first, last, m = columns.start, columns.stop, len(self.places)
        units = slice(max(first - 1, 0), min(last, m))
        edges = np.zeros((len(u), last - first + 1), order="F")
        if order == 0:
            edges[:, 0], edges[:, -1] = 1.0, -1.0
        inside = slice(int(first == 0), int(first == 0) + units.stop - units.start)
        edges[:, inside] = self.values(u, order, units)
        return np.asarray((edges[:, :-1] - edges[:, 1:]) / 2)

    def times(self, coefficients: Array, u: Array, order: int) -> Array:
        """Sums of the features at u (n,), or of their derivatives, with coefficients (m + 1, …), (n, …)."""
        columns = slice(0, len(coefficients))
        parts = np.array_split(u, 1 + len(u) // _POINTS)
        return np.concatenate([self.features(part, columns, order) @ coefficients for part in parts])

    def values(self, u: Array, order: int = 0, units: slice = _ALL) -> Array:
        """Some of the units φ at u (n,), or their first or second derivatives, (n, units)."""
        steepness = self.steepness[units]
        values = tanh(steepness * (u[:, None] - self.places[units]))
        if order == 0:
            return values
        slope = steepness * (1 - values * values)
        return np.asarray(slope if order == 1 else -2 * steepness * values * slope)

    def reach(self) -> tuple[Array, Array]:
        """Left and right of which each feature is zero, (m + 1,) each, both ascending."""
        left = np.concatenate([[-np.inf], self.places - _REACH / self.steepness])
        right = np.append(self.places + _REACH / self.steepness, np.inf)
        return np.minimum.accumulate(left[::-1])[::-1], np.maximum.accumulate(right)


def units_on(density: Density, per_piece: float) -> int:
    """How many units there are for so many on each piece."""
    return 2 * _BEYOND + max(_BEYOND, round(per_piece * density.pieces))


def operations(units: Units, samples_per_unit: int) -> float:
    """About how many floating-point operations `solve` takes: 2 for each sample and pair of features in its window."""
    left, right = units.reach()
    widths = np.searchsorted(left, units.places) - np.searchsorted(right, units.places)
    return 2.0 * samples_per_unit * float(np.sum((widths + _STEP) ** 2.0))


def solve(units: Units, u: Array, y: Array, ridge: float | Array) -> Array:
    """The coefficients d (m + 1,) that minimise Σ (y - Σ d_j ψ_j(u))² + Σ ridge_j c_j², c the output layer's weights.

    Args:
        units: the layer.
        u, y: (n,), u ascending.
        ridge: positive, of all weights or of each (m,); what the samples leave open is settled by it.
    """
    window = _Window(units, np.broadcast_to(ridge, units.places.shape))
    rows = _STEP * max(1, len(u) // len(units.places))
    for start in range(0, len(u), rows):
        window.add(u[start : start + rows], y[start : start + rows])
    return window.solution()


class _Window:
    """The triangle of the features that the rows to come may still reach; what they cannot reach is finished."""

    def __init__(self, units: Units, ridge: Array):
        self._units, self._half_roots = units, np.sqrt(ridge) / 2
        self._left, self._right = units.reach()
        self._first, self._ridged = 0, 0
        self._triangle, self._rotated = np.zeros((0, 0), order="F"), np.zeros(0)
        self._finished: list[tuple[Array, Array]] = []

    def add(self, u: Array, y: Array) -> None:
        """More rows, to the right of those before."""
        self._finish(int(np.searchsorted(self._right, u[0])))
        self._widen(int(np.searchsorted(self._left, u[-1], "right")))
        self._rotate(self._units.features(u, slice(self._first, self._first + len(self._triangle))), y)
        self._penalise()

    def solution(self) -> Array:
        """Back substitution, from the right."""
        self._widen(len(self._left))
        self._penalise()
        self._finished.append((self._triangle, self._rotated))
        solution = np.zeros(0)
        for triangle, rotated in reversed(self._finished):
            own = len(rotated)
            right = rotated - triangle[:own, own:] @ solution[: triangle.shape[1] - own]
            found = lapack.dtrtrs(np.asfortranarray(triangle[:own, :own]), right[:, None])[0][:, 0]
            solution = np.concatenate([found, solution])
        return solution

    def _finish(self, first: int) -> None:
        """Put the features before the first one aside."""
        if (done := first - self._first) > 0:
            self._finished.append((self._triangle[:done], self._rotated[:done]))
            self._triangle, self._rotated = self._triangle[done:, done:].copy(order="F"), self._rotated[done:]
            self._first = first

    def _widen(self, end: int) -> None:
        """Take in the features before the end."""
        before, size = len(self._triangle), end - self._first
        if size > before:
            wider = np.zeros((size, size), order="F")
            wider[:before, :before] = self._triangle
            self._triangle, self._rotated = wider, np.append(self._rotated, np.zeros(size - before))

    def _penalise(self) -> None:
        """The rows of the ridge, one for each output weight whose features are both here."""
        weights = np.arange(self._ridged, self._first + len(self._triangle) - 1) - self._first
        if len(weights):
            rows = np.zeros((len(weights), len(self._triangle)), order="F")
            half_roots = self._half_roots[weights + self._first]
            rows[range(len(weights)), weights], rows[range(len(weights)), weights + 1] = -half_roots, half_roots
            self._rotate(rows, np.zeros(len(weights)))
            self._ridged += len(weights)

    def _rotate(self, rows: Array, y: Array) -> None:
        """Rotate rows (k, size) into the triangle."""
        block = min(_BLOCK, len(self._triangle))
        triangle, reflectors, factors, _ = lapack.dtpqrt(0, block, self._triangle, rows, overwrite_a=1, overwrite_b=1)
        rotated, _, _ = lapack.dtpmqrt(0, reflectors, factors, self._rotated[:, None], y[:, None], trans="T")
        self._triangle, self._rotated = triangle, rotated[:, 0]
