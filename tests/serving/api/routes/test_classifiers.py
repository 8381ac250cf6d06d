"""Registered classifiers, as the service answers with them and as it refuses them."""

import io
import shutil
import zlib
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import torch
from PIL import Image

from serving.models.classifiers import load
from serving.models.logged_model import Version
from tests.support.descriptions import CLASSIFIER
from tests.support.pictures import digits
from tests.support.service import Service, serving
from tests.support.trained_classifiers import coloured, train
from training.classification.classifier import Classifier, predictions
from training.classification.pictures import PictureSet
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register

PREDICT = "/classifiers/digits/predict"


def png(pixels: np.ndarray, kind: str = "png") -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind)
    return content.getvalue()


TRAINED: dict[str, tuple[dict[str, Any], PictureSet]] = {
    "digits": ({"learning_rate": 0.1, "activation": "tanh"}, digits(800, 200)),
    "softmax": ({"learning_rate": 0.1, "loss": "cross_entropy", "activation": "sigmoid"}, digits(400, 100)),
    "colours": ({"learning_rate": 0.1}, coloured(digits(200, 60, classes=2))),
}


@pytest.fixture(scope="module")
def store_folder(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Path]:
    """A store with three registered classifiers."""
    folder = tmp_path_factory.mktemp("classifiers")
    shutil.copy(empty_database, folder)
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        for name in TRAINED:
            with mlflow.start_run():
                register(PixelClassifier.of(modules(folder)[name], 0.1), name, TRAINED[name][1], CLASSIFIER, "better")
        yield folder


_MODULES: dict[str, Classifier] = {}


def modules(folder: Path) -> dict[str, Classifier]:
    """What was trained, by name."""
    for name, (changes, pictures) in TRAINED.items():
        if name not in _MODULES:
            _MODULES[name] = train(pictures, folder, **changes)
    return _MODULES


@pytest.fixture(scope="module")
def service(store_folder: Path, environment: dict[str, str], project: Path) -> Iterator[Service]:
    with serving(store_folder, environment | {"PYTHONPATH": str(project)}) as running:
        yield running


def files(*contents: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    return [("pictures", (f"{number}.png", content)) for number, content in enumerate(contents)]


def exported(folder: Path, name: str) -> Path:
    """The registered classifier as it lies in the store."""
    return Path(mlflow.artifacts.download_artifacts(f"models:/{name}@champion", dst_path=str(folder)))


@pytest.mark.parametrize("name", TRAINED)
def test_pixels_get_the_predictions_of_training(service: Service, store_folder: Path, name: str) -> None:
    """On pictures that were trained with: none has ink in a pixel that these have in common."""
    pictures, module = TRAINED[name][1], modules(store_folder)[name]
    pixels = pictures.train.pixels[:100]
    answer = service.client.post(f"/classifiers/{name}/predict", json={"pixels": pixels.tolist()}).json()
    expected = [pictures.classes[label] for label in predictions(module.logits(pixels)[0])]
    assert [one["class_name"] for one in answer["predictions"]] == expected
    with torch.inference_mode():
        (truth,) = PixelClassifier.of(module, 0.1)(torch.from_numpy(pixels))
    for one, row in zip(answer["predictions"], truth.tolist(), strict=True):
        assert list(one["probabilities"]) == list(pictures.classes)
        assert list(one["probabilities"].values()) == pytest.approx(row, abs=1e-6)
        assert one["probability"] == max(one["probabilities"].values())
        assert sum(row) == pytest.approx(1, abs=1e-6)
    assert answer["model"]["name"] == name


def test_one_picture_or_several_in_json_or_in_files(service: Service) -> None:
    pixels = TRAINED["digits"][1].test.pixels[:3]
    several = service.client.post(PREDICT, json={"pixels": pixels.tolist()}).json()["predictions"]
    one = service.client.post(PREDICT, json={"pixels": pixels[0].tolist()}).json()["predictions"]
    sent = service.client.post(PREDICT, files=files(*map(png, pixels))).json()["predictions"]
    assert several[:1] == one
    assert sent == several


def test_the_classifiers_are_listed_beside_the_functions(service: Service) -> None:
    listed = {model["name"]: model for model in service.client.get("/models").json()}
    assert set(listed) == set(TRAINED)
    assert "/runs/" in listed["colours"].pop("run_url")
    assert listed["colours"] | {"run_id": ""} == {
        "name": "colours",
        "version": 1,
        "alias": "champion",
        "run_id": "",
        "kind": "classifier",
        "dataset": "colours",
        "classes": ["0", "1"],
        "shape": [16, 16, 3],
        "preparation": "resize",
        "any_size": False,
        # What only other networks say.
        **dict.fromkeys(["network", "temperature", "calibration_error", "novelty_threshold", "attention"]),
        **CLASSIFIER,
    }


def bomb(side: int) -> bytes:
    """A PNG that claims to be of this side."""
    content = bytearray(png(np.zeros((1, 1), np.uint8)))
    content[16:24] = side.to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b"nonsense", 422, "'0.png' is not a picture: expected PNG or JPEG"),
        (b"", 422, "'0.png' is not a picture"),
        (png(np.zeros((9, 9), np.uint8), "gif"), 422, "'0.png' is a GIF picture: expected PNG or JPEG"),
        (png(np.full((90, 90), 7, np.uint8))[:-40], 422, "'0.png' is a damaged picture"),
        (bomb(8_000), 413, "pictures of more than 25,000,000 pixels, with '0.png'"),
        (bomb(60_000), 413, "'0.png' has more than 25,000,000 pixels"),
        (bomb(0), 422, "'0.png' is not a picture"),
    ],
)
def test_what_is_no_picture_or_too_large_is_the_client_s_mistake(
    service: Service, content: bytes, status: int, detail: str
) -> None:
    answer = service.client.post(PREDICT, files=files(content))
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("request_", "status", "detail"),
    [
        ({"json": {"pixels": []}}, 422, "List should have at least 1 item"),
        ({"json": {"pixels": [[1, 2], [3]]}}, 422, "rows of different lengths"),
        ({"json": {"pixels": [[0.5] * 8] * 8}}, 422, "expected whole numbers from 0 to 255 in the shape [8, 8]"),
        ({"json": {"pixels": [[256] * 8] * 8}}, 422, "expected whole numbers from 0 to 255"),
        ({"json": {"pixels": [["1"] * 8] * 8}}, 422, "expected whole numbers from 0 to 255"),
        ({"json": {"pixels": [[True] * 8] * 8}}, 422, "expected whole numbers from 0 to 255"),
        ({"json": {"pixels": [[2**70] * 8] * 8}}, 422, "expected whole numbers from 0 to 255"),
        ({"json": {"pixels": [[1] * 9] * 9}}, 422, "not [9, 9]"),
        ({"json": {"pictures": [1]}}, 422, "Field required"),
        ({"content": b"[" * 100_000}, 422, "recursion limit exceeded"),
        ({"content": b"nonsense"}, 422, "Invalid JSON"),
        ({"data": {"pictures": "text"}, "files": [("other", b"x")]}, 400, "Too many fields"),
        ({"files": [("other", b"x")]}, 422, "expected files in the field 'pictures', and nothing else"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "Missing boundary"),
    ],
)
def test_a_wrong_request_is_a_4xx_that_says_why(
    service: Service, request_: dict[str, Any], status: int, detail: str
) -> None:
    answer = service.client.post(PREDICT, **request_)
    assert answer.status_code == status, answer.text
    assert detail in answer.text


def test_only_classifiers_classify(service: Service) -> None:
    answer = service.client.post("/classifiers/nope/predict", json={"pixels": [1]})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "no classifier 'nope' is served; GET /models lists those that are"
    answer = service.client.get("/functions/digits/evaluate?x=1")
    assert (answer.status_code, answer.json()["detail"][:28]) == (404, "no function 'digits' is serv")


def test_nothing_went_wrong_unseen(service: Service) -> None:
    assert "Traceback" not in service.log.read_text()


def test_the_weights_are_in_the_one_file_and_a_constant_pixel_says_nothing(store_folder: Path, tmp_path: Path) -> None:
    path, pictures = exported(tmp_path, "digits"), TRAINED["digits"][1]
    assert [file.name for file in path.iterdir() if file.suffix in (".onnx", ".data")] == ["model.onnx"]
    classifier = load(path, Version("digits", 1, "champion", "r"))
    constant = (pictures.train.pixels == pictures.train.pixels[0]).all(0)
    assert constant.any()
    speck = pictures.test.pixels[:5].copy()
    speck[:, constant] = 255
    np.testing.assert_array_equal(classifier(speck).probabilities, classifier(pictures.test.pixels[:5]).probabilities)
    assert classifier(speck[:0]).probabilities.shape == (0, 10)
