"""What a picture shows, whatever keeps it, beside NumPy's arithmetic of the same pixels."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from training.classification.picture_modes import NotShown, shown

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (6, 9), dtype=np.uint8)
COLOURS = RANDOM.integers(0, 256, (6, 9, 3), dtype=np.uint8)
ALPHA = RANDOM.integers(0, 256, (6, 9), dtype=np.uint8)


def saved(image: Image.Image, form: str = "png", **options: Any) -> Image.Image:
    """As it is read back from a file."""
    content = io.BytesIO()
    image.save(content, form, **options)
    return Image.open(io.BytesIO(content.getvalue()))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(shown(image))


def on_white(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """In float64."""
    part = alpha / 255 if values.ndim == 2 else alpha[..., None] / 255
    return values * part + 255 * (1 - part)


def png(rows: list[bytes], width: int, depth: int, colour_type: int, transparent: bytes = b"") -> Image.Image:
    """A PNG file written by hand (W3C, Portable Network Graphics): Pillow does not write all that others do."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0))
    between = chunk(b"tRNS", transparent) if transparent else b""
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return Image.open(io.BytesIO(b"\x89PNG\r\n\x1a\n" + header + between + data + chunk(b"IEND", b"")))


def png_of_16_bits(values: np.ndarray, colour_type: int, transparent: bytes = b"") -> Image.Image:
    """Of values (height, width) or (height, width, channels)."""
    return png([row.astype(">u2").tobytes() for row in values], values.shape[1], 16, colour_type, transparent)


@pytest.mark.parametrize("low", [0, 1, 128, 255])
def test_sixteen_bits_are_their_higher_eight(low: int) -> None:
    deep = GREY.astype(np.uint16) * 256 + low
    assert np.array_equal(pixels(saved(Image.fromarray(deep))), GREY)
    assert np.array_equal(pixels(saved(Image.fromarray(deep), "tiff")), GREY)
    assert np.array_equal(pixels(png_of_16_bits(COLOURS.astype(np.uint16) * 256 + low, 2)), COLOURS)


def test_sixteen_bits_with_alpha() -> None:
    deep, alpha = GREY.astype(np.uint16) * 257, ALPHA.astype(np.uint16) * 257
    grey = pixels(png_of_16_bits(np.stack([deep, alpha], -1), 4))
    assert grey.shape == GREY.shape
    np.testing.assert_allclose(grey, on_white(GREY, ALPHA), rtol=0, atol=1)
    colours = pixels(png_of_16_bits(np.concatenate([COLOURS.astype(np.uint16) * 257, alpha[..., None]], -1), 6))
    np.testing.assert_allclose(colours, on_white(COLOURS, ALPHA), rtol=0, atol=1)


def test_sixteen_bits_with_a_transparent_value() -> None:
    deep = np.array([[1_000, 1_001], [40_000, 65_535]], np.uint16)
    assert pixels(png_of_16_bits(deep, 0, (1_000).to_bytes(2))).tolist() == [[255, 1_001 >> 8], [40_000 >> 8, 255]]
    colours = np.array([[[257, 514, 771], [2_570, 2_570, 2_570]]], np.uint16)
    one = b"".join(int(value).to_bytes(2) for value in colours[0, 0])
    assert pixels(png_of_16_bits(colours, 2, one)).tolist() == [[[255] * 3, [10] * 3]]


@pytest.mark.parametrize("photometric", [0, 1])
def test_a_tiff_says_whether_zero_is_white(photometric: int) -> None:
    deep = GREY.astype(np.uint16) * 257
    image = saved(Image.fromarray(deep), "tiff", tiffinfo={262: photometric})
    assert np.array_equal(pixels(image), GREY if photometric else 255 - GREY)


@pytest.mark.parametrize("form", ["png", "tiff", "webp"])
def test_what_is_transparent_is_on_white(form: str) -> None:
    image = Image.fromarray(np.dstack([COLOURS, ALPHA]))
    options = {"lossless": True, "exact": True} if form == "webp" else {}
    np.testing.assert_allclose(pixels(saved(image, form, **options)), on_white(COLOURS, ALPHA), rtol=0, atol=1)


def test_grey_with_alpha_stays_grey() -> None:
    image = Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(ALPHA)])
    np.testing.assert_allclose(pixels(saved(image)), on_white(GREY, ALPHA), rtol=0, atol=1)


def test_a_transparent_colour() -> None:
    picture = Image.fromarray(np.array([[3, 200, 3]], np.uint8))
    assert pixels(saved(picture, transparency=3)).tolist() == [[255, 200, 255]]
    coloured = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert pixels(saved(coloured, transparency=(1, 2, 3))).tolist() == [[[255] * 3, [4, 5, 6]]]
    # Of one bit, two and four.
    assert pixels(saved(Image.fromarray(np.array([[False, True]])), transparency=0)).tolist() == [[255, 255]]
    assert pixels(png([bytes([0b00011011])], 4, 2, 0, b"\0\1")).tolist() == [[0, 255, 170, 255]]
    assert pixels(png([bytes([0x0F, 0x3E])], 4, 4, 0, b"\0\3")).tolist() == [[0, 255, 255, 14 * 17]]


@pytest.mark.parametrize("form", ["png", "gif", "bmp", "tiff"])
def test_a_palette(form: str) -> None:
    image = Image.fromarray(GREY % 7).convert("L")
    image.putpalette([7, 1, 2, 30, 40, 50, 60, 70, 80, 9, 8, 7, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    expected = np.asarray(image.convert("RGB"))
    assert np.array_equal(pixels(saved(image, form)), expected)


def test_a_palette_with_alpha() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    expected = [[[255] * 3, [40, 50, 60], [70, 80, 90]]]
    assert pixels(saved(image, transparency=0)).tolist() == expected
    assert pixels(saved(image, "gif", transparency=0)).tolist() == expected
    half = pixels(saved(image, transparency=bytes([0, 128, 255])))
    np.testing.assert_allclose(
        half[0, 1], on_white(np.array([[[40, 50, 60]]]), np.array([[128]]))[0, 0], rtol=0, atol=1
    )


@pytest.mark.parametrize("form", ["png", "tiff", "bmp", "gif"])
def test_one_bit(form: str) -> None:
    bits = GREY > 127
    found = pixels(saved(Image.fromarray(bits), form))
    grey = found if found.ndim == 2 else found[..., 0]
    assert np.array_equal(grey, bits * 255)


def test_inks() -> None:
    cyan = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    for form, options in (("tiff", {}), ("jpeg", {"quality": 100})):
        np.testing.assert_allclose(pixels(saved(cyan, form, **options))[0, 0], (0, 255, 255), rtol=0, atol=2)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["png", "tiff", "webp"])
def test_it_stands_upright(orientation: int, form: str) -> None:
    turns: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: np.rot90,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "webp" else {}
    found = pixels(saved(Image.fromarray(COLOURS), form, exif=exif, **options))
    assert np.array_equal(found, turns[orientation](COLOURS))


def test_sixteen_bits_stand_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = saved(Image.fromarray(GREY.astype(np.uint16) * 257), exif=exif)
    assert np.array_equal(pixels(image), np.rot90(GREY, -1))


@pytest.mark.parametrize("form", ["gif", "webp", "png", "tiff"])
def test_the_first_of_several(form: str) -> None:
    frames = [Image.new("RGB", (5, 4), colour) for colour in ((200, 0, 0), (0, 200, 0))]
    options = {"lossless": True} if form == "webp" else {}
    found = pixels(saved(frames[0], form, save_all=True, append_images=frames[1:], **options))
    assert found[0, 0].tolist() == [200, 0, 0]


def test_colour_profiles_are_ignored() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert np.array_equal(pixels(saved(Image.fromarray(COLOURS), icc_profile=profile)), COLOURS)


@pytest.mark.parametrize(("mode", "dtype"), [("F", np.float32), ("I", np.int32)])
def test_numbers_without_a_white_are_refused(mode: str, dtype: type) -> None:
    image = saved(Image.fromarray(np.ones((2, 2), dtype)), "tiff")
    with pytest.raises(NotShown, match=rf"which of its 32-bit numbers is white \(mode {mode}\): save it with 8 bits"):
        shown(image)
