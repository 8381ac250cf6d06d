"""Pictures as pixels in JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from serving.api import nested_arrays
from serving.api.nested_arrays import NotNumbers, Ragged, TooBig
from serving.decoding.pictures import Pixels
from serving.errors import NotPictures


def from_json(pixels: list[Any], shape: Sequence[int]) -> Pixels:
    """Pictures (n, *shape) from nested lists of one or of several.

    Raises:
        NotPictures: they are not that.
    """
    expected = f"expected whole numbers from 0 to 255 in the shape {list(shape)}, or several of these"
    try:
        array = nested_arrays.array(pixels)
    except Ragged:
        raise NotPictures(f"pixels: rows of different lengths; {expected}") from None
    except (NotNumbers, TooBig):
        raise NotPictures(f"pixels: {expected}") from None
    if array.shape == tuple(shape):
        array = array[None]
    if array.shape[1:] != tuple(shape):
        raise NotPictures(f"pixels: {expected}, not {list(array.shape)}")
    if array.dtype != np.int64 or array.min() < 0 or array.max() > 255:
        raise NotPictures(f"pixels: {expected}")
    return array.astype(np.uint8)
