"""A linear output layer on hidden layers that stay as drawn, regularised as strongly as the data's evidence asks for.

The model is y = Φ c + noise, with noise ~ N(0, v / w²), w the weights of the samples, and c ~ N(0, v / λ). The evidence
p(y | λ, v) has a closed form (MacKay, Neural Computation 4, 1992; Bishop, Pattern Recognition and Machine Learning,
section 3.5) and its best v for each λ as well; its maximum gives λ, the noise, and the posterior of c.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack, qr, svd
from scipy.optimize import minimize_scalar

from training.arrays import Array

# Of λ relative to the largest squared singular value: below it rounding decides, above it all is noise.
_SMALLEST, _LARGEST = 1e-31, 1e3
_GRID = 70
# Columns of a block of reflectors.
_BLOCK = 64


@dataclass(frozen=True)
class Posterior:
    """What the data say of the output layer.

    Attributes:
        mean: (columns,).
        root: (columns, columns), the covariance is root @ root.T.
        log_evidence: up to a constant that the data alone decide.
        noise_std: standard deviation of a sample of weight 1.
        ridge: λ.
    """

    mean: Array
    root: Array
    log_evidence: float
    noise_std: float
    ridge: float


class Triangle:
    """[Φ, y] as the triangle of its QR decomposition, gathered chunk by chunk: memory does not grow with samples."""

    def __init__(self) -> None:
        self._r: Array | None = None
        self._rows, self._columns = 0, 0

    def add(self, features: Array, y: Array) -> None:
        """More rows (n, columns) and (n,), or (n, outputs), already multiplied with their weights."""
        rows, self._columns = np.column_stack([features, y]), features.shape[1]
        stacked = rows if self._r is None else np.vstack([self._r, rows])
        self._r = qr(stacked, mode="r", check_finite=False)[0][: rows.shape[1]]
        self._rows += len(y)

    def scaled(self, factors: Array) -> "Triangle":
        """The same with each feature multiplied by its factor."""
        assert self._r is not None, "add samples first"
        other = Triangle()
        outputs = np.ones(self._r.shape[1] - self._columns)
        other._r, other._rows, other._columns = self._r * np.append(factors, outputs), self._rows, self._columns
        return other

    def solution(self, ridge: float) -> Array:
        """What minimises the squares of the residuals and ridge times those of the coefficients, (columns, outputs).

        Not by the normal equations: of features that are nearly dependent these have half of the digits.
        """
        triangle, right = self._parts()
        root = np.sqrt(ridge) * np.eye(self._columns, order="F")
        block = min(_BLOCK, self._columns)
        triangle, reflectors, factors, _ = lapack.dtpqrt(0, block, np.asfortranarray(triangle), root, overwrite_b=1)
        zeros = np.zeros((self._columns, right.shape[1]), order="F")
        rotated = lapack.dtpmqrt(0, reflectors, factors, np.asfortranarray(right[: self._columns]), zeros, trans="T")[0]
        return np.asarray(lapack.dtrtrs(triangle, rotated)[0])

    def posterior(self) -> Posterior:
        """The posterior at the maximum of the evidence."""
        return self.posteriors()[0]

    def posteriors(self) -> list[Posterior]:
        """The posterior of each output, at the maximum of its evidence."""
        triangle, right = self._parts()
        left, singular, basis = svd(triangle)
        rotated = left.T @ right[: self._columns]
        outside = np.sum(right[self._columns :] ** 2, axis=0)
        return [self._posterior(singular, basis, *each) for each in zip(rotated.T, outside, strict=True)]

    def _parts(self) -> tuple[Array, Array]:
        """The triangle of the features (columns, columns), and that of the outputs beside and below it."""
        assert self._r is not None, "add samples first"
        whole = np.zeros((self._r.shape[1], self._r.shape[1]))
        whole[: len(self._r)] = self._r
        return whole[: self._columns, : self._columns], whole[:, self._columns :]

    def _posterior(self, singular: Array, right: Array, projections: Array, outside: float) -> Posterior:
        spectrum = _Spectrum(singular**2, projections**2, outside, self._rows)
        ridge = spectrum.best_ridge()
        shrunk = singular**2 + ridge
        noise = np.sqrt(spectrum.variance(ridge))
        return Posterior(
            mean=right.T @ (singular * projections / shrunk),
            root=right.T * (noise / np.sqrt(shrunk)),
            log_evidence=-spectrum.negative_log_evidence(np.log(ridge)),
            noise_std=float(noise),
            ridge=ridge,
        )


@dataclass(frozen=True)
class _Spectrum:
    """Squared singular values, squared projections of y on them, what of y lies outside, and the number of samples."""

    squares: Array
    projections: Array
    outside: float
    samples: int

    def variance(self, ridge: float) -> float:
        """The best v: the energy min ‖y - Φ c‖² + λ ‖c‖² for each sample."""
        return float((self.outside + np.sum(self.projections * ridge / (self.squares + ridge))) / self.samples)

    def negative_log_evidence(self, log_ridge: float) -> float:
        """The negative log evidence, up to a constant: n/2 log(energy / n) + 1/2 Σ log(1 + s²/λ)."""
        ridge = np.exp(log_ridge)
        tiny = np.finfo(float).tiny
        variance = np.log(max(self.variance(ridge), tiny))
        return float(0.5 * self.samples * variance + 0.5 * np.sum(np.log1p(self.squares / ridge)))

    def best_ridge(self) -> float:
        """The maximum: the best of a grid over all scales, then refined between its neighbours."""
        low, high = np.log(self.squares[0] * _SMALLEST), np.log(self.squares[0] * _LARGEST)
        grid = np.linspace(low, high, _GRID)
        best = grid[np.argmin([self.negative_log_evidence(value) for value in grid])]
        step = grid[1] - grid[0]
        bounds = (max(low, best - step), min(high, best + step))
        return float(np.exp(minimize_scalar(self.negative_log_evidence, bounds=bounds, method="bounded").x))
