"""What is said of pictures and of what was trained with them."""

from pathlib import Path
from typing import Any

from tests.support.pictures import digits
from training.classification.config import ClassifyConfig
from training.classification.diagnosis.findings import Findings, examine
from training.classification.pictures import PictureSet
from training.classification.training import train


def found(folder: Path, pictures: PictureSet, **changes: Any) -> Findings:
    config = ClassifyConfig.model_validate({"hidden": "none", "l2_lambda": "1", "epochs": 3} | changes)
    (best,) = train(config, pictures, folder)
    return examine(config, pictures, best, folder)


def test_small_sets_have_a_learning_curve_unless_it_is_not_wanted(tmp_path: Path) -> None:
    findings = found(tmp_path, digits())
    assert findings.curve is not None
    assert findings.tags == {"more_pictures": findings.curve.sentence}
    assert findings.lines == [findings.curve.sentence]
    assert found(tmp_path, digits(), learning_curve=False) == Findings()


def test_a_network_that_takes_long_has_one_where_it_is_asked_for(tmp_path: Path) -> None:
    slow = {"network": "conv", "hidden": "4,4", "batch_size": 32}
    assert found(tmp_path, digits(), **slow).curve is None
    assert found(tmp_path, digits(), learning_curve=True, **slow).curve is not None


def test_a_duplicate_is_warned_of(tmp_path: Path) -> None:
    pictures = digits()
    pictures.test.pixels[3] = pictures.train.pixels[5]
    findings = found(tmp_path, pictures, learning_curve=False)
    assert "row 3 = row 5" in findings.tags["duplicates"]
    assert findings.lines == [f"warning: {findings.duplicates}"]
