"""Where a classifier looks: the places of a picture that its answer comes from."""

import numpy as np
import torch
from numpy.typing import NDArray

from training.arrays import Array
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pixels

# Places along a side, and the side of what covers one, in places: neighbours overlap, and no stroke hides between them.
_PLACES, _COVER = 7, 1.5


def looked_at(network: PictureClassifier, pixels: Pixels, predictions: NDArray[np.integer]) -> Array:
    """How much of the probability of its prediction comes from each place of a picture, (n, rows, columns).

    Where the network says itself what it looked at, this is asked; else places are covered, one after the other.
    """
    if "attention" in network.outputs:
        with torch.inference_mode():
            outputs = network(torch.from_numpy(np.require(network.given(pixels), requirements="W")))
        attention: Array = np.maximum(outputs[network.outputs.index("attention")].double().numpy(), 0)
        return attention
    return np.stack([_occluded(network, picture, choice) for picture, choice in zip(pixels, predictions, strict=True)])


def _occluded(network: PictureClassifier, picture: Pixels, prediction: np.integer) -> Array:
    """What is lost of the probability of the prediction where a patch of the picture's mean colour covers a place."""
    height, width = picture.shape[:2]
    rows, columns = min(_PLACES, height), min(_PLACES, width)
    covered = np.repeat(picture[None], rows * columns + 1, 0)
    colour = picture.reshape(height * width, -1).mean(0).round().astype(np.uint8)
    for number, (row, column) in enumerate(np.ndindex(rows, columns)):
        place = covered[number, slice(*_span(row, rows, height)), slice(*_span(column, columns, width))]
        place[...] = colour if picture.ndim == 3 else colour[0]
    with torch.inference_mode():
        probabilities = network(torch.from_numpy(network.given(covered)))[0][:, int(prediction)].double().numpy()
    lost: Array = np.maximum(probabilities[-1] - probabilities[:-1], 0).reshape(rows, columns)
    return lost


def _span(place: int, places: int, side: int) -> tuple[int, int]:
    """The first pixel of one of the places along a side, and the one behind its last."""
    middle, half = (place + 0.5) * side / places, _COVER * side / places / 2
    return max(0, round(middle - half)), max(round(middle + half), round(middle - half) + 1)
