"""Reads a folder of the user's own pictures, which has one folder for each class."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.classification.config import ClassifyConfig
from training.classification.picture_modes import shown
from training.classification.pictures import Pictures, PictureSet, Pixels, digest, parts
from training.errors import InvalidParameter

log = logging.getLogger("derivable.training")

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")
# Pictures of a large camera; what claims more is damaged, or made to hurt.
_MOST_PIXELS = 50_000_000
# Damaged files that a message names.
_NAMED = 3
# So that trainings with other seeds are judged by the same pictures.
_SEED = 0
# Each with its file.
Read = list[tuple[Path, Pixels]]


def load(config: ClassifyConfig) -> PictureSet:
    """The pictures CLASS/*.png, or where there are folders train and test, those of each.

    They have colours where one of them has.

    Raises:
        InvalidParameter: there are fewer than two classes, a file is no picture, or sizes differ; names the file.
    """
    assert config.data_dir is not None, "refused without"
    folder = config.data_dir
    parts = [folder / part for part in ("train", "test")]
    whole = [part for part in parts if part.is_dir()] if all(part.is_dir() for part in parts) else [folder]
    classes = _classes(whole[0])
    read = [_read(part, classes, config.picture_size) for part in whole]
    shape = _shape([each for part, _ in read for each in part])
    pictures = [Pictures(_stacked(part, shape), labels, _names(part, folder)) for part, labels in read]
    train, test = pictures if len(pictures) == 2 else _cut(pictures[0], config.test_part)
    for part, pictures_of in (("train", train), ("test", test)):
        if not len(pictures_of):
            raise InvalidParameter(f"data_dir: {folder} has no pictures to {part} with")
    # Batches that follow the folders would be of one class each.
    train = train.take(np.random.default_rng(_SEED).permutation(len(train)))
    return PictureSet(config.named, classes, train, test, "resize", digest(train, test))


def _cut(pictures: Pictures, test_part: float) -> tuple[Pictures, Pictures]:
    tested = parts(pictures.labels, test_part, _SEED) == 0
    return pictures.take(~tested), pictures.take(tested)


def _classes(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        raise InvalidParameter(f"data_dir: {folder} is not a folder")
    found = {path.name: _files(path) for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != "."}
    classes = tuple(name for name, files in found.items() if files)
    for name in sorted(found.keys() - set(classes)):
        log.warning("%s is left out: no file there is a picture (%s)", folder / name, ", ".join(_SUFFIXES))
    if len(classes) < 2:
        raise InvalidParameter(f"data_dir: {folder} has {len(classes)} folders of pictures, not one for each class")
    return classes


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in _visible(folder) if path.suffix.lower() in _SUFFIXES)


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name[0] != "."]


def _read(folder: Path, classes: Sequence[str], size: int | None) -> tuple[Read, NDArray[np.int64]]:
    """The pictures of a folder, class by class, and their labels."""
    read: Read = []
    labels: list[int] = []
    damaged: list[str] = []
    for label, name in enumerate(classes):
        files = _files(folder / name) if (folder / name).is_dir() else []
        _tell_others(folder / name, files)
        for path in files:
            try:
                read.append((path, _pixels(path, size)))
            except ValueError as error:
                damaged.append(f"{path} cannot be used: {error}")
        labels += [label] * len(files)
    if damaged:
        raise InvalidParameter(f"data_dir: {_counted(damaged, len(labels))}")
    return read, np.array(labels, np.int64)


def _counted(damaged: Sequence[str], files: int) -> str:
    """The first files that cannot be used, and how many there are."""
    if len(damaged) == 1:
        return damaged[0]
    more = "; …" if len(damaged) > _NAMED else ""
    return f"{len(damaged):,} of {files:,} files are damaged: {'; '.join(damaged[:_NAMED])}{more}"


def _names(read: Read, folder: Path) -> tuple[str, ...]:
    return tuple(str(path.relative_to(folder)) for path, _ in read)


def _tell_others(folder: Path, files: Sequence[Path]) -> None:
    """Log which files beside the pictures are none."""
    others = sorted({*_visible(folder)} - {*files}) if files else []
    if others:
        log.warning(
            "left out of %s, as no picture that is read here: %s", folder, ", ".join(o.name for o in others[:3])
        )


def _shape(read: Read) -> tuple[int, ...]:
    """The shape that all pictures have."""
    height, width = read[0][1].shape[:2]
    for path, pixels in read:
        if pixels.shape[:2] != (height, width):
            raise InvalidParameter(
                f"data_dir: {path} is {pixels.shape[1]} x {pixels.shape[0]}, others are {width} x {height}: "
                "give a picture_size"
            )
    return (height, width, 3) if any(pixels.ndim == 3 for _, pixels in read) else (height, width)


def _stacked(read: Read, shape: tuple[int, ...]) -> Pixels:
    """(m, *shape): a grey picture among those with colours has its grey in each of them."""
    stacked = np.empty((len(read), *shape), np.uint8)
    for place, (_, pixels) in zip(stacked, read, strict=True):
        place[:] = pixels if pixels.ndim == len(shape) else pixels[..., None]
    return stacked


def _pixels(path: Path, size: int | None) -> Pixels:
    """(height, width), or (height, width, 3) where it has colours.

    Raises:
        ValueError: the file is damaged, or larger than a picture may be.
    """
    try:
        with _open(path) as file:
            image = shown(file)
            pixels = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC) if size else image)
    except Exception as error:
        # Of damaged files, decoders raise whatever they stumble over.
        raise ValueError(error) from error
    # Grey pictures are often kept as if they had colours.
    return pixels[..., 0] if pixels.ndim == 3 and not np.ptp(pixels, axis=2).any() else pixels


def _open(path: Path) -> Image.Image:
    """A picture with its size, not yet decompressed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(path, formats=_FORMATS)
    if image.width * image.height > _MOST_PIXELS:
        raise ValueError(f"it has more than {_MOST_PIXELS:,} pixels")
    return image
