"""Small sets of pictures that packages bring, or the study: twenty of each class to train with, others to test with."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits

from training.classification.picture_sets import load_known
from training.classification.pictures import Pictures, PictureSet, Pixels, digest
from training.errors import InvalidParameter

_EACH = 20
# Pictures to test with, at most.
_TESTED = 200
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIDE = 32


def collections(folder: Path | None) -> Iterator[PictureSet]:
    """All sets that are there; the others are named."""
    digits = load_digits()
    yield _drawn("scikit-learn's digits", (digits.images * 15).astype(np.uint8), digits.target, "digit")
    yield _characters()
    if images := _of_scikit_image():
        faces = (255 * np.load(images / "lfw_subset.npy")).astype(np.uint8)
        yield _drawn("faces or not (scikit-image)", faces, np.repeat([0, 1], 100), "resize")
        yield _textures(images)
    else:
        print("left out: faces and textures, which scikit-image brings (an extra of `make bench`)")
    for name in ("mnist", "fashion_mnist", "cats"):
        try:
            known = load_known(name, folder)
        except InvalidParameter as error:
            print(f"left out: {error}")
            continue
        yield _of_known(known)


def _of_known(known: PictureSet) -> PictureSet:
    pixels, labels = (
        np.concatenate([getattr(part, of) for part in (known.train, known.test)]) for of in ("pixels", "labels")
    )
    return _drawn(known.name, pixels, labels, known.preparation, len(known.train))


def _drawn(name: str, pixels: Pixels, labels: np.ndarray, preparation: str, last: int | None = None) -> PictureSet:
    """Twenty of each class, drawn; others to test with, of those that come after the last row to train with."""
    order = np.random.default_rng(0).permutation(len(labels))
    trainable = order[order < last] if last else order
    chosen = np.concatenate([trainable[labels[trainable] == label][:_EACH] for label in np.unique(labels)])
    others = order[order >= last] if last else np.setdiff1d(order, chosen)
    others = np.random.default_rng(0).permutation(others)[:_TESTED]
    return _set(name, Pictures(pixels[chosen], labels[chosen]), Pictures(pixels[others], labels[others]), preparation)


def _set(name: str, train: Pictures, test: Pictures, preparation: str) -> PictureSet:
    train, test = (Pictures(part.pixels, part.labels.astype(np.int64)) for part in (train, test))
    classes = tuple(map(str, range(int(train.labels.max()) + 1)))
    order = np.random.default_rng(1).permutation(len(train))
    prepared = "digit" if preparation == "digit" else "resize"
    return PictureSet(name, classes, train.take(order), test, prepared, digest(train, test))  # type: ignore[arg-type]


def _of_scikit_image() -> Path | None:
    """The folder of its pictures; the package is not imported."""
    found = find_spec("skimage")
    return Path(found.origin).parent / "data" if found and found.origin else None


def _textures(folder: Path) -> PictureSet:
    """Pieces of brick, grass and gravel: of the left half to train with, and of the right one to test with."""
    parts: list[list[Pixels]] = [[], []]
    for name in ("brick", "grass", "gravel"):
        picture = np.asarray(Image.open(folder / f"{name}.png").convert("L"))
        middle = picture.shape[1] // 2
        for pieces, half in zip(parts, (picture[:, :middle], picture[:, middle:]), strict=True):
            pieces.append(_pieces(half)[: _EACH if pieces is parts[0] else _TESTED // 3])
    train, test = (Pictures(np.concatenate(pieces), np.repeat(range(3), list(map(len, pieces)))) for pieces in parts)
    return _set("textures (scikit-image)", train, test, "resize")


def _pieces(picture: Pixels) -> Pixels:
    rows, columns = (side // _SIDE for side in picture.shape)
    cut = picture[: rows * _SIDE, : columns * _SIDE].reshape(rows, _SIDE, columns, _SIDE).swapaxes(1, 2)
    return np.random.default_rng(0).permutation(cut.reshape(-1, _SIDE, _SIDE))


def _characters() -> PictureSet:
    """Digits and capitals in the typefaces of Matplotlib: most to train with, others to test with."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    faces = sorted(
        path for path in folder.glob("*.ttf") if path.name.startswith(("DejaVu", "STIXGeneral", "cmr10", "cms", "cmt"))
    )
    faces = [
        path for path in faces if path.name not in ("cmsy10.ttf", "DejaVuSansDisplay.ttf", "DejaVuSerifDisplay.ttf")
    ]
    tested, parts = faces[::4], []
    for some in ([face for face in faces if face not in tested], tested):
        pixels = [_character(character, face) for character in _CHARACTERS for face in some]
        parts.append(Pictures(np.stack(pixels), np.repeat(range(len(_CHARACTERS)), len(some))))
    train, test = parts
    return _set("36 characters in typefaces (Matplotlib)", train, test, "digit")


def _character(character: str, face: Path) -> Pixels:
    image = Image.new("L", (28, 28))
    ImageDraw.Draw(image).text((14, 14), character, 255, ImageFont.truetype(face, 22), anchor="mm")
    return np.asarray(image)
