"""What one would take instead of a network: a Chebyshev series and a spline, fitted to the same samples."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import log
from time import perf_counter

import numpy as np
from numpy.polynomial import chebyshev as polynomials
from numpy.typing import NDArray
from scipy.interpolate import BSpline, make_interp_spline, make_smoothing_spline
from scipy.linalg import eigh, solve_triangular
from scipy.linalg.lapack import dpotrf
from threadpoolctl import threadpool_limits

from training.arrays import Array
from training.evaluation.accuracy import REPORTED_ORDERS, relative_l2
from training.targets.domain import Domain
from training.targets.target import Target, derivatives

# Of the first attempt at a series and of the last; from 10,001 samples they take 0.01 s and 0.4 s.
_FIRST_DEGREE, _LAST_DEGREE = 64, 512
# Rows of a matrix of Chebyshev polynomials made at a time, so that a million samples need little memory.
_ROWS = 8_192
# How much more than a sample's own variance that of a series may be, on average over the domain. On n equally spaced
# points stability ends at a degree of the order of 2√n (Coppersmith and Rivlin, SIAM J. Math. Anal. 23, 1992;
# Rakhmanov, Ann. of Math. 165, 2007): this allows 5√n there, and whatever points of another spacing bear.
_LARGEST_VARIANCE = 1e4

# A smoothing spline takes 10 µs for each sample: more are thinned evenly.
_LARGEST_SPLINE = 20_000
# To choose a smoothing, which takes the cube of their number, samples are averaged to less than twice so many points.
_BINS = 300

Fitter = Callable[[Array, Array, Array], BSpline]


@dataclass(frozen=True)
class Approximation:
    """A fitted function of one variable.

    Attributes:
        name: "chebyshev" or "spline".
        parameters: numbers that it stores: coefficients, and a spline's knots.
        seconds: that its fitting took, the choice of degree and smoothing included.
        derivative: of x (n,) and an order of 0, 1, 2, …, shape (n,); zeros beyond the degree.
    """

    name: str
    parameters: int
    seconds: float
    derivative: Callable[[Array, int], Array]


def fit_baselines(x: Array, y: Array, domain: Domain, weights: Array | None = None) -> list[Approximation]:
    """A Chebyshev series and a spline of the samples; none of fewer than three distinct x of positive weight."""
    if np.unique(x if weights is None else x[weights > 0]).size < 3:
        return []
    return [chebyshev(x, y, domain, weights), spline(x, y, weights)]


def errors(approximation: Approximation, target: Target, domain: Domain) -> dict[str, float]:
    """NAME_error_d0, _d1, _d2: relative L2 errors between the samples; NAME_parameters and NAME_seconds."""
    grid, name = domain.midpoints(), approximation.name
    truths = derivatives(target, grid, REPORTED_ORDERS)
    measured = {f"{name}_error_d{k}": relative_l2(approximation.derivative(grid, k), y) for k, y in enumerate(truths)}
    return measured | {f"{name}_parameters": approximation.parameters, f"{name}_seconds": approximation.seconds}


def chebyshev(x: Array, y: Array, domain: Domain, weights: Array | None = None) -> Approximation:
    """The Chebyshev series of least squares, on the domain and all samples.

    x, y and the weights of the squares are (n,); x in any order, repeated or not, with at least two distinct of weight.
    """
    start = perf_counter()
    x, y, weights = _positive(x, y, weights)
    low, high = min(domain[0], float(x.min())), max(domain[1], float(x.max()))
    center, scale = (low + high) / 2, (high - low) / 2
    unit = np.abs(y).max() or 1.0  # in which squares neither overflow nor vanish
    with threadpool_limits(1, user_api="blas"):  # more would wait for each other
        coefficients = unit * _series(np.clip((x - center) / scale, -1, 1), y / unit, np.sqrt(weights))

    def derivative(at: Array, order: int) -> Array:
        derived = polynomials.chebder(coefficients, order, scl=1 / scale)
        return np.asarray(polynomials.chebval((at - center) / scale, derived), np.float64)

    return Approximation("chebyshev", coefficients.size, perf_counter() - start, derivative)


def spline(x: Array, y: Array, weights: Array | None = None) -> Approximation:
    """The best of interpolating splines and a smoothing one, as samples judge that were left out.

    The arguments are those of a Chebyshev series. Of more than 20,000 distinct x so many are used, evenly thinned.
    """
    start = perf_counter()
    x, y, weights = _distinct(*_positive(x, y, weights))
    unit = np.abs(y).max() or 1.0
    fitters: list[Fitter] = [partial(_interpolating, degree) for degree in (7, 3)]
    if x.size >= 6:  # SciPy wants five, and one is left out
        fitters.append(_smoothing)
    with threadpool_limits(1, user_api="blas"):
        fitted = min(fitters, key=lambda fit: _held_out_error(fit, x, y / unit, weights))(x, y / unit, weights)
    fitted.c *= unit

    def derivative(at: Array, order: int) -> Array:
        return np.asarray(fitted(at, nu=order)) if order <= fitted.k else np.zeros_like(at)

    return Approximation("spline", fitted.t.size + fitted.c.size, perf_counter() - start, derivative)


def _positive(x: Array, y: Array, weights: Array | None) -> tuple[Array, Array, Array]:
    """The samples that have a weight, and their weights, of mean one."""
    if weights is None:
        return x, y, np.ones_like(x)
    kept = weights > 0
    return x[kept], y[kept], weights[kept] / weights[kept].mean()


def _series(t: Array, y: Array, root_weights: Array) -> Array:
    """Chebyshev coefficients of the fit to y (n,) at t (n,) in [-1, 1], of a degree that the samples choose.

    Of a series that merely stops, noise makes the derivatives at both ends. A smooth series of twice the size takes its
    place where the samples show no reason against it.
    """
    # Differences of neighbours bound the noise from above (Rice, Ann. Statist. 12, 1984).
    noise = float(np.mean(np.diff(y[np.argsort(t)]) ** 2)) / 2
    limit = min(_LAST_DEGREE, max(0, np.unique(t).size - 2))
    highest = min(_FIRST_DEGREE, limit)
    while True:
        triangle, projections, residual = _orthonormal(t, y, root_weights, highest)
        variances = (_on_domain(triangle, 0) ** 2).sum(axis=0)
        scores = _expected_error(np.tri(variances.size), projections**2, residual, variances, t.size)
        size = int(np.argmin(scores)) + 1
        # An even function skips every second degree, and one that oscillates looks like noise until it is resolved.
        ends = size < highest - 4 and scores[size - 1] <= 2 * noise
        if ends or projections.size <= highest or highest == limit:
            break
        highest = min(2 * highest, limit)
    residual += float(np.sum(projections[2 * size :] ** 2))
    smooth, score = _smooth_series(triangle[: 2 * size, : 2 * size], projections[: 2 * size], residual, t.size)
    # A reason is more than the price of two coefficients.
    plain = score > scores[size - 1] * (1 + 2 * log(t.size) / t.size)
    return np.asarray(solve_triangular(triangle[:size, :size], projections[:size])) if plain else smooth


def _orthonormal(t: Array, y: Array, root_weights: Array, degree: int) -> tuple[Array, Array, float]:
    """What makes polynomials q orthonormal on the samples, up to the degree or the highest stable one below it.

    By a Cholesky factor, a tenth of the time of a QR factorisation, and as exact after two corrections by the residuals
    (corrected seminormal equations: Björck, Linear Algebra Appl. 88/89, 1987).

    Returns the triangle (p, p), with q @ triangle the Chebyshev polynomials, the projections (p,) of y on q, and the
    sum of squares of what q leaves of y.
    """
    target = y * root_weights
    chunks = [slice(row, row + _ROWS) for row in range(0, t.size, _ROWS)]

    gram = np.zeros((degree + 1, degree + 1))
    for chunk in chunks:
        values = polynomials.chebvander(t[chunk], degree) * root_weights[chunk, None]
        gram += values.T @ values
    triangle = _stable_triangle(gram)
    projections, left = np.zeros(len(triangle)), np.empty_like(target)
    for _ in range(3):
        coefficients, moments = solve_triangular(triangle, projections), np.zeros_like(projections)
        for chunk in chunks:
            values = polynomials.chebvander(t[chunk], projections.size - 1) * root_weights[chunk, None]
            left[chunk] = target[chunk] - values @ coefficients
            moments += values.T @ left[chunk]
        projections += solve_triangular(triangle, moments, trans=1)
    return triangle, projections, float(left @ left)


def _stable_triangle(gram: Array) -> Array:
    """The Cholesky factor of the Gram matrix (p, p) of the Chebyshev polynomials, as far as fits are stable."""
    triangle, failed = dpotrf(gram, clean=1)
    size = failed - 1 if failed else len(gram)
    variances = np.cumsum((_on_domain(triangle[:size, :size], 0) ** 2).sum(axis=0))
    stable = max(1, int(np.sum(variances < _LARGEST_VARIANCE)))
    return np.asarray(triangle[:stable, :stable])


def _on_domain(triangle: Array, order: int) -> Array:
    """A derivative of the orthonormal polynomials at Chebyshev points, (2p, p).

    The sums over the points of products of two columns are means over the domain, by Fejér's weights to leading order.
    """
    size = len(triangle)
    angles = np.pi * (np.arange(2 * size) + 0.5) / (2 * size)
    derived = polynomials.chebder(np.eye(size), order)
    values = polynomials.chebvander(np.cos(angles), len(derived) - 1) @ derived
    values *= np.sqrt(np.sin(angles) / np.sin(angles).sum())[:, None]
    return np.asarray(solve_triangular(triangle, values.T, trans=1)).T


def _smooth_series(triangle: Array, projections: Array, residual: float, samples: int) -> tuple[Array, float]:
    """The series of least squares + λ∫(p''')² of the best λ, as Chebyshev coefficients, and its expected error.

    In the polynomials that are orthogonal in both terms, each coefficient is merely damped (Demmler and Reinsch, Numer.
    Math. 24, 1975).
    """
    order = 3  # with the usual 2, f'' would go to zero at the ends
    if projections.size <= order:
        return projections, np.inf
    derivatives = _on_domain(triangle, order)
    roughness, rotation = eigh(derivatives.T @ derivatives)
    rotated, (_, damping) = rotation.T @ projections, _dampings(roughness, order)
    variances = ((_on_domain(triangle, 0) @ rotation) ** 2).sum(axis=0)
    scores = _expected_error(damping, rotated**2, residual, variances, samples)
    best = int(np.argmin(scores))
    return solve_triangular(triangle, rotation @ (damping[best] * rotated)), float(scores[best])


def _dampings(roughness: Array, free: int) -> tuple[Array, Array]:
    """λ (200,), from no penalty to no freedom but of the smoothest functions, and 1 / (1 + λ roughness) (200, p)."""
    rough = np.append(np.zeros(free), np.maximum(roughness[free:], 1e-15 * roughness[-1]))
    strengths = np.geomspace(1e-2 / rough[-1], 1e2 / rough[free], 200)
    return strengths, 1 / (1 + np.outer(strengths, rough))


def _expected_error(damping: Array, squares: Array, residual: float, variances: Array, samples: int) -> Array:
    """The noise that each of m fits shows on the samples, and with it what it has of noise on the domain, (m,).

    Akaike's final prediction error (Ann. Inst. Statist. Math. 21, 1969), with the mean variance over the domain, for
    which a degree that is wild between the samples loses, and Schwarz' log n (Ann. Statist. 6, 1978), for which noise
    seldom adds to a series that is complete. A fit damps (m, p) the projections of the samples on p orthonormal
    functions. Known are the squares (p,) of these, the sum of squares that the functions leave, and the mean squares
    (p,) of the functions on the domain.
    """
    # Residuals of an ulp or two of y are rounding. The smallest number is for samples that are all zero.
    rounding = (2 * np.finfo(float).eps) ** 2 * (residual + squares.sum()) + np.finfo(float).tiny
    unfitted = (1 - damping) ** 2
    freedom = samples - squares.size + unfitted.sum(axis=1)
    scores = (unfitted @ squares + residual + rounding) / freedom * (1 + log(samples) * (damping @ variances))
    # A fit that leaves less to show the noise could have met it by chance.
    return np.where(freedom < 0.2 * samples, np.inf, scores)


def _distinct(x: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """The samples in order of x, evenly thinned; one for all that are closer than 1e-6 of the mean distance."""
    order = np.argsort(x, kind="stable")
    x, y, weights = x[order], y[order], weights[order]
    starts = np.flatnonzero(np.append(True, np.diff(x) > 1e-6 * (x[-1] - x[0]) / x.size))
    x, y, weights = _averaged(x, y, weights, starts)
    kept = np.linspace(0, x.size - 1, min(x.size, _LARGEST_SPLINE)).round().astype(int)
    return x[kept], y[kept], weights[kept]


def _averaged(x: Array, y: Array, weights: Array, starts: NDArray[np.intp]) -> tuple[Array, Array, Array]:
    """The weighted means of the groups that begin at the given samples, and their sums of weights."""
    total = np.add.reduceat(weights, starts)
    return np.add.reduceat(weights * x, starts) / total, np.add.reduceat(weights * y, starts) / total, total


def _interpolating(degree: int, x: Array, y: Array, _: Array) -> BSpline:
    """An interpolating spline of the degree, or of the highest odd one that the points suffice for."""
    return make_interp_spline(x, y, min(degree, (x.size - 2) // 2 * 2 + 1))


def _smoothing(x: Array, y: Array, weights: Array) -> BSpline:
    """A cubic smoothing spline. It is made in units of the mean distance, in which no power of a distance overflows."""
    origin, unit = x[0], (x[-1] - x[0]) / (x.size - 1)
    scaled = (x - origin) / unit
    group = max(1, x.size // _BINS)
    whole = slice(x.size // group * group)  # groups of two sizes would differ as noise does
    strength = _best_strength(*_averaged(scaled[whole], y[whole], weights[whole], np.arange(0, whole.stop, group)))
    fitted = make_smoothing_spline(scaled, y, weights, strength)
    return BSpline(origin + unit * fitted.t, fitted.c, fitted.k)


def _best_strength(x: Array, y: Array, weights: Array) -> float:
    """The λ of the least expected error of Σ w (y - f)² + λ∫(f'')².

    SciPy's own choice looks at λ on a linear scale and misses small ones. The penalty of a natural cubic spline's
    values is Q R⁻¹ Qᵀ (Green and Silverman, Nonparametric Regression and Generalized Linear Models, 1994, 2.1.2).
    """
    h, size = np.diff(x), x.size
    second = np.diff(np.diff(np.eye(size), axis=0) / h[:, None], axis=0)
    overlap = np.diag((h[:-1] + h[1:]) / 3) + np.diag(h[1:-1] / 6, 1) + np.diag(h[1:-1] / 6, -1)
    root = second / np.sqrt(weights)
    roughness, rotation = eigh(root.T @ np.linalg.solve(overlap, root))
    squares = (rotation.T @ (np.sqrt(weights) * y)) ** 2
    strengths, damping = _dampings(roughness, 2)
    scores = _expected_error(damping, squares, 0.0, np.full(size, 1 / size), size)
    return float(strengths[np.argmin(scores)])


def _held_out_error(fitter: Fitter, x: Array, y: Array, weights: Array) -> float:
    """Σ w (y - f)² over points that f is fitted without: every second of many, each of few in turn.

    The first and the last stay, as f would have to extrapolate.
    """
    inner, total = np.arange(1, x.size - 1), 0.0
    for out in inner[:, None] if x.size < 32 else [inner[::2]]:
        fitted = fitter(*(np.delete(values, out) for values in (x, y, weights)))
        total += float(np.sum(weights[out] * (y[out] - fitted(x[out])) ** 2))
    return total if np.isfinite(total) else np.inf  # what is no number would win
