"""Makes pictures of any kind and size what a classifier was trained with.

What clients send is not trusted: only PNG and JPEG are tried, and a picture's size is known, and limited, before any of
it is decompressed. Other formats, which a training reads, are refused by name: of TIFF and WebP the decoders allocate
more than that size says.
"""

import io
import warnings
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from serving.decoding.picture_modes import NotShown, shown
from serving.errors import NotPictures, TooLarge

Pixels = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG")
# How files begin that are pictures all the same.
_OTHERS = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"RIFF": "WebP",
    b"GIF8": "GIF",
    b"BM": "BMP",
}
# Together, of a request: one of a large camera's, decompressed 100 MB and, made opaque or upright, twice that.
MAX_PIXELS = 25_000_000
# A JPEG file is decompressed at a half, a quarter or an eighth of its size where both of its sides stay above it, and
# above four times the classifier's: so far what is resized afterwards is the same to the eye.
_ENOUGH = 1_024
# MNIST's digits fill a box of 20 x 20, whose ink has its centre of mass in the middle of 28 x 28 pixels (LeCun, Cortes
# and Burges, The MNIST database).
_BOX = 20 / 28
# Paper and its shadows: what is this close to the background, of 255, is not ink.
_FAINT = 32


class Form(Protocol):
    """What a classifier's metadata say of its pictures."""

    @property
    def shape(self) -> Sequence[int]: ...

    @property
    def preparation(self) -> str: ...


def from_file(name: str, content: bytes, form: Form, most: int) -> tuple[Pixels, int]:
    """One picture of that shape from a PNG or JPEG file, and how many pixels the file has.

    Raises:
        NotPictures: it is not a picture.
        TooLarge: it has more than so many pixels.
    """
    image = _open(name, content)
    if (size := image.width * image.height) > most:
        raise TooLarge(f"pictures of more than {MAX_PIXELS:,} pixels, with {name!r}")
    enough = max(_ENOUGH, 4 * max(form.shape[:2]))
    image.draft(None, (enough, enough))
    return prepared(_shown(name, image), form), size


def prepared(image: Image.Image, form: Form) -> Pixels:
    """A picture of any size in the form that a classifier was trained with."""
    height, width, *colours = form.shape
    if form.preparation == "digit":
        return _centred_digit(np.asarray(image.convert("L")), (height, width))
    resized = image.convert("RGB" if colours else "L").resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized)


def _open(name: str, content: bytes) -> Image.Image:
    """The picture with its size, not yet decompressed."""
    try:
        with warnings.catch_warnings():
            # Sizes are limited here, and more tightly.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise TooLarge(f"{name!r} has more than {MAX_PIXELS:,} pixels") from None
    except Exception:
        # Decoders raise whatever they stumble over in a damaged file.
        raise NotPictures(f"{name!r} is {_other(content)}: expected {' or '.join(FORMATS)}") from None


def _other(content: bytes) -> str:
    return next((f"a {name} picture" for start, name in _OTHERS.items() if content.startswith(start)), "not a picture")


def _shown(name: str, image: Image.Image) -> Image.Image:
    try:
        return shown(image)
    except NotShown as error:
        raise NotPictures(f"{name!r} cannot be used: {error}") from None
    except Exception:
        raise NotPictures(f"{name!r} is a damaged picture") from None


def _centred_digit(grey: Pixels, shape: tuple[int, int]) -> Pixels:
    """A digit as MNIST has them: white on black, in a box, its centre of mass in the middle."""
    ink = _ink(grey)
    rows, columns = (np.flatnonzero(ink.max(axis) > _FAINT) for axis in (1, 0))
    canvas = np.zeros(shape, np.uint8)
    if not rows.size:
        return canvas
    box = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = _BOX * min(shape) / max(box.size)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    digit = np.asarray(box if size == box.size else box.resize(size, Image.Resampling.LANCZOS))
    top, left = (_start(digit.sum(1 - axis, dtype=np.int64), side) for axis, side in enumerate(shape))
    canvas[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return canvas


def _ink(grey: Pixels) -> Pixels:
    """White on black: the edge of a picture is its background."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    background = np.uint8(np.median(edge))
    if background > 127:
        return background - np.minimum(grey, background)
    return np.maximum(grey, background) - background


def _start(mass: NDArray[np.int64], side: int) -> int:
    """Where along a side the digit begins, so that its centre of mass is in the middle, as far as it fits.

    MNIST's middle is pixel 14 of 0 to 27: so three of four of its digits come out as they are.
    """
    centre = float(mass @ np.arange(len(mass))) / float(mass.sum())
    return min(max(0, round(side / 2 - centre)), side - len(mass))
