"""Without a network: what may not be fetched, and what cannot be."""

from pathlib import Path

import pytest

from training.classification import downloads
from training.classification.downloads import HASHES, MIRRORS, fetch
from training.errors import InvalidParameter


@pytest.mark.parametrize(
    ("dataset", "download", "reason"),
    [
        ("cats", True, "get images and put it into .*may not be passed on"),
        ("mnist", False, r"get images.gz and put it into .*it is at https://.*images.gz"),
    ],
)
def test_what_may_not_be_fetched_is_asked_for(tmp_path: Path, dataset: str, download: bool, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        fetch(dataset, "images", tmp_path, download)


def test_a_mirror_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(downloads.MIRRORS, "mnist", "http://127.0.0.1:9/")
    with pytest.raises(InvalidParameter, match=r"http://127.0.0.1:9/train-images-idx3-ubyte.gz cannot be fetched: "):
        fetch("mnist", "train-images-idx3-ubyte", tmp_path, True)


def test_every_mirror_has_the_hashes_of_its_files() -> None:
    assert MIRRORS.keys() == HASHES.keys()
    assert {len(digest) for files in HASHES.values() for digest in files.values()} == {64}
