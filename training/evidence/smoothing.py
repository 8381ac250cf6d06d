"""Local features fitted to noisy samples, smoothed as strongly as the evidence of the samples asks for.

The model is y = Σ d_j ψ_j(u) + noise (training.features.local), noise ~ N(0, v / w²) with w the weights of the samples.
The differences of order q of neighbouring d are N(0, v / λ), and nothing is known beforehand of the polynomials
that have none. For q = 1 these differences are twice the output layer's weights: f' is a stationary Gaussian process as
smooth as the units are wide. For q = 2 and 3 units may be narrower than what the samples show, and λ alone decides
(Eilers and Marx, Statist. Sci. 11, 1996). The evidence p(y | λ, v) has a closed form and its best v as well, as in
training.evidence.ridge; all matrices are banded, and an evaluation costs as much as there are units.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

from training.arrays import Array
from training.features.banded import inverse_near_diagonal
from training.features.local import Units

# Columns that the rows of a chunk may start at, and its rows at most.
_STEP, _ROWS = 64, 4_096
# Of the decimal logarithm of λ: below it rounding decides, above it only the polynomials are left.
_SMALLEST, _LARGEST = -12.0, 7.0
_GRID = np.linspace(_SMALLEST, _LARGEST, 8)
# Decades of λ below which it is the ratio of the noise to what f varies by, √λ, that may be anything, and no longer its
# logarithm: then noise of nothing would be as likely as any other, which fewer than a dozen samples cannot rule out.
# (Gelman, Bayesian Analysis 1, 2006.)
_LITTLE_NOISE = -4.0
# Golden sections between the neighbours of the best on the grid, of four decades and more.
_SECTIONS = 8
_GOLDEN = (5**0.5 - 1) / 2
# Of y's sum of squares: what rounding leaves of the energy, which is a difference.
_ROUNDING = 1e-15
# Points at a time.
_COLUMNS = 512


class NormalEquations:
    """ΨᵀW²Ψ as bands below each other, ΨᵀW²y and yᵀW²y of samples that are added in chunks: memory does not grow."""

    def __init__(self, units: Units):
        self.units, self.rows = units, 0
        self._left, self._right = units.reach()
        size = len(self._left)
        columns = np.arange(size)
        width = int((np.searchsorted(self._left, self._right, "right") - columns).max())
        self.bands, self.right_side, self.squares = np.zeros((min(width, size), size)), np.zeros(size), 0.0

    def add(self, u: Array, y: Array, weights: Array, order: int = 0, correlations: Array | None = None) -> None:
        """More samples of the derivative of an order, u ascending; each correlated with the one before it, where given.

        What a sample says that the one before has not is uncorrelated, and its variance is smaller by 1 - ρ².
        """
        start = 0
        while start < len(u):
            first = np.searchsorted(self.units.places, u[start]) + _STEP
            edge = self.units.places[first] if first < len(self.units.places) else np.inf
            end = min(max(int(np.searchsorted(u, edge)), start + 1), start + _ROWS)
            self._add(u, y, weights, order, correlations, slice(start, end))
            start = end
        self.rows += len(u)

    def _add(self, u: Array, y: Array, weights: Array, order: int, correlations: Array | None, rows: slice) -> None:
        before = slice(rows.start - int(correlations is not None and rows.start > 0), rows.stop)
        columns = slice(
            int(np.searchsorted(self._right, u[before.start])),
            int(np.searchsorted(self._left, u[rows.stop - 1], "right")),
        )
        features = self.units.features(u[before], columns, order) * weights[before, None]
        target = y[before] * weights[before]
        if correlations is not None:
            features, target = _innovations(features, target, correlations[before], rows.start == 0)
        gram = features.T @ features
        for band in range(min(len(gram), len(self.bands))):
            self.bands[band, columns.start : columns.stop - band] += np.diagonal(gram, band)
        self.right_side[columns] += features.T @ target
        self.squares += float(target @ target)

    def times(self, vectors: Array) -> Array:
        """The matrix times vectors (columns, k)."""
        result = self.bands[0][:, None] * vectors
        for band in range(1, len(self.bands)):
            entries = self.bands[band, : len(vectors) - band, None]
            result[band:] += entries * vectors[:-band]
            result[:-band] += entries * vectors[band:]
        return np.asarray(result)


def _innovations(features: Array, target: Array, correlations: Array, first: bool) -> tuple[Array, Array]:
    """What each row says that the one before it has not; the very first row stays as it is."""
    rho = correlations[1:]
    scale = 1 / np.sqrt(1 - rho**2)
    new = (features[1:] - rho[:, None] * features[:-1]) * scale[:, None]
    y = (target[1:] - rho * target[:-1]) * scale
    return (np.vstack([features[:1], new]), np.append(target[0], y)) if first else (new, y)


@dataclass(frozen=True)
class Smoothed:
    """The posterior at some λ.

    Attributes:
        units, differences: the features, and the order q of the differences.
        exponent: the decimal logarithm of λ.
        log_evidence: with the prior of λ, up to a constant that the samples alone decide.
        coefficients: d (m + 1,), the mean.
        variance: v.
        factor: (bands, m + 1), the lower Cholesky factor of the precision / v.
    """

    units: Units
    differences: int
    exponent: float
    log_evidence: float
    coefficients: Array
    variance: float
    factor: Array

    def values(self, u: Array, order: int) -> Array:
        """The mean's derivative at u (n,)."""
        return self.units.times(self.coefficients, u, order)

    def variances(self, u: Array, order: int) -> Array:
        """The posterior's variances of the derivative at ascending u (n,)."""
        covariances = self._covariances
        size = len(covariances[0]) // 2 if len(covariances) > 1 else len(self.coefficients)
        firsts = np.searchsorted(self.units.reach()[1], u) // size
        found = np.zeros(len(u))
        for block, covariance in enumerate(covariances):
            inside = firsts == block if block < len(covariances) - 1 else firsts >= block
            columns = slice(block * size, block * size + len(covariance))
            for rows in _parts(np.flatnonzero(inside)):
                features = self.units.features(u[rows], columns, order)
                found[rows] = np.sum(features @ covariance * features, axis=1)
        return self.variance * np.maximum(found, 0.0)

    def errors(self, equations: NormalEquations, drawn: Array) -> tuple[Array, Array]:
        """What the smoother makes of noise, as normal numbers (k, m + 1) say, (m + 1, k), and what it adds to the mean
        if that is the truth, (m + 1,): coefficients.
        """
        bands = equations.bands.copy()
        bands[0] += _ROUNDING * bands[0].max()
        root = cholesky_banded(bands, lower=True, check_finite=False)
        noise = np.sqrt(self.variance) * _lower_times(root, drawn.T)
        kept = cho_solve_banded((self.factor, True), equations.times(self.coefficients[:, None]), check_finite=False)
        return cho_solve_banded((self.factor, True), noise, check_finite=False), kept[:, 0] - self.coefficients

    @cached_property
    def _covariances(self) -> list[Array]:
        return inverse_near_diagonal(self.factor)


def _lower_times(bands: Array, vectors: Array) -> Array:
    """A lower triangular matrix, given by its bands, times vectors (columns, k)."""
    result = bands[0][:, None] * vectors
    for band in range(1, len(bands)):
        result[band:] += bands[band, : len(vectors) - band, None] * vectors[:-band]
    return np.asarray(result)


def _parts(rows: NDArray[Any]) -> list[NDArray[Any]]:
    return np.array_split(rows, -(-len(rows) // _COLUMNS)) if len(rows) else []


class Smoother:
    """The evidence of the samples for each λ, and the posterior there."""

    def __init__(self, equations: NormalEquations, differences: int):
        self._equations, self._q, self._size = equations, differences, len(equations.right_side)
        self._freedom = max(1, equations.rows - differences)

    @cached_property
    def _penalty(self) -> Array:
        """DᵀD of the differences, bands below each other."""
        stencil = np.ones(1)
        for _ in range(self._q):
            stencil = np.convolve(stencil, [1.0, -1.0])
        bands = np.zeros((self._q + 1, self._size))
        rows = self._size - self._q
        for band in range(self._q + 1):
            for entry in range(self._q + 1 - band):
                bands[band, entry : entry + rows] += stencil[entry] * stencil[entry + band]
        return bands

    @cached_property
    def _polynomials(self) -> float:
        """The evidence's part of the q polynomials, of which as little is known beforehand as one sample says.

        The first q coefficients and the differences take the place of d with a Jacobian of one, so that these
        coefficients stand for the polynomials.
        """
        t = np.arange(self._size)[:, None] / self._size
        powers = t ** np.arange(self._q)
        known = np.linalg.slogdet(powers.T @ self._equations.times(powers))[1]
        places = np.linalg.slogdet(powers[: self._q])[1]
        return float(known / 2 - places - self._q / 2 * np.log(self._equations.rows))

    def at(self, exponent: float) -> Smoothed | None:
        """The posterior at λ = 10^exponent; None where rounding leaves no positive definite matrix."""
        equations, q = self._equations, self._q
        bands = np.zeros((max(len(equations.bands), q + 1), self._size))
        bands[: len(equations.bands)] = equations.bands
        bands[: q + 1] += 10.0**exponent * self._penalty
        try:
            factor = cholesky_banded(bands, lower=True, check_finite=False)
        except LinAlgError:
            return None
        coefficients = cho_solve_banded((factor, True), equations.right_side, check_finite=False)
        energy = max(equations.squares - float(equations.right_side @ coefficients), _ROUNDING * equations.squares)
        volume = (self._size - q) / 2 * np.log(10.0) * exponent - float(np.sum(np.log(factor[0])))
        evidence = volume + self._polynomials - self._freedom / 2 * np.log(energy / self._freedom)
        variance = energy / self._freedom
        prior = np.log(10) / 2 * min(exponent - _LITTLE_NOISE, 0.0)
        return Smoothed(equations.units, q, exponent, float(evidence) + prior, coefficients, variance, factor)

    def best(self, worthwhile: float = -np.inf) -> Smoothed | None:
        """The posterior of highest evidence; only that of a coarse grid where that is below what is worthwhile."""
        found = [self.at(exponent) for exponent in _GRID]
        scores = [-np.inf if one is None else one.log_evidence for one in found]
        middle = int(np.argmax(scores))
        if found[middle] is None or scores[middle] < worthwhile:
            return found[middle]
        low, high = _GRID[max(middle - 1, 0)], _GRID[min(middle + 1, len(_GRID) - 1)]
        tried = [found[middle], *_golden_section(self, low, high)]
        return max((one for one in tried if one is not None), key=lambda one: one.log_evidence)


def _golden_section(smoother: Smoother, low: float, high: float) -> list[Smoothed | None]:
    """All posteriors that the search for a maximum between two exponents comes upon."""

    def evidence(one: Smoothed | None) -> float:
        return -np.inf if one is None else one.log_evidence

    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = smoother.at(left), smoother.at(right)
    tried = [at_left, at_right]
    for _ in range(_SECTIONS):
        if evidence(at_left) > evidence(at_right):
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = smoother.at(left)
            tried.append(at_left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = smoother.at(right)
            tried.append(at_right)
    return tried
