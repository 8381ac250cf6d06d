"""Where pictures are found, and what is said where they are not."""

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from tests.support.idx import idx
from tests.support.pictures import DATA, needs_data
from training.classification import downloads
from training.classification.picture_sets import KNOWN, load_known
from training.errors import InvalidParameter


def write_mnist(folder: Path, suffix: str = ".gz", side: int = 28) -> None:
    folder.mkdir(exist_ok=True)
    for part, count in (("train", 12), ("t10k", 5)):
        pictures, labels = np.full((count, side, side), 7, np.uint8), np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{part}-images-idx3-ubyte", pictures), (f"{part}-labels-idx1-ubyte", labels)):
            content = idx(array)
            (folder / f"{name}{suffix}").write_bytes(gzip.compress(content, mtime=0) if suffix else content)


@contextmanager
def mirror(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server of the folder's files, which stands for that of MNIST."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setitem(downloads.MIRRORS, "mnist", f"http://127.0.0.1:{server.server_port}/")
        yield
        server.shutdown()
        thread.join()


@needs_data
@pytest.mark.parametrize(("name", "train", "test"), [("mnist", 60_000, 10_000), ("cats", 209, 50)])
def test_the_study_s_pictures(name: str, train: int, test: int) -> None:
    pictures = load_known(name, DATA)
    assert (len(pictures.train), len(pictures.test), pictures.shape) == (train, test, KNOWN[name].shape)
    if name == "cats":
        assert (pictures.train.labels.sum(), pictures.test.labels.sum()) == (72, 33)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_folder_or_the_one_above_it(tmp_path: Path, suffix: str) -> None:
    write_mnist(tmp_path / "mnist", suffix)
    for folder in (tmp_path, tmp_path / "mnist"):
        assert len(load_known("mnist", folder).train) == 12


def test_the_study_s_arrays_are_found_by_part(tmp_path: Path) -> None:
    for part, count in (("train", 6), ("test", 4)):
        np.savez(tmp_path / f"cats_{part}.npz", x=np.zeros((12_288, count), np.uint8), y=np.ones((1, count), int))
    pictures = load_known("cats", tmp_path)
    assert (len(pictures.train), len(pictures.test), pictures.shape) == (6, 4, (64, 64, 3))


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    write_mnist(tmp_path, side=8)
    with pytest.raises(InvalidParameter, match=r"are \(8, 8\), not \(28, 28\)"):
        load_known("mnist", tmp_path)


def test_what_is_missing_is_downloaded_once_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mnist(tmp_path / "server")
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "server").iterdir()}
    with mirror(tmp_path / "server", monkeypatch):
        with pytest.raises(InvalidParameter, match=r"get train-images-idx3-ubyte\.gz and put it into .*SHA256"):
            load_known("mnist")
        monkeypatch.setitem(downloads.HASHES, "mnist", hashes)
        assert len(load_known("mnist").train) == 12
    assert len(load_known("mnist").test) == 5


@pytest.mark.parametrize(
    ("name", "file"), [("mnist", r"train-images-idx3-ubyte\.gz"), ("cats", r"train_catvnoncat\.h5")]
)
def test_without_file_and_net_it_says_what_to_get_and_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, file: str
) -> None:
    monkeypatch.setitem(downloads.MIRRORS, "mnist", "http://127.0.0.1:9/")
    for folder in (None, tmp_path):
        with pytest.raises(InvalidParameter, match=f"data_dir: get {file} and put it into .*") as caught:
            load_known(name, folder)
        assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"data_dir: .*nowhere is not a folder"):
        load_known("mnist", tmp_path / "nowhere")
