"""Files of pictures, as they should be and as they should not."""

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.support.idx import idx
from training.classification.picture_files import read_hdf5, read_idx, read_npz
from training.errors import InvalidParameter

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 5), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 2, 1, 0], np.uint8)


def write_idx(folder: Path, pictures: bytes, labels: bytes, suffix: str = "") -> list[Path]:
    paths = [folder / f"pictures{suffix}", folder / f"labels{suffix}"]
    for path, content in zip(paths, (pictures, labels), strict=True):
        path.write_bytes(gzip.compress(content, mtime=0) if suffix else content)
    return paths


def write_hdf5(path: Path, **arrays: np.ndarray) -> list[Path]:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return [path]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx(tmp_path: Path, suffix: str) -> None:
    read = read_idx(write_idx(tmp_path, idx(PIXELS), idx(LABELS), suffix), "train", 3)
    assert np.array_equal(read.pixels, PIXELS)
    assert read.labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("pictures", "labels", "reason"),
    [
        (idx(PIXELS)[:-1], idx(LABELS), "pictures cannot be used: it has fewer bytes than the 120 it claims"),
        (idx(PIXELS) + b"0", idx(LABELS), "pictures cannot be used: it has more bytes than the 120 it claims"),
        (idx(LABELS), idx(LABELS), "pictures cannot be used: it starts with 0x0801, not with 0x0803"),
        (b"", idx(LABELS), "pictures cannot be used: it starts with 0x0000"),
        (idx(PIXELS)[:4] + b"\xff" * 12, idx(LABELS), "pictures cannot be used: it claims to have [0-9,]+ bytes"),
        (idx(PIXELS), idx(LABELS[:5]), "labels cannot be used: it has 5 labels for 6 pictures"),
        (idx(PIXELS), idx(LABELS + 1), "labels cannot be used: its labels are not whole numbers from 0 to 2"),
    ],
)
def test_idx_that_is_damaged_is_refused_by_name(tmp_path: Path, pictures: bytes, labels: bytes, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        read_idx(write_idx(tmp_path, pictures, labels), "train", 3)


@pytest.mark.parametrize("spoil", [lambda content: content[:-30], lambda content: b"nonsense"])
def test_gzip_that_is_damaged_is_refused_by_name(tmp_path: Path, spoil: object) -> None:
    paths = write_idx(tmp_path, idx(PIXELS), idx(LABELS), ".gz")
    paths[0].write_bytes(spoil(paths[0].read_bytes()))  # type: ignore[operator]
    with pytest.raises(InvalidParameter, match=r"pictures\.gz cannot be used"):
        read_idx(paths, "train", 3)


def test_hdf5(tmp_path: Path) -> None:
    colours = np.stack([PIXELS] * 3, -1)
    paths = write_hdf5(tmp_path / "a.h5", train_set_x=colours, train_set_y=LABELS.astype(np.int64))
    read = read_hdf5(paths, "train", 3)
    assert np.array_equal(read.pixels, colours)
    assert read.labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({}, "it has no array train_set_x"),
        ({"train_set_x": PIXELS, "train_set_y": LABELS}, r"its train_set_x is uint8 \(6, 4, 5\), not uint8 \(m, "),
    ],
)
def test_hdf5_of_another_shape_is_refused_by_name(tmp_path: Path, arrays: dict[str, np.ndarray], reason: str) -> None:
    with pytest.raises(InvalidParameter, match=rf"a\.h5 cannot be used: {reason}"):
        read_hdf5(write_hdf5(tmp_path / "a.h5", **arrays), "train", 3)


def test_hdf5_that_is_damaged_is_refused_by_name(tmp_path: Path) -> None:
    (path,) = write_hdf5(tmp_path / "a.h5", train_set_x=np.zeros((9, 8, 8, 3), np.uint8), train_set_y=np.zeros(9, int))
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(InvalidParameter, match=r"a\.h5 cannot be used"):
        read_hdf5([path], "train", 3)


@pytest.mark.parametrize("pictures_are", ["rows", "columns"])
def test_the_study_s_arrays(tmp_path: Path, pictures_are: str) -> None:
    flat = PIXELS.reshape(6, 20)
    x, y = (flat, LABELS[:, None]) if pictures_are == "rows" else (flat.T, LABELS[None])
    np.savez(tmp_path / "a.npz", x=x, y=y)
    read = read_npz(tmp_path / "a.npz", (4, 5), 3)
    assert np.array_equal(read.pixels, PIXELS)
    assert read.labels.tolist() == LABELS.tolist()


def test_arrays_that_are_not_the_study_s_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=PIXELS.reshape(6, 20), z=LABELS)
    with pytest.raises(InvalidParameter, match=r"a\.npz cannot be used: it has no array y"):
        read_npz(path, (4, 5), 3)
    np.savez(path, x=PIXELS.reshape(6, 20), y=LABELS)
    with pytest.raises(InvalidParameter, match=r"its x is uint8 \(6, 20\), not uint8 \(m, 9\) or \(9, m\)"):
        read_npz(path, (3, 3), 3)
    np.savez(path, x=np.array([{}], object), y=LABELS)
    with pytest.raises(InvalidParameter, match=r"a\.npz cannot be used: Object arrays cannot be loaded"):
        read_npz(path, (4, 5), 3)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InvalidParameter, match=r"a\.npz cannot be used"):
        read_npz(path, (4, 5), 3)
