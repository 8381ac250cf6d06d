"""What a picture shows, however its file keeps it: upright, on white, in 8 bits, grey or in colours.

So a picture is the same to a classifier whether it has 8 or 16 bits, a palette, an alpha channel, inks or a camera's
orientation. Colour profiles are ignored, and of an animation the first frame is taken. Neither half of the project
imports the other, so both have this file; tests/test_contract.py holds them to the same pixels.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageOps

_GREY = ("1", "L", "LA", "La")
# Of a TIFF file: bits of a number, and what a zero is.
_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
# Rows that are made opaque at a time.
_STRIP = 64
# What Pillow makes of a PNG file's numbers, which it leaves as they are where they say what is transparent.
_SCALED: Mapping[str, Callable[[int], int]] = {
    "L;2": lambda value: value * 85,
    "L;4": lambda value: value * 17,
    "RGB;16B": lambda value: value >> 8,
}


class NotShown(ValueError):
    """Nothing says what a picture shows; has the reason."""


def shown(image: Image.Image) -> Image.Image:
    """A picture as it is to be seen, in mode L or RGB.

    Raises:
        NotShown: its numbers are not those of a picture of 8 or 16 bits.
        Exception: any, where the file is damaged.
    """
    if image.mode in ("I", "F"):
        raise NotShown(f"nothing says which of its 32-bit numbers is white (mode {image.mode}): save it with 8 bits")
    # What is known of the file until it is loaded.
    raw, tags = _raw_mode(image), dict(getattr(image, "tag_v2", {}))
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I;16"):
        return _eight_bits(image, tags)
    grey = image.mode in _GREY or raw.startswith("LA")
    return _opaque(image, raw, "L" if grey else "RGB")


def _raw_mode(image: Image.Image) -> str:
    """How a PNG file keeps its numbers, as `RGB;16B`."""
    tiles = getattr(image, "tile", None)
    return str(tiles[0].args) if tiles and image.format == "PNG" else ""


def _eight_bits(image: Image.Image, tags: dict[int, Any]) -> Image.Image:
    """The higher bits of numbers, of which one value may be transparent."""
    numbers = np.asarray(image)
    grey = (numbers >> (tags.get(_BITS, (16,))[0] - 8)).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255 - grey
    if "transparency" in image.info:
        grey[numbers == image.info["transparency"]] = 255
    return Image.fromarray(grey)


def _opaque(image: Image.Image, raw: str, mode: str) -> Image.Image:
    """The picture on white, in a mode; strip by strip, so that there is never a third copy of it."""
    if not image.has_transparency_data:
        return _converted(image, mode)
    if raw in _SCALED and "transparency" in image.info:
        values, scaled = image.info["transparency"], _SCALED[raw]
        image.info["transparency"] = tuple(map(scaled, values)) if isinstance(values, tuple) else scaled(values)
    found = Image.new(mode, image.size)
    for top in range(0, image.height, _STRIP):
        strip = _converted(image.crop((0, top, image.width, min(top + _STRIP, image.height))), "RGBA")
        white = Image.new("RGBA", strip.size, "white")
        found.paste(_converted(Image.alpha_composite(white, strip), mode), (0, top))
    return found


def _converted(image: Image.Image, mode: str) -> Image.Image:
    """Convert a picture, without a copy where there is nothing to do."""
    return image if image.mode == mode else image.convert(mode)
