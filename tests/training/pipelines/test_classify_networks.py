"""Every network with the same pictures: searched, served, and with input that is not as it should be."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from PIL import Image

from serving.models.classifiers import load
from serving.models.logged_model import Version
from tests.support.idx import idx
from tests.support.pictures import digits, write_folder
from training.classification.config import ClassifyConfig
from training.classification.networks import NETWORKS
from training.errors import InvalidParameter
from training.pipelines.classify import Classification, classify

SMALL: dict[str, dict[str, Any]] = {
    "dense": {"hidden": "9", "epochs": 30, "learning_rate": 0.1},
    "conv": {"hidden": "6,8", "epochs": 6, "batch_size": 32},
    "features": {"epochs": 30},
}
TRAINED = [
    pytest.param(name, marks=pytest.mark.skipif(bool(row.package) and row.folder is None, reason=f"{name} is an extra"))
    for name, row in NETWORKS.items()
]
every_network = pytest.mark.parametrize("network", TRAINED)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where features are kept: all tests here have the same few pictures."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _same_features(cache: Path, monkeypatch: pytest.MonkeyPatch, _own_cache: None) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture
def folder(tmp_path: Path, store: str) -> Path:
    """Two digits, 40 pictures to train with and 20 to test with."""
    pictures = digits(40, 20, classes=2)
    for part in ("train", "test"):
        write_folder(tmp_path / "pictures" / part, getattr(pictures, part), ("nought", "one"))
    return tmp_path / "pictures"


def classified(network: str, folder: Path, **changes: Any) -> Classification:
    given = {"dataset": "pictures", "data_dir": folder, "network": network, "l2_lambda": "0.1", "learning_curve": False}
    given |= SMALL[network]
    return classify(ClassifyConfig.model_validate(given | changes))


@every_network
def test_a_search_chooses_a_lambda_that_is_served(network: str, folder: Path) -> None:
    result = classified(network, folder, search=True, l2_lambda="0.1,1")
    assert len(result.candidates) == 2
    assert [one.l2_lambda for one in result.trained] == [result.best.l2_lambda]
    assert result.best.test.accuracy > 0.8
    served = load(Path(mlflow.artifacts.download_artifacts("models:/pictures@champion")), Version("p", 1, None, "r"))
    answer = served(result.best.test.pictures.pixels)
    np.testing.assert_allclose(answer.probabilities, result.best.test.probabilities, rtol=0, atol=1e-5)


@every_network
def test_one_class_is_refused(network: str, folder: Path) -> None:
    with pytest.raises(InvalidParameter, match="has 1 folders of pictures, not one for each class"):
        classified(network, folder / "train", data_dir=_only(folder, "one"))


@every_network
def test_two_pictures_are_trained_with(network: str, folder: Path) -> None:
    for path in (folder / "train").glob("*/*.png"):
        if path not in {sorted(path.parent.glob("*.png"))[0]}:
            path.unlink()
    result = classified(network, folder)
    assert len(result.best.train.pictures) == 2
    assert result.registered
    assert result.registered.champion
    assert np.isfinite(result.best.test.probabilities).all()


@every_network
def test_a_class_that_only_one_part_has_is_no_hindrance(network: str, folder: Path) -> None:
    for part, name in (("train", "trained"), ("test", "tested")):
        (folder / part / name).mkdir()
        for number in range(6):
            Image.new("L", (8, 8), 20 * number).save(folder / part / name / f"{number}.png")
    result = classified(network, folder, register_as="none")
    assert result.best.test.probabilities.shape[1] == 3
    assert np.isfinite(result.best.test.probabilities).all()


@every_network
def test_damaged_files_are_counted_and_named(network: str, folder: Path) -> None:
    for number in range(4):
        (folder / "train" / "one" / f"a{number}.png").write_bytes(b"no picture")
    with pytest.raises(InvalidParameter, match=r"4 of 44 files are damaged: .*a0\.png cannot be used.*a2\.png"):
        classified(network, folder)


def test_of_several_lambda_that_is_registered_which_held_out_pictures_choose(folder: Path) -> None:
    """Where the network holds some out by itself."""
    result = classified("conv", folder, l2_lambda="0,0.1")
    losses = {one.l2_lambda: one.held_out.losses.mean() for one in result.trained if one.held_out}
    assert result.best.l2_lambda == min(losses, key=losses.__getitem__) == result.chosen
    assert result.registered


@pytest.mark.parametrize("network", TRAINED[1:])
def test_clothes_are_trained_with_from_the_files_of_their_authors(network: str, tmp_path: Path, store: str) -> None:
    """Digits in their place: files of these names and this form, a few pictures of each class."""
    pictures = digits(40, 20)
    for prefix, part in (("train", pictures.train), ("t10k", pictures.test)):
        large = np.pad(part.pixels.repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2)))
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(idx(large))
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(part.labels.astype(np.uint8)))
    given = {"dataset": "fashion_mnist", "data_dir": tmp_path, "network": network, "l2_lambda": "0.1", **SMALL[network]}
    result = classify(ClassifyConfig.model_validate(given | {"epochs": 12, "learning_curve": False}))
    assert (len(result.best.train.pictures), len(result.best.test.pictures)) == (40, 20)
    assert result.best.train.accuracy > 0.3
    assert result.registered
    served = load(
        Path(mlflow.artifacts.download_artifacts("models:/fashion_mnist@champion")), Version("f", 1, None, "r")
    )
    assert served.metadata.classes[9] == "Ankle boot"
    assert served.metadata.novelty_threshold is not None
    assert served.metadata.attention is not None
    answer = served(result.best.test.pictures.pixels)
    np.testing.assert_allclose(answer.probabilities, result.best.test.probabilities, rtol=0, atol=1e-5)


def _only(folder: Path, name: str) -> Path:
    """A folder with one class."""
    made = folder.parent / "single"
    (made / name).parent.mkdir()
    (folder / "train" / name).rename(made / name)
    return made
