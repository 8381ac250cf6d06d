"""The file that both halves have; tests/training/classification/test_picture_modes.py tests what is in it."""

from pathlib import Path

from serving.decoding import picture_modes
from training.classification import picture_modes as trained_modes


def test_both_halves_have_the_same_file() -> None:
    assert Path(picture_modes.__file__).read_text() == Path(trained_modes.__file__).read_text()
