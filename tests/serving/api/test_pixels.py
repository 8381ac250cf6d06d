from typing import Any

import numpy as np
import pytest

from serving.api.pixels import from_json
from serving.errors import NotPictures

ONE = [[0, 1, 2], [3, 4, 255]]


def test_one_picture_or_several() -> None:
    assert from_json(ONE, (2, 3)).tolist() == [ONE]
    found = from_json([ONE, ONE], (2, 3))
    assert found.dtype == np.uint8
    assert found.shape == (2, 2, 3)


@pytest.mark.parametrize(
    "pixels", [[0, 1], [[0, 1, 2], [3]], [[0, 1, 2], [3, 4, 256]], [[0, 1, 2], [3, 4, -1]], [[0, 1, 2], [3, 4, 5.0]]]
)
def test_what_is_no_picture_of_that_shape(pixels: list[Any]) -> None:
    with pytest.raises(NotPictures, match=r"expected whole numbers from 0 to 255 in the shape \[2, 3\]"):
        from_json(pixels, (2, 3))


@pytest.mark.parametrize("value", ["1", True, None, 2**70])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(NotPictures, match="expected whole numbers"):
        from_json([[0, 1, 2], [3, 4, value]], (2, 3))
