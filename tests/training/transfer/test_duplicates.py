"""Test pictures that are training pictures, of which features know more than pixels."""

import io

import numpy as np
from PIL import Image

from tests.support.pictures import DATA, digits, needs_data
from training.classification.diagnosis.duplicates import duplicates as duplicates_by_pixels
from training.classification.picture_sets import load_known
from training.classification.pictures import Pictures, Pixels
from training.transfer.duplicates import duplicates

# Rows of the cats: of the training part, and of those of the test part that are not in it.
KNOWN, OTHERS = np.arange(24), np.arange(6)


def saved_again(picture: Pixels) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return np.asarray(Image.open(file))


def resized(picture: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).resize((96, 96)).resize(picture.shape[1::-1]))


@needs_data
def test_mirrored_resized_and_recompressed_pictures_are_found_and_others_are_not() -> None:
    cats = load_known("cats", DATA)
    train, test = cats.train.take(KNOWN), cats.test.take(OTHERS)
    assert list(duplicates(train, test).pairs) == []
    mirrored = np.ascontiguousarray(train.pixels[7][:, ::-1])
    copies = [
        mirrored,
        saved_again(mirrored),
        resized(mirrored),
        saved_again(train.pixels[3]),
        resized(train.pixels[4]),
    ]
    more = Pictures(np.concatenate([test.pixels, copies]), np.zeros(len(test) + len(copies), np.int64))
    assert list(duplicates(train, more).pairs) == [(6, 7), (7, 7), (8, 7), (9, 3), (10, 4)]
    assert [row for row, _ in duplicates_by_pixels(train, more).pairs] == [9, 10]


def test_digits_are_no_copies_of_each_other() -> None:
    pictures = digits(40, 20, classes=2)
    assert list(duplicates(pictures.train, pictures.test).pairs) == []
    assert list(duplicates(pictures.train.take(np.arange(1)), pictures.test.take(np.arange(1))).pairs) == []


def test_plain_pictures_are_not_copies_of_each_other() -> None:
    train, test = (
        Pictures(np.random.default_rng(seed).integers(shade, shade + 4, (5, 16, 16), np.uint8), np.arange(5) % 2)
        for seed, shade in ((0, 1), (1, 30))
    )
    assert list(duplicates(train, test).pairs) == []
