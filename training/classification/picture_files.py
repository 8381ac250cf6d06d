"""Reads the formats in which labelled pictures are kept; a file that is not what it should be is refused by name."""

import gzip
import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from training.classification.pictures import Pictures, Pixels
from training.errors import InvalidParameter

# The IDX types of bytes with three and with one dimension (LeCun, Cortes and Burges, The MNIST database).
_IDX_PICTURES, _IDX_LABELS = 0x0803, 0x0801
# Far above any set that is trained in memory; what claims more is damaged or made to hurt.
_LARGEST = 2**31


def read_idx(paths: Sequence[Path], part: str, classes: int) -> Pictures:
    """Pictures (m, height, width) and their labels from two IDX files, compressed by gzip or not.

    Raises:
        InvalidParameter: one of the files is damaged, or they do not belong together; this and the other readers.
    """
    pictures, labels = paths
    return _checked(_idx_array(pictures, _IDX_PICTURES), _idx_array(labels, _IDX_LABELS), classes, labels)


def read_hdf5(paths: Sequence[Path], part: str, classes: int) -> Pictures:
    """Pictures (m, height, width, 3) from the arrays PART_set_x and PART_set_y of an HDF5 file."""
    (path,) = paths
    with _named(path), h5py.File(path) as file:
        x, y = (np.asarray(_array(file, f"{part}_set_{axis}")) for axis in "xy")
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[3] != 3:
        raise _damaged(path, f"its {part}_set_x is {x.dtype} {x.shape}, not uint8 (m, height, width, 3)")
    return _checked(x, y, classes, path)


def read_npz(path: Path, shape: tuple[int, ...], classes: int) -> Pictures:
    """Pictures of the shape from the arrays x, (m, pixels) or (pixels, m), and y, (m, 1) or (1, m), of a .npz file."""
    with _named(path), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    size = math.prod(shape)
    if x.dtype != np.uint8 or x.ndim != 2 or size not in x.shape:
        raise _damaged(path, f"its x is {x.dtype} {x.shape}, not uint8 (m, {size}) or ({size}, m)")
    rows = x if x.shape == (y.size, size) else x.T
    return _checked(np.ascontiguousarray(rows).reshape(-1, *shape), y, classes, path)


def _idx_array(path: Path, kind: int) -> NDArray[np.uint8]:
    opener = gzip.open if path.suffix == ".gz" else open
    with _named(path), opener(path, "rb") as file:
        dimensions = _idx_header(path, file, kind)  # type: ignore[arg-type]
        size = math.prod(dimensions)
        if not 0 < size <= _LARGEST:
            raise _damaged(path, f"it claims to have {size:,} bytes of content")
        content = file.read(size + 1)
    if len(content) != size:
        raise _damaged(path, f"it has {'fewer' if len(content) < size else 'more'} bytes than the {size:,} it claims")
    return np.frombuffer(content, np.uint8).reshape(dimensions)


def _idx_header(path: Path, file: BinaryIO, kind: int) -> list[int]:
    magic = int.from_bytes(file.read(4), "big")
    if magic != kind:
        raise _damaged(path, f"it starts with {magic:#06x}, not with {kind:#06x} as such an IDX file does")
    return [int.from_bytes(file.read(4), "big") for _ in range(kind & 0xFF)]


def _array(file: h5py.File, name: str) -> h5py.Dataset:
    if not isinstance(found := file.get(name), h5py.Dataset):
        raise KeyError(name)
    if found.nbytes > _LARGEST:
        raise ValueError(f"its {name} claims to have {found.nbytes:,} bytes")
    return found


def _checked(pixels: Pixels, labels: NDArray[np.integer], classes: int, path: Path) -> Pictures:
    numbers = labels.reshape(-1)
    if len(numbers) != len(pixels):
        raise _damaged(path, f"it has {len(numbers):,} labels for {len(pixels):,} pictures")
    if not np.issubdtype(numbers.dtype, np.integer) or numbers.min() < 0 or numbers.max() >= classes:
        raise _damaged(path, f"its labels are not whole numbers from 0 to {classes - 1}")
    return Pictures(pixels, numbers.astype(np.int64))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name a damaged file, with the reason that the library gives."""
    try:
        yield
    except KeyError as error:
        raise _damaged(path, f"it has no array {error.args[0]}") from error
    except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> InvalidParameter:
    return InvalidParameter(f"data_dir: {path} cannot be used: {why}")
