from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from training.arrays import Array
from training.features.resolution import Density, Function, Resolution, Rounding, resolve

U = np.linspace(-1, 1, 1_001)


def resolved(function: Function, **given: object) -> Resolution:
    return resolve(function, U, function(U, 0), **({"rounding": Rounding()} | given))  # type: ignore[arg-type]


def wave(frequency: float) -> Function:
    shifts: dict[int, Callable[[Array], Array]] = {0: np.sin, 1: np.cos, 2: lambda x: -np.sin(x)}
    return lambda u, order: frequency**order * shifts[order](frequency * u)


def peak(place: float, width: float) -> Function:
    def derivative(u: Array, order: int) -> Array:
        t = (u - place) / width
        factor = {0: np.ones_like(t), 1: -2 * t / width, 2: (4 * t**2 - 2) / width**2}[order]
        return np.asarray(np.exp(-(t**2)) * factor)

    return derivative


def test_pieces_follow_the_frequency() -> None:
    few, many = (len(resolved(wave(frequency)).edges) - 1 for frequency in (20, 200))
    assert few >= 4
    assert 8 * few <= many <= 16 * few


def test_a_polynomial_on_each_piece_is_the_function() -> None:
    function = peak(0.3137, 0.01)
    edges = resolved(function).edges
    nodes = -np.cos(np.pi * np.arange(17) / 16)
    for low, high in pairwise(edges):
        u = (low + high) / 2 + (high - low) / 2 * nodes
        between = low + (high - low) * np.linspace(0, 1, 33)
        fit = np.polynomial.Chebyshev.fit(u, function(u, 0), 16, domain=[low, high])
        np.testing.assert_allclose(fit(between), function(between, 0), rtol=0, atol=1e-12)


def test_a_peak_that_only_a_sample_shows_is_found() -> None:
    place = float(U[617])
    edges = resolved(peak(place, 2e-4)).edges
    assert np.diff(edges)[np.searchsorted(edges, place) - 1] < 2e-3


def test_neighbours_differ_by_two_at_most() -> None:
    sizes = np.diff(resolved(peak(0.1, 1e-3)).edges)
    ratios = sizes[1:] / sizes[:-1]
    assert ratios.max() <= 2.01
    assert ratios.min() >= 1 / 2.01


def test_values_show_nothing_below_their_rounding() -> None:
    """Those of 1e6 + sin(x), and their x."""
    rough = lambda u, order: np.round(wave(3)(u, order), 9 if order == 0 else 15)  # noqa: E731
    assert len(resolved(rough, rounding=Rounding(of_y=1e-9)).edges) < 20


def test_noise_is_no_reason_to_go_on() -> None:
    noise = np.random.default_rng(0)
    rough = lambda u, order: wave(3)(u, order) + 1e-9 * noise.standard_normal(len(u))  # noqa: E731
    found = resolved(rough)
    assert len(found.edges) < 200


def test_a_jump_is_left_unresolved() -> None:
    found = resolved(lambda u, order: np.sign(u - 0.1234) * (order == 0))
    assert found.unresolved > 0.01
    assert len(found.edges) < 500
    ((low, high),) = found.breaks
    assert low < 0.1234 < high < low + 1e-12
    np.testing.assert_array_equal(found.are_outside_breaks(np.array([low, 0.1234, high])), [True, False, True])


def test_a_kink_is_no_break() -> None:
    assert len(resolved(lambda u, order: (np.abs(u - 0.1234), np.sign(u - 0.1234), 0 * u)[order]).breaks) == 0


@pytest.mark.parametrize("place", [0.0, 0.5, -0.25, 1 / 3, -0.6])
def test_a_kink_is_on_no_edge(place: float) -> None:
    """On either side of an edge the function would be a line, which one piece resolves."""
    edges = resolved(lambda u, order: (np.abs(u - place), np.sign(u - place), np.zeros_like(u))[order]).edges
    nearest = np.searchsorted(edges, place)
    assert edges[nearest] - edges[nearest - 1] < 1e-9


def test_more_pieces_than_are_allowed_are_not_made() -> None:
    found = resolved(wave(3e5), most=100)
    assert len(found.edges) <= 2 * 100
    assert found.unresolved > 0.1


@pytest.mark.parametrize("edges", [np.linspace(-1, 1, 9), np.array([-1, -0.5, 0, 0.25, 0.5, 0.75, 1.0])])
def test_the_density_counts_pieces(edges: Array) -> None:
    density = Density(edges)
    assert density.pieces == pytest.approx(len(edges) - 1, rel=0.1)
    counts = np.linspace(-2, density.pieces + 2, 101)
    places = density.places(counts)
    assert (np.diff(places) > 0).all()
    np.testing.assert_allclose(density.places(np.array([0, density.pieces])), [-1, 1], atol=1e-15)
    inside = (places > -1) & (places < 1)
    slopes = np.gradient(counts, places)[inside][1:-1]
    np.testing.assert_allclose(slopes, density.at(places)[inside][1:-1], rtol=0.1)
