"""The sets of pictures that are known by name, read from the files that their authors or the study gave them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from training.classification import downloads, picture_folder
from training.classification.config import ClassifyConfig
from training.classification.picture_files import read_hdf5, read_idx, read_npz
from training.classification.pictures import Pictures, PictureSet, digest
from training.errors import InvalidParameter

PARTS = ("train", "test")


@dataclass(frozen=True)
class Known:
    """A set that is known by name.

    Attributes:
        files: what each part is read from, by names without .gz.
        read: reads a part from its files.
    """

    classes: tuple[str, ...]
    shape: tuple[int, ...]
    preparation: Literal["digit", "resize"]
    files: Mapping[str, tuple[str, ...]]
    read: Callable[..., Pictures]


_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_IDX = {
    part: (f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte")
    for part, prefix in zip(PARTS, ("train", "t10k"), strict=True)
}
_HDF5 = {part: (f"{part}_catvnoncat.h5",) for part in PARTS}

KNOWN = {
    "mnist": Known(tuple("0123456789"), (28, 28), "digit", _IDX, read_idx),
    "fashion_mnist": Known(_CLOTHES, (28, 28), "resize", _IDX, read_idx),
    "cats": Known(("not a cat", "cat"), (64, 64, 3), "resize", _HDF5, read_hdf5),
}


def load(config: ClassifyConfig) -> PictureSet:
    """The pictures of a configuration.

    Raises:
        InvalidParameter: a file is missing or damaged; names it.
    """
    if config.dataset == "pictures":
        return picture_folder.load(config)
    return load_known(config.dataset, config.data_dir)


def load_known(name: str, data_dir: Path | None = None) -> PictureSet:
    """A known set, from a folder or from the user's cache, where what is missing is downloaded if it may be.

    Raises:
        InvalidParameter: a file is missing or damaged; names it.
    """
    known, folder = KNOWN[name], _folder(name, data_dir)
    train, test = (_read(known, part, folder, name, download=data_dir is None) for part in PARTS)
    for part in (train, test):
        if part.pixels.shape[1:] != known.shape:
            raise InvalidParameter(f"data_dir: the pictures in {folder} are {part.pixels.shape[1:]}, not {known.shape}")
    return PictureSet(name, known.classes, train, test, known.preparation, digest(train, test))


def _folder(name: str, data_dir: Path | None) -> Path:
    if data_dir is None:
        return user_cache_path("derivable") / "data" / name
    if not data_dir.is_dir():
        raise InvalidParameter(f"data_dir: {data_dir} is not a folder")
    own = data_dir / name
    return own if own.is_dir() else data_dir


def _read(known: Known, part: str, folder: Path, name: str, download: bool) -> Pictures:
    """A part from its original files, else from the study's arrays, else from the net."""
    classes = len(known.classes)
    found = {file: _first(folder / file, folder / f"{file}.gz") for file in known.files[part]}
    if None in found.values() and (arrays := _first(*sorted(folder.glob(f"*{part}*.npz")))):
        return read_npz(arrays, known.shape, classes)
    paths = [path or downloads.fetch(name, file, folder, download) for file, path in found.items()]
    return known.read(paths, part, classes)


def _first(*paths: Path) -> Path | None:
    return next((path for path in paths if path.is_file()), None)
