"""Features: the same whoever computes them, and computed once."""

from pathlib import Path

import numpy as np
import pytest
import torch

from training.transfer import extraction
from training.transfer.efficientnet import pooled
from training.transfer.extraction import coloured, features
from training.transfer.weights import pretrained

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 20, 30, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "derivable" / "features" / "features.sqlite"


def test_they_are_those_of_the_network(cache: Path) -> None:
    with torch.inference_mode():
        truth = pooled(pretrained()(torch.from_numpy(PIXELS))).numpy()
    np.testing.assert_allclose(features(PIXELS), truth, atol=3e-5)


def test_the_number_of_threads_and_the_pictures_beside_change_no_bit(cache: Path) -> None:
    alone = features(PIXELS, threads=1)
    cache.unlink()
    assert np.array_equal(features(PIXELS[::-1], threads=3)[::-1], alone)


def test_what_is_kept_is_not_computed_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = features(PIXELS[:3])
    asked: list[int] = []
    run = extraction._runner()

    def counted(pixels: np.ndarray) -> np.ndarray:
        asked.append(len(pixels))
        return run(pixels)

    monkeypatch.setattr(extraction, "_runner", lambda: counted)
    again = features(np.concatenate([PIXELS, PIXELS[1:2]]))
    assert len(asked) == 2
    assert np.array_equal(again[:3], first)
    assert np.array_equal(again[5], first[1])


def test_a_grey_picture_is_one_whose_colours_are_the_same(cache: Path) -> None:
    grey = PIXELS[:1, ..., 0]
    assert coloured(grey).shape == (1, 20, 30, 3)
    found = features(grey)
    cache.unlink()
    assert np.array_equal(features(coloured(grey)), found)
    assert features(grey[:0]).shape == (0, 1280)
