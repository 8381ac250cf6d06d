"""Pictures of any kind and size become what a classifier was trained with."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.support.pictures import DATA, needs_data
from tests.support.served_pictures import classifier_metadata, decoded
from training.classification.picture_sets import load_known

DIGIT = classifier_metadata("digit", 28, 28)


def drawing(size: int = 200, ink: Any = 0, paper: Any = 255, mode: str = "L") -> Image.Image:
    """A one, far from the middle."""
    image = Image.new(mode, (size, size), paper)
    ImageDraw.Draw(image).line([(size // 8, size // 10), (size // 6, size // 2)], fill=ink, width=size // 20)
    return image


def centre(pixels: np.ndarray) -> tuple[float, float]:
    rows, columns = pixels.sum(1, dtype=float), pixels.sum(0, dtype=float)
    return float(rows @ np.arange(28) / rows.sum()), float(columns @ np.arange(28) / columns.sum())


@pytest.mark.parametrize(
    "image",
    [
        drawing(),
        drawing(1_000),
        drawing(40),
        drawing(ink=255, paper=0),
        drawing(ink=(0, 0, 0), paper=(250, 240, 230), mode="RGB"),
        drawing(ink=(0, 0, 0, 255), paper=(0, 0, 0, 0), mode="RGBA"),
        drawing(ink=0, paper=65_535, mode="I;16"),
        drawing(ink=0, paper=1, mode="1"),
    ],
)
def test_a_digit_is_white_on_black_in_a_box_of_20_with_its_mass_in_the_middle(image: Image.Image) -> None:
    pixels = decoded(image, DIGIT)
    rows, columns = np.flatnonzero(pixels.max(1) > 64), np.flatnonzero(pixels.max(0) > 64)
    assert pixels.max() > 200
    assert pixels[0, 0] == 0
    assert 18 <= rows[-1] - rows[0] + 1 <= 20
    assert columns[-1] - columns[0] + 1 < 20
    assert centre(pixels) == pytest.approx((14, 14), abs=0.6)


def test_an_empty_page_is_black() -> None:
    assert not decoded(Image.new("L", (50, 50), 255), DIGIT).any()


@needs_data
def test_mnist_s_own_digits_stay_as_they_are() -> None:
    pixels = load_known("mnist", DATA).test.pixels[:500]
    prepared = np.stack([decoded(Image.fromarray(picture), DIGIT) for picture in pixels])
    differing = np.abs(prepared.astype(int) - pixels).mean((1, 2))
    assert np.mean(differing == 0) > 0.7
    assert np.mean(differing < 8) > 0.98


@pytest.mark.parametrize(("shape", "mode"), [((4, 6), "L"), ((4, 6, 3), "RGB")])
@pytest.mark.parametrize("source", ["L", "RGB", "RGBA", "P", "CMYK", "1"])
def test_other_pictures_are_resized(shape: tuple[int, ...], mode: str, source: str) -> None:
    image = Image.new(source, (50, 30))
    assert decoded(image, classifier_metadata("resize", *shape)).shape == shape


def test_a_picture_that_has_the_size_stays_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(decoded(Image.fromarray(pixels), classifier_metadata("resize", 8, 8, 3)), pixels)


def test_a_photograph_is_turned_as_its_camera_was() -> None:
    image, exif = Image.new("RGB", (40, 20), "black"), Image.Exif()
    image.paste((255, 255, 255), (0, 0, 20, 20))
    exif[0x0112] = 6  # the camera was turned to the left
    content = io.BytesIO()
    image.save(content, "jpeg", exif=exif)
    pixels = decoded(content.getvalue(), classifier_metadata("resize", 8, 8))
    assert pixels[0].min() > 250
    assert pixels[-1].max() < 5
