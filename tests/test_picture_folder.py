"""A folder of the user's own pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.pictures import digits, write_folder
from training.classify_config import ClassifyConfig
from training.errors import InvalidParameter
from training.picture_sets import load


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


def test_what_is_no_picture_is_refused_by_name(folder: Path) -> None:
    (folder / "1" / "zzz.png").write_bytes(b"nonsense")
    with pytest.raises(InvalidParameter, match=r"zzz\.png can not be used: cannot identify image file"):
        load(config(folder))


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="has 0 folders of pictures, not one for each class"):
        load(config(tmp_path))
