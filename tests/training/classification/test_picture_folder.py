"""A folder of the user's own pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import digits, write_folder
from training.classification.config import ClassifyConfig
from training.classification.picture_sets import load
from training.errors import InvalidParameter


def config(folder: Path, **changes: Any) -> ClassifyConfig:
    return ClassifyConfig.model_validate({"dataset": "pictures", "data_dir": folder} | changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = digits(100, classes=3)
    write_folder(tmp_path / "numbers", pictures.train, pictures.classes)
    return tmp_path / "numbers"


def test_a_part_of_each_class_is_held_out_the_same_each_time(folder: Path) -> None:
    first, again = (load(config(folder, test_part=0.25, seed=seed)) for seed in (0, 1))
    assert (first.name, first.classes, first.shape, first.preparation) == ("numbers", ("0", "1", "2"), (8, 8), "resize")
    assert (len(first.train), len(first.test)) == (75, 25)
    assert np.abs(np.bincount(first.train.labels) - 25).max() <= 1
    assert first.digest == again.digest
    assert config(folder).registered_name == "numbers"


def test_folders_train_and_test_are_taken_as_they_are(tmp_path: Path) -> None:
    pictures = digits(50, 20, classes=3)
    for part in ("train", "test"):
        write_folder(tmp_path / part, getattr(pictures, part), pictures.classes)
    found = load(config(tmp_path))
    assert (len(found.train), len(found.test)) == (50, 20)
    order = np.argsort(pictures.test.labels, kind="stable")
    assert np.array_equal(found.test.pixels, pictures.test.pixels[order])


def test_other_sizes_are_refused_by_name_or_resized(folder: Path) -> None:
    Image.new("RGB", (20, 10)).save(folder / "2" / "wide.jpg")
    with pytest.raises(InvalidParameter, match=r"wide\.jpg is 20 x 10, others are 8 x 8: give a picture_size"):
        load(config(folder))
    assert load(config(folder, picture_size=12)).shape == (12, 12)


def test_colours_are_kept(tmp_path: Path) -> None:
    for name, colour in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
        (tmp_path / name).mkdir()
        for number in range(10):
            Image.new("RGB", (6, 5), colour).save(tmp_path / name / f"{number}.png")
    found = load(config(tmp_path))
    assert found.shape == (5, 6, 3)
    assert found.train.pixels[0, 0, 0].tolist() == [0, 0, 255]


def test_every_picture_counts_for_the_colours(folder: Path) -> None:
    grey = load(config(folder))
    coloured = Image.new("RGB", (8, 8), (1, 2, 3))
    coloured.save(folder / "2" / "zzz.png")
    found = load(config(folder))
    assert (grey.shape, found.shape) == ((8, 8), (8, 8, 3))
    shades = found.train.pixels[np.ptp(found.train.pixels, axis=3).max((1, 2)) == 0]
    assert {picture[..., 0].tobytes() for picture in shades} >= {picture.tobytes() for picture in grey.train.pixels[:5]}


def test_light_and_dark_of_every_kind_are_told_apart(tmp_path: Path) -> None:
    """Grey of 16 bits, and what is drawn by its transparency alone, as in 8 bits on white."""
    draw = np.random.default_rng(0)
    levels = {"light": draw.integers(150, 200, (10, 8, 8)), "dark": draw.integers(40, 90, (10, 8, 8))}
    for name, pixels in levels.items():
        for kind, images in {
            "plain": [Image.fromarray(one.astype(np.uint8)) for one in pixels],
            "deep": [Image.fromarray((one * 257).astype(np.uint16)) for one in pixels],
            "alpha": [Image.fromarray(np.dstack([0 * one] * 3 + [255 - one]).astype(np.uint8)) for one in pixels],
        }.items():
            (tmp_path / kind / name).mkdir(parents=True)
            for number, image in enumerate(images):
                image.save(tmp_path / kind / name / f"{number}.png")
    plain, deep, alpha = (load(config(tmp_path / kind)) for kind in ("plain", "deep", "alpha"))
    assert plain.digest == deep.digest == alpha.digest


def test_what_is_left_out_is_named(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "1" / "zzz.heic").write_bytes(b"something")
    (folder / "1" / ".hidden").write_bytes(b"something")
    (folder / "notes").mkdir()
    (folder / "notes" / "readme.txt").write_text("something")
    assert load(config(folder)).classes == ("0", "1", "2")
    left_out, other = caplog.messages
    assert "notes is left out: no file there is a picture" in left_out
    assert other.endswith("numbers/1, as no picture that is read here: zzz.heic")


def test_what_is_no_picture_is_refused_by_name(folder: Path) -> None:
    (folder / "1" / "zzz.png").write_bytes(b"nonsense")
    with pytest.raises(InvalidParameter, match=r"zzz\.png cannot be used: cannot identify image file"):
        load(config(folder))


def test_files_that_are_no_pictures_are_counted_and_the_first_are_named(folder: Path) -> None:
    for number in range(5):
        (folder / "1" / f"z{number}.png").write_bytes(b"nonsense")
    with pytest.raises(
        InvalidParameter, match=r"5 of \d+ files are damaged: \S+z0\.png cannot be used: cannot"
    ) as raised:
        load(config(folder))
    assert "z2.png" in str(raised.value)
    assert "z3.png" not in str(raised.value)


def test_pictures_have_the_names_of_their_files(folder: Path) -> None:
    found = load(config(folder))
    for part in (found.train, found.test):
        assert len(part.names) == len(part)
        row = len(part) // 2
        assert Path(part.names[row]).parent.name == found.classes[part.labels[row]]
        np.testing.assert_array_equal(np.asarray(Image.open(folder / part.names[row])), part.pixels[row])


def test_numbers_without_a_white_are_refused_by_name(folder: Path) -> None:
    Image.fromarray(np.ones((8, 8), np.float32)).save(folder / "1" / "zzz.tiff")
    with pytest.raises(InvalidParameter, match=r"zzz\.tiff cannot be used: nothing says which of its 32-bit numbers"):
        load(config(folder))


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="has 0 folders of pictures, not one for each class"):
        load(config(tmp_path))
