"""Pictures as pixels in JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from serving.api import nested_arrays
from serving.api.nested_arrays import NotNumbers, Ragged, TooBig
from serving.decoding.pictures import Form, Pixels, prepared
from serving.errors import NotPictures


def from_json(pixels: list[Any], shape: Sequence[int]) -> Pixels:
    """Pictures (n, *shape) from nested lists of one or of several.

    Raises:
        NotPictures: they are not that.
    """
    expected = f"expected whole numbers from 0 to 255 in the shape {list(shape)}, or several of these"
    array = _array(pixels, expected)
    if array.shape == tuple(shape):
        array = array[None]
    if array.shape[1:] != tuple(shape):
        raise NotPictures(f"pixels: {expected}, not {list(array.shape)}")
    return _bytes(array, expected)


def of_any_size(pixels: list[Any], form: Form) -> Pixels:
    """Pictures of that form from nested lists of one, or of several of one size, in grey or in colours.

    Raises:
        NotPictures: they are not that.
    """
    shape = tuple(form.shape)
    expected = (
        f"expected whole numbers from 0 to 255 in the shape {list(shape)}, or of another height and width, in grey or "
        "in three colours, or several of these"
    )
    array = _array(pixels, expected)
    if array.shape == shape or array.ndim == 2 or (array.ndim == 3 and array.shape[1:] != shape and _coloured(array)):
        array = array[None]
    if array.ndim not in (3, 4) or not array.size or not (array.ndim == 3 or _coloured(array)):
        raise NotPictures(f"pixels: {expected}, not {list(array.shape)}")
    found = _bytes(array, expected)
    return found if found.shape[1:] == shape else np.stack([prepared(Image.fromarray(each), form) for each in found])


def _coloured(array: NDArray[np.generic]) -> bool:
    return bool(array.shape[-1] == 3)


def _array(pixels: list[Any], expected: str) -> NDArray[Any]:
    try:
        return nested_arrays.array(pixels)
    except Ragged:
        raise NotPictures(f"pixels: rows of different lengths; {expected}") from None
    except (NotNumbers, TooBig):
        raise NotPictures(f"pixels: {expected}") from None


def _bytes(array: NDArray[Any], expected: str) -> Pixels:
    if array.dtype != np.int64 or array.min() < 0 or array.max() > 255:
        raise NotPictures(f"pixels: {expected}")
    return array.astype(np.uint8)
