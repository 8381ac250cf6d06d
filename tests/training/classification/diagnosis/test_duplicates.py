"""Test pictures that are training pictures too, as they are or nearly."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import DATA, digits, needs_data
from training.classification.diagnosis.duplicates import duplicates
from training.classification.picture_sets import load_known
from training.classification.pictures import Pictures, Pixels


def drawn(seed: int, count: int, *shape: int) -> Pictures:
    """Smooth pictures that have nothing to do with each other."""
    small = np.random.default_rng(seed).integers(0, 256, (count, *(side // 8 if side > 3 else side for side in shape)))
    # The edges are not those of JPEG's blocks.
    big = np.roll(small.astype(np.uint8).repeat(8, 1).repeat(8, 2), 3, (1, 2))
    return Pictures(big, np.arange(count) % 2)


def saved_again(picture: Pixels) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80, subsampling=0)
    return np.asarray(Image.open(file))


def resized(picture: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).resize((100, 100)).resize(picture.shape[1::-1]))


CHANGES = {
    "none": lambda picture: picture,
    "JPEG": saved_again,
    "brighter": lambda picture: (picture // 2 + 100).astype(np.uint8),
    "resized": resized,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("shape", [(64, 64, 3), (32, 32)])
def test_a_training_picture_among_the_test_pictures_is_found(name: str, shape: tuple[int, ...]) -> None:
    train, test = drawn(0, 40, *shape), drawn(1, 20, *shape)
    test.pixels[7] = CHANGES[name](train.pixels[30])
    found = duplicates(train, test)
    assert list(found.pairs) == [(7, 30)]
    assert found.exact == (name == "none")
    assert "1 of 20 test pictures are training pictures too" in found.sentence()
    assert "row 7 = row 30" in found.sentence()
    names = [[f"{part}/{number}.png" for number in range(40)] for part in ("train", "test")]
    assert "test/7.png = train/30.png" in found.sentence(*names)


def test_other_pictures_are_none() -> None:
    for found in (
        duplicates(drawn(0, 40, 64, 64, 3), drawn(1, 20, 64, 64, 3)),
        duplicates(digits(1_200, 500).train, digits(1_200, 500).test),
    ):
        assert list(found.pairs) == []
        assert found.sentence() == ""


def test_pictures_of_one_colour_are_only_found_where_they_are_equal() -> None:
    train = Pictures(np.stack([np.full((8, 8), value, np.uint8) for value in (10, 20, 30)]), np.array([0, 1, 0]))
    test = Pictures(np.stack([np.full((8, 8), value, np.uint8) for value in (20, 21)]), np.array([0, 1]))
    assert list(duplicates(train, test).pairs) == [(0, 1)]


@pytest.mark.parametrize(("train", "test"), [(1, 3), (3, 1), (1, 1)])
def test_few_pictures_do_no_harm(train: int, test: int) -> None:
    assert list(duplicates(drawn(0, train, 8, 16), drawn(1, test, 8, 16)).pairs) == []


def test_many_are_counted_and_three_are_named() -> None:
    train = drawn(0, 40, 32, 32)
    said = duplicates(train, train).sentence()
    assert "40 of 40 test pictures" in said
    assert "row 2 = row 2, …;" in said
    assert "row 3" not in said


@needs_data
def test_the_study_s_cats_have_one() -> None:
    pictures = load_known("cats", DATA / "cats")
    found = duplicates(pictures.train, pictures.test)
    assert (list(found.pairs), found.exact) == ([(17, 146)], 1)
