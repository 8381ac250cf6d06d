"""How finely a function has to be looked at: the domain in pieces, on each of which a polynomial of one degree is it.

The pieces are found as Chebfun finds its degree and its breakpoints: bisected until the last Chebyshev coefficients are
at rounding (Battles and Trefethen, SIAM J. Sci. Comput. 25, 2004; Pachón, Platte and Trefethen, IMA J. Numer. Anal. 30,
2010). Their sizes say how closely the units of a network have to stand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from training.arrays import Array

# Of u (n,) on [-1, 1] and an order: the derivative of that order in u, (n,).
Function = Callable[[Array, int], Array]

_DEGREE = 16
_NODES = -np.cos(np.pi * np.arange(_DEGREE + 1) / _DEGREE)
_TO_COEFFICIENTS = np.linalg.inv(chebyshev.chebvander(_NODES, _DEGREE)).T
# Relative to the largest value: of the last coefficients of f and of f''. What f shows of a narrow feature is small
# where f'' shows it as large: sqrt(1e-6 + x²) within 1e-3 of 0.
_TOLERANCES = {0: 1e-13, 2: 1e-10}
# A sample that the polynomial misses by more than rounding, magnified, is a feature that the nodes did not see.
_MISSED = 1e3
# How much of the values' rounding is in a coefficient at most, or nearly.
_MAGNIFIED = 2.0
# Edges before any is bisected. A kink or a jump on an edge would not be seen, as the function is smooth on either side:
# so they, and their middles, are where no formula puts one, neither at 0 nor at another simple fraction.
_FIRST_EDGES = np.array([-1.0, -0.4396, 0.0597, 0.5589, 1.0]) + np.pi * 1e-5 * np.array([0, 1, 1, 1, 0])
# Narrower pieces would see the rounding of x.
NARROWEST = 2.0**-44
_EPSILON = float(np.finfo(np.float64).eps)
# A function that needs more is left unresolved, and says so.
MOST_PIECES = 2_000
# Coefficients that no longer fall, below this part of the largest value, are noise: of cancellation, say.
_NOISE, _FALLING, _STAGNATIONS = 1e-6, 0.1, 3
# Of what the values change on a piece: a tail of that much is a jump, that rounding of u would excuse.
_JUMP = 0.03
# Of the domain: pieces with jumps that are so little of it are breaks, more are a function that is not resolved.
_BREAKS = 0.01
# Neighbours differ by at most a factor of two, and a piece is at most so many times the average: units of very
# different widths beside each other, or wide ones that reach over all narrow ones, fit badly and cost much.
_LARGEST_PIECE = 4.0


@dataclass(frozen=True)
class Resolution:
    """A domain of length two, [-1, 1] as a rule, in pieces.

    Attributes:
        edges: (pieces + 1,), ascending.
        unresolved: largest of the last coefficients of f, relative to the largest value; at most a tolerance where the
            function is resolved.
        breaks: (k, 2), pieces with a jump in each, where they are a small part of the domain.
    """

    edges: Array
    unresolved: float
    breaks: Array

    def are_outside_breaks(self, u: Array) -> NDArray[np.bool_]:
        """Which of u (n,) are in no break."""
        low, high = self.breaks.T
        return np.asarray(np.searchsorted(low, u, "left") == np.searchsorted(high, u, "right"))


@dataclass(frozen=True)
class Rounding:
    """What float64 leaves of a function, below which nothing is to be seen.

    Attributes:
        of_y: of the values: 1e6 + sin(x) shows nothing finer.
        origin: the u of x = 0, from which the rounding of x grows.
        narrowest: half of a piece, at least.
    """

    of_y: float = 0.0
    origin: float = 0.0
    narrowest: float = NARROWEST

    def of_u(self, pieces: Array) -> Array:
        """The rounding of u, and of the x behind it, on pieces (n, 2)."""
        return np.asarray(_EPSILON * np.maximum(np.abs(pieces), np.abs(pieces - self.origin)).max(axis=1))


def resolve(
    function: Function,
    u: Array,
    y: Array,
    rounding: Rounding,
    ends: tuple[float, float] = (-1.0, 1.0),
    most: int = MOST_PIECES,
) -> Resolution:
    """Cut a domain into pieces that resolve a function, which also has the samples y (n,) at ascending u (n,).

    Args:
        function: to resolve.
        u, y: what it is known to be at equally spaced points, so that no feature is missed that these show.
        rounding: of u and of y.
        ends: of the domain.
        most: pieces; a function that needs more is left unresolved.
    """
    search = _Search(function, u, y, rounding, ends, most)
    while search.pending():
        search.bisect()
    return Resolution(_graded(search.edges()), search.unresolved(), search.breaks())


class _Search:
    """Pieces that are resolved, or not to be, and those that are bisected next."""

    def __init__(
        self, function: Function, u: Array, y: Array, rounding: Rounding, ends: tuple[float, float], most: int
    ):
        self._function, self._u, self._y, self._rounding, self._most = function, u, y, rounding, most
        self._scales = {0: float(np.abs(y).max()), 2: 0.0}
        # Columns: low, high, the tail (of f), how often it has not fallen, whether it is a jump's.
        self._done = np.empty((0, 5))
        edges = (ends[0] + ends[1]) / 2 + _FIRST_EDGES
        edges[[0, -1]] = ends
        first = np.column_stack([edges[:-1], edges[1:]])
        self._open = self._examine(first, np.full(len(first), np.inf), 0)

    def pending(self) -> bool:
        return len(self._open) > 0

    def bisect(self) -> None:
        """Halve the open pieces, the worst ones where there are too many."""
        room = self._most - len(self._done) - len(self._open)
        order = np.argsort(-self._open[:, 2], kind="stable")
        chosen, left = self._open[order[: max(room, 0)]], self._open[order[max(room, 0) :]]
        self._done = np.vstack([self._done, left])
        low, high, tail, stagnations, _ = np.repeat(chosen, 2, axis=0).T
        halves = np.column_stack([low, high])
        middle = (low + high) / 2
        halves[::2, 1], halves[1::2, 0] = middle[::2], middle[1::2]
        self._open = self._examine(halves, tail, stagnations)

    def edges(self) -> Array:
        return np.unique(self._done[:, :2])

    def unresolved(self) -> float:
        return float(self._done[:, 2].max() / self._scales[0])

    def breaks(self) -> Array:
        """The pieces with a jump, as long as they are a small part of the domain."""
        pieces = self._done[self._done[:, 4] == 1, :2]
        pieces = pieces[np.argsort(pieces[:, 0])]
        return pieces if np.diff(pieces).sum() < 2 * _BREAKS else np.empty((0, 2))

    def _examine(self, pieces: Array, before: Array, stagnations: Array | int) -> Array:
        """Put those that are done aside; returns the others."""
        if not len(pieces):
            return np.empty((0, 5))
        center, half = pieces.mean(1), np.diff(pieces, axis=1)[:, 0] / 2
        coefficients, tails, tolerances = {}, {}, {}
        for order in _TOLERANCES:
            values = self._function((center[:, None] + half[:, None] * _NODES).ravel(), order).reshape(len(pieces), -1)
            coefficients[order] = values @ _TO_COEFFICIENTS
            tails[order] = np.nan_to_num(np.abs(coefficients[order][:, -3:]).max(1), nan=np.inf)
            tolerances[order] = self._tolerance(order, values, pieces)
            if order == 0:
                changes = np.ptp(values, axis=1)
        smooth = np.all([tails[k] <= tolerances[k] for k in _TOLERANCES], axis=0)
        missed = self._missed(pieces, coefficients[0])
        tail = np.maximum(tails[0], np.where(missed > _MISSED * tolerances[0], missed, 0))
        # Of a singularity one half is smooth; of noise none is.
        small = tail < _NOISE * self._scales[0]
        rough = small & ~smooth.reshape(-1, 2).any(axis=1).repeat(2)
        stagnations = np.where(tail > _FALLING * before, stagnations + rough, 0)
        noise = (stagnations >= _STAGNATIONS) & small
        done = (smooth & (tail == tails[0])) | noise | (half < self._rounding.narrowest)
        rows = np.column_stack([pieces, tail, stagnations, self._jumps(changes, tail)])
        self._done = np.vstack([self._done, rows[done]])
        return np.asarray(rows[~done])

    def _jumps(self, changes: Array, tail: Array) -> NDArray[np.bool_]:
        """Whether the tails on pieces on which the values change by so much are those of jumps, (pieces,)."""
        rounding = max(_TOLERANCES[0] * self._scales[0], _MAGNIFIED * self._rounding.of_y)
        return (tail > rounding) & (tail > _JUMP * changes)

    def _tolerance(self, order: int, values: Array, pieces: Array) -> Array:
        """Below which the last coefficients of values (pieces, nodes) are rounding, (pieces,)."""
        finite = np.abs(values[np.isfinite(values)])
        self._scales[order] = max(self._scales[order], float(finite.max(initial=0.0)))
        slopes = np.nan_to_num(np.abs(np.diff(values) / np.diff(_NODES)).max(1)) / (np.diff(pieces)[:, 0] / 2)
        rounding = self._rounding.of_u(pieces) * slopes + (self._rounding.of_y if order == 0 else 0.0)
        return np.asarray(np.maximum(_TOLERANCES[order] * self._scales[order], _MAGNIFIED * rounding))

    def _missed(self, pieces: Array, coefficients: Array) -> Array:
        """The most by which the polynomials miss the samples on their pieces, (pieces,)."""
        missed = np.zeros(len(pieces))
        starts, ends = np.searchsorted(self._u, pieces[:, 0]), np.searchsorted(self._u, pieces[:, 1], "right")
        for i in np.flatnonzero(ends > starts):
            low, high = pieces[i]
            t = (2 * self._u[starts[i] : ends[i]] - low - high) / (high - low)
            missed[i] = np.abs(chebyshev.chebval(t, coefficients[i]) - self._y[starts[i] : ends[i]]).max()
        return np.nan_to_num(missed, nan=np.inf)


def _graded(edges: Array) -> Array:
    """Cut pieces until none is far larger than its neighbours, or than the average."""
    sizes = np.diff(edges)
    largest = _LARGEST_PIECE * 2 / len(sizes)
    while True:
        beside = np.minimum(np.append(sizes[1:], np.inf), np.insert(sizes[:-1], 0, np.inf))
        large = sizes > np.minimum(2.01 * beside, largest)
        if not large.any():
            return edges
        edges = np.sort(np.concatenate([edges, edges[:-1][large] + sizes[large] / 2]))
        sizes = np.diff(edges)


class Density:
    """How many pieces there are on a unit of length, as a smooth function on [-1, 1]."""

    _CELLS = 16

    def __init__(self, edges: Array):
        sizes, middles = np.diff(edges), (edges[:-1] + edges[1:]) / 2
        steps = np.arange(self._CELLS) / self._CELLS
        self._u = np.append((edges[:-1, None] + sizes[:, None] * steps).ravel(), edges[-1])
        self._density = np.exp(np.interp(self._u, middles, -np.log(sizes)))
        cells = np.diff(self._u) * (self._density[1:] + self._density[:-1]) / 2
        self._pieces = np.concatenate([[0.0], np.cumsum(cells)])

    @property
    def pieces(self) -> float:
        """Their number on the whole domain."""
        return float(self._pieces[-1])

    @property
    def unevenness(self) -> float:
        """The ratio of the largest density to the average one."""
        return float(self._density.max() * 2 / self.pieces)

    def at(self, u: Array) -> Array:
        """Pieces on a unit of length at u (n,); beyond the ends as at them."""
        return np.asarray(np.interp(u, self._u, self._density))

    def places(self, counts: Array) -> Array:
        """Where so many pieces lie to the left, (n,); negative ones, and more than there are, lie beyond the ends."""
        inside = np.interp(counts, self._pieces, self._u)
        left, right = counts / self._density[0], (counts - self.pieces) / self._density[-1]
        beyond = np.where(counts < 0, self._u[0] + left, self._u[-1] + right)
        return np.asarray(np.where((counts < 0) | (counts > self.pieces), beyond, inside))

    def warped(self, u: Array) -> Array:
        """Where as many of the pieces lie to the left as there would be left of u (n,) if all were alike."""
        return self.places((u + 1) / 2 * self.pieces)
