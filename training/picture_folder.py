"""Reads a folder of the user's own pictures, which has one folder for each class."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from training.classify_config import ClassifyConfig
from training.errors import InvalidParameter
from training.pictures import Pictures, PictureSet, Pixels, digest, parts

_SUFFIXES = (".png", ".jpg", ".jpeg")
# Pictures of a large camera; what claims more is damaged, or made to hurt.
_MOST_PIXELS = 50_000_000
# So that trainings with other seeds are judged by the same pictures.
_SEED = 0


def load(config: ClassifyConfig) -> PictureSet:
    """The pictures CLASS/*.png, or where there are folders train and test, those of each.

    Raises:
        InvalidParameter: there are fewer than two classes, a file is no picture, or sizes differ; names the file.
    """
    assert config.data_dir is not None, "refused without"
    folder = config.data_dir
    parts = [folder / part for part in ("train", "test")]
    whole = [part for part in parts if part.is_dir()] if all(part.is_dir() for part in parts) else [folder]
    classes = _classes(whole[0])
    shape = _shape(whole[0], classes, config.picture_size)
    read = [_read(part, classes, shape, resize=config.picture_size is not None) for part in whole]
    train, test = read if len(read) == 2 else _cut(read[0], config.test_part)
    for part, pictures in (("train", train), ("test", test)):
        if not len(pictures):
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
    classes = tuple(sorted(path.name for path in folder.iterdir() if path.is_dir() and _files(path)))
    if len(classes) < 2:
        raise InvalidParameter(f"data_dir: {folder} has {len(classes)} folders of pictures, not one for each class")
    return classes


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def _shape(folder: Path, classes: Sequence[str], size: int | None) -> tuple[int, ...]:
    """That of the first picture, or of its colours and the given size."""
    first = _open(_files(folder / classes[0])[0])
    height, width = (size, size) if size else (first.height, first.width)
    return (height, width) if _is_grey(first) else (height, width, 3)


def _read(folder: Path, classes: Sequence[str], shape: tuple[int, ...], resize: bool) -> Pictures:
    pixels, labels = [], []
    for label, name in enumerate(classes):
        files = _files(folder / name) if (folder / name).is_dir() else []
        pixels += [_pixels(path, shape, resize) for path in files]
        labels += [label] * len(files)
    stacked = np.stack(pixels) if pixels else np.empty((0, *shape), np.uint8)
    return Pictures(stacked, np.array(labels, np.int64))


def _pixels(path: Path, shape: tuple[int, ...], resize: bool) -> Pixels:
    height, width, *colours = shape
    image = _open(path).convert("RGB" if colours else "L")
    if resize:
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    elif image.size != (width, height):
        raise InvalidParameter(
            f"data_dir: {path} is {image.width} x {image.height}, others are {width} x {height}: give a picture_size"
        )
    return np.asarray(image)


def _open(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=("PNG", "JPEG"))
        if image.width * image.height > _MOST_PIXELS:
            raise ValueError(f"it has more than {_MOST_PIXELS:,} pixels")
        image.load()
    except Exception as error:
        # Of damaged files, decoders raise whatever they stumble over.
        raise InvalidParameter(f"data_dir: {path} can not be used: {error}") from error
    return image


def _is_grey(image: Image.Image) -> bool:
    return image.mode in ("1", "L", "LA", "I", "I;16")
