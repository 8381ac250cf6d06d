"""Pictures for the tests: the study's where they are, and scikit-learn's digits, which come with it."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from training.classification.pictures import Pictures, PictureSet, digest

# Beside the checkout, or where the variable says.
DATA = Path(os.environ.get("DERIVABLE_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not (DATA / "mnist").is_dir(),
    reason=f"MNIST and the cats are not in {DATA}; the variable DERIVABLE_DATA names another",
)


def digits(train: int = 400, test: int = 200, classes: int = 10) -> PictureSet:
    """Digits of 8 x 8 pixels, the first of scikit-learn's."""
    bunch = load_digits()
    chosen = bunch.target < classes
    pixels = (bunch.images[chosen] * 15).astype(np.uint8)
    labels = bunch.target[chosen].astype(np.int64)
    first, second = (Pictures(pixels[rows], labels[rows]) for rows in (slice(train), slice(train, train + test)))
    return PictureSet("digits", tuple("0123456789"[:classes]), first, second, "resize", digest(first, second))


def write_folder(folder: Path, pictures: Pictures, classes: tuple[str, ...]) -> None:
    """CLASS/NUMBER.png."""
    for number, (pixels, label) in enumerate(zip(pictures.pixels, pictures.labels, strict=True)):
        path = folder / classes[label] / f"{number:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
