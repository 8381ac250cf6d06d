"""Test pictures that are training pictures, by the features of a pretrained network too: mirrored ones, for instance.

What is only resized, saved again or made brighter is found by its pixels (training.classification.diagnosis). Features
stay nearly the same where pixels do not: mirrored, a cat has a cosine of 0.94 to itself and more, where two different
cats have 0.86 at most and two digits of MNIST 0.98; but then others are as near.
"""

import numpy as np
from numpy.typing import NDArray

from training.classification.diagnosis.duplicates import Duplicates, alike, nearest_two
from training.classification.diagnosis.duplicates import duplicates as duplicates_by_pixels
from training.classification.pictures import Pictures
from training.transfer.extraction import features

# The least cosine of the features of a picture and of its copy; and by how much nearer the copy is than the next
# picture, as a part of one less the cosine: among pictures of the cats and of MNIST that are no copies that part is
# 0.35 and more.
_COSINE, _PART = 0.9, 0.25
# The standard deviation of pixels from which on a picture shows something: of plain ones all features are alike.
_PLAIN = 8.0


def duplicates(train: Pictures, test: Pictures) -> Duplicates:
    """The test pictures that are training pictures by their pixels, or by features, or by the pixels of a mirror image.

    The mirror image is that of the training picture whose features are the nearest.
    """
    found = duplicates_by_pixels(train, test)
    others = np.setdiff1d(np.arange(len(test)), [row for row, _ in found.pairs])
    if len(train) < 2 or not len(others):
        return found
    some, known = (_directions(features(pixels)) for pixels in (test.pixels[others], train.pixels))
    nearest = nearest_two(some, known)
    first, second = (1 - np.sum(some * known[rows], 1) for rows in nearest)
    near = (first <= 1 - _COSINE) & (first < _PART * second)
    near |= alike(test.pixels[others][:, :, ::-1], train.pixels, nearest)
    near &= test.pixels[others].reshape(len(others), -1).std(1) > _PLAIN
    pairs = zip(others[near].tolist(), nearest[0][near].tolist(), strict=True)
    return Duplicates(sorted([*found.pairs, *pairs]), found.exact, len(test))


def _directions(found: NDArray[np.float32]) -> NDArray[np.float32]:
    directions: NDArray[np.float32] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return directions
