import numpy as np
import pytest
from scipy.stats import arcsine, kstest, qmc

from training.data.box import Box
from training.data.designs import DESIGNS, sample
from training.errors import InvalidParameter

BOX = Box.parse("x:-2,2; y : 1e3 , 2.5e3;")


def test_a_box_is_read_and_written() -> None:
    assert Box(("x", "y"), (-2.0, 1e3), (2.0, 2.5e3)) == BOX
    assert str(BOX) == "x:-2,2; y:1000,2500"
    wide = Box(("a b", "y"), (0.1, -1e-300), (1 / 3, 1e300))
    assert Box.parse(str(wide)) == wide
    assert BOX.dimension == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not name:low,high"),
        ("x", "'x' is not name:low,high, as in"),
        ("x:1", "'x:1' is not"),
        ("x:1,2,3", "'x:1,2,3' is not"),
        ("x:1,a", "'x:1,a' is not"),
        ("x:nan,1", "'x:nan,1' is not"),
        (":1,2", "':1,2' is not"),
        ("x:0,1; ; y:0,1", "'' is not"),
        ("x:2,1", "x:2,1 is no interval: low < high"),
        ("x:1,1", "x:1,1 is no interval"),
        ("x:0,inf", "x:0,inf is no interval"),
        ("x:-1.7e308,1.7e308", "is no interval"),
        ("x:0,1; x:0,2", "x is there twice"),
    ],
)
def test_other_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        Box.parse(text)


def test_points_are_scaled_and_found_inside() -> None:
    x = np.array([[-2, 2500], [0, 1750], [2.1, 1000], [0, 999.0]])
    np.testing.assert_array_equal(BOX.scale(x)[:2], [[-1, 1], [0, 0]])
    np.testing.assert_array_equal(BOX.inside(x), [[True, True], [True, True], [False, True], [True, False]])
    np.testing.assert_array_equal(BOX.contains(x), [True, True, False, False])
    ends = BOX.unscale(np.array([[-1.0, 1.0], [1.0, -1.0]]))
    np.testing.assert_array_equal(ends, [[-2, 2500], [2, 1000]])


def test_the_box_around_samples() -> None:
    x = np.array([[1.0, 5.0], [3.0, 4.0]])
    assert Box.around(["a", "b"], x) == Box(("a", "b"), (1.0, 4.0), (3.0, 5.0))
    with pytest.raises(InvalidParameter, match="b has the same value in all samples"):
        Box.around(["a", "b"], np.array([[1.0, 5.0], [3.0, 5.0]]))


def test_landmarks_have_the_corners_and_zeros() -> None:
    marks = {tuple(point) for point in BOX.landmarks()}
    assert {(-2, 1000), (-2, 2500), (2, 1000), (2, 2500), (0, 1750)} <= marks
    assert (0, 0) in {tuple(point) for point in Box.parse("x:-1,2; y:-1,3").landmarks()}
    many = Box(tuple("abcdefghijklmnopqrst"), (-1.0,) * 20, (1.0,) * 20)
    assert len(many.landmarks()) < 50


@pytest.mark.parametrize("design", DESIGNS)
def test_designs_fill_the_box_and_follow_the_seed(design: str) -> None:
    x = sample(BOX, 400, design, seed=3)
    assert x.shape == (400, 2)
    assert BOX.contains(x).all()
    assert (np.ptp(BOX.scale(x), axis=0) > 1.9).all()
    np.testing.assert_array_equal(x, sample(BOX, 400, design, seed=3))
    assert (design == "grid") == np.array_equal(x, sample(BOX, 400, design, seed=4))


def test_each_design_is_what_its_name_says() -> None:
    u = {design: (BOX.scale(sample(BOX, 1_024, design)) + 1) / 2 for design in DESIGNS}
    discrepancies = {design: qmc.discrepancy(points) for design, points in u.items() if design != "grid"}
    assert discrepancies["sobol"] < discrepancies["latin_hypercube"] < discrepancies["uniform"]
    assert kstest(u["arcsine"][:, 1], arcsine.cdf).pvalue > 0.01
    assert (np.sort(np.floor(1_024 * u["latin_hypercube"]), axis=0) == np.arange(1_024)[:, None]).all()
    assert len(np.unique(u["grid"][:, 0])) == len(np.unique(u["grid"][:, 1])) == 32


def test_what_can_not_be_sampled_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="'random' is not one of arcsine"):
        sample(BOX, 10, "random")
    with pytest.raises(InvalidParameter, match="in 2 variables has at least 4 points, not 3"):
        sample(BOX, 3, "grid")
    with pytest.raises(InvalidParameter, match="points: 0"):
        sample(BOX, 0)
