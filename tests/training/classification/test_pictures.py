import numpy as np
import pytest

from training.classification.pictures import Pictures, PictureSet, Standardisation, digest, parts

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 4, 5), dtype=np.uint8)
PIXELS[:, 0, 0] = 9
LABELS = np.repeat(np.arange(4), [20, 12, 6, 2])


def test_rows_are_taken_with_their_labels_and_names() -> None:
    given = Pictures(PIXELS, LABELS, tuple(f"{number}.png" for number in range(40)))
    taken = given.take(np.array([3, 25]))
    assert (len(taken), taken.labels.tolist(), taken.names) == (2, [0, 1], ("3.png", "25.png"))
    np.testing.assert_array_equal(given.take(LABELS == 3).pixels, PIXELS[-2:])
    assert Pictures(PIXELS, LABELS).take(LABELS == 3).names == ()


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 3)])
def test_the_shape_is_that_of_a_picture(shape: tuple[int, ...]) -> None:
    some = Pictures(np.zeros((2, *shape), np.uint8), np.zeros(2, np.int64))
    assert PictureSet("p", ("a",), some, some, "resize", "").shape == shape


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_inputs_have_mean_0_and_deviation_1_in_each_pixel(dtype: str) -> None:
    found = Standardisation.of(PIXELS).inputs(PIXELS, dtype)
    assert (found.shape, found.dtype.name) == ((40, 20), dtype)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(found[:, 1:].std(0), 1, rtol=1e-6)
    assert not found[:, 0].any()


def test_a_pixel_that_never_changed_says_nothing_of_other_pictures() -> None:
    other = PIXELS[:1].copy()
    other[0, 0, 0] = 10
    standardisation = Standardisation.of(PIXELS)
    assert standardisation.inputs(other, "float64")[0, 0] == pytest.approx(1e9)
    assert standardisation.without_constants().inputs(other, "float64")[0, 0] == 0


def test_small_deviations_are_raised_to_a_part_of_their_mean() -> None:
    raised = Standardisation(np.zeros(3), np.array([1.0, 2.0, 9.0])).without_small(0.5)
    assert raised.deviation.tolist() == [2, 2, 9]
    alike = Standardisation.of(np.full((3, 2, 2), 7, np.uint8)).without_small(0.5)
    assert alike.inputs(PIXELS[:1, :2, :2], "float64").tolist() == [[0, 0, 0, 0]]


def test_parts_are_of_a_size_and_have_their_share_of_every_class() -> None:
    found = parts(LABELS, 0.25, seed=1)
    assert np.bincount(found).tolist() == [10, 10, 10, 10]
    for label, count in enumerate(np.bincount(LABELS)):
        shares = np.bincount(found[label == LABELS], minlength=4)
        assert shares.max() - shares.min() <= 1
        assert shares.sum() == count
    np.testing.assert_array_equal(found, parts(LABELS, 0.25, seed=1))
    assert (found != parts(LABELS, 0.25, seed=2)).any()


def test_the_digest_is_of_pixels_and_labels() -> None:
    given = Pictures(PIXELS, LABELS)
    assert digest(given) == digest(Pictures(PIXELS.copy(), LABELS.copy(), ("other",) * 40))
    assert digest(given) != digest(Pictures(255 - PIXELS, LABELS))
    assert digest(given) != digest(Pictures(PIXELS, LABELS[::-1]))
    assert len(digest(given, given)) == 64
