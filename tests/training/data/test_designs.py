import numpy as np
import pytest

from training.data.box import Box
from training.data.designs import DESIGNS, sample
from training.errors import InvalidParameter

BOX = Box(("x", "y"), (-1.0, 10.0), (1.0, 30.0))


@pytest.mark.parametrize("design", DESIGNS)
def test_points_fill_the_box_and_follow_from_the_seed(design: str) -> None:
    found = sample(BOX, 900, design, seed=3)
    assert found.shape == (900, 2)
    u = (found - [-1, 10]) / [2, 20]
    assert ((u >= 0) & (u <= 1)).all()
    np.testing.assert_allclose(u.mean(axis=0), 0.5, atol=0.05)
    np.testing.assert_array_equal(found, sample(BOX, 900, design, seed=3))
    if design != "grid":
        assert (found != sample(BOX, 900, design, seed=4)).any()


def test_a_latin_hypercube_has_one_point_in_each_slice_and_a_grid_has_its_edges() -> None:
    u = (sample(BOX, 50, "latin_hypercube") - [-1, 10]) / [2, 20]
    for column in u.T:
        assert sorted((column * 50).astype(int)) == list(range(50))
    grid = sample(BOX, 10, "grid")
    assert len(grid) == 9
    assert {-1.0, 0.0, 1.0} == set(grid[:, 0])


def test_the_arcsine_is_denser_at_the_edges() -> None:
    u = (sample(BOX, 5_000, "arcsine")[:, 0] + 1) / 2
    assert np.mean(u < 0.1) == pytest.approx(2 / np.pi * np.arcsin(0.1**0.5), abs=0.02)


@pytest.mark.parametrize(
    ("points", "design", "reason"),
    [
        (3, "grid", "a grid in 2 variables has at least 4 points, not 3"),
        (3, "spiral", "design: 'spiral' is not one of arcsine, "),
        (0, "uniform", "points: 0 are not between 1 and 10,000,000"),
    ],
)
def test_what_cannot_be_sampled_is_refused(points: int, design: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        sample(BOX, points, design)
