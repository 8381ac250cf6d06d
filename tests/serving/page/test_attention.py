"""A classifier that says what it knows and where it looked: over the wire, and on the page."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, expect

from tests.support.browser import CHROMIUM, accessible, opened
from tests.support.descriptions import CLASSIFIER
from tests.support.pictures import digits
from tests.support.service import Service, serving
from tests.support.stores import store_in
from tests.support.trained_classifiers import coloured
from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet
from training.export.classifier_model import register
from training.transfer.training import train

PREDICT = "/classifiers/pairs/predict"


@pytest.fixture(scope="module")
def pictures() -> PictureSet:
    return coloured(digits(40, 10, classes=2))


@pytest.fixture(scope="module")
def shown(
    empty_database: Path,
    environment: dict[str, str],
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pictures: PictureSet,
) -> Iterator[Service]:
    """A service with a classifier on features."""
    folder = tmp_path_factory.mktemp("shown")
    with store_in(folder, empty_database) as uri:
        config = ClassifyConfig.model_validate({"network": "features", "l2_lambda": "10", "epochs": 60})
        (trained,) = train(config, pictures, folder)
        with mlflow.start_run():
            register(trained.network, "pairs", pictures, CLASSIFIER, "always")
    own = environment | {"PYTHONPATH": str(project), "MLFLOW_TRACKING_URI": uri}
    with serving(folder, own) as running:
        yield running


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def test_it_says_what_it_knows_and_where_it_looked(shown: Service, pictures: PictureSet) -> None:
    pixels = np.concatenate([pictures.test.pixels, noise()[None]])
    *known, unknown = shown.client.post(PREDICT, json={"pixels": pixels.tolist()}).json()["predictions"]
    assert sum(one["known"] for one in known) > 7
    assert not unknown["known"]
    assert unknown["novelty"] > max(one["novelty"] for one in known)
    for one in known:
        attention = np.array(one["attention"])
        assert attention.shape == (7, 7)
        assert np.abs(attention).max() == 1
    right = [
        one["class_name"] == pictures.classes[label] for one, label in zip(known, pictures.test.labels, strict=True)
    ]
    assert sum(right) > 8
    (listed,) = shown.client.get("/models").json()
    assert (listed["network"], listed["any_size"], listed["attention"]) == ("features", True, [7, 7])
    assert 0 < listed["novelty_threshold"] < 1


def test_pixels_of_any_size_are_made_those_of_the_training(shown: Service, pictures: PictureSet) -> None:
    picture = pictures.test.pixels[0]
    own = shown.client.post(PREDICT, json={"pixels": picture.tolist()}).json()["predictions"]
    large = np.asarray(Image.fromarray(picture).resize((48, 80), Image.Resampling.NEAREST))
    for sent in (large, large[..., 0], large[None], np.stack([large[..., 0]])):
        (other,) = shown.client.post(PREDICT, json={"pixels": sent.tolist()}).json()["predictions"]
        assert other["class_name"] == own[0]["class_name"]
    refused: list[list[Any]] = [[1, 2], [[[[1, 2]]]], [[0, 256]], [[]]]
    for wrong in refused:
        answer = shown.client.post(PREDICT, json={"pixels": wrong})
        assert answer.status_code == 422, answer.text


def test_the_open_protocol_has_all_that_it_says(shown: Service, pictures: PictureSet) -> None:
    inputs = shown.client.get("/v2/models/pairs").json()
    assert inputs["inputs"][0]["shape"] == [-1, 16, 16, 3]
    assert [output["name"] for output in inputs["outputs"]] == ["probabilities", "novelty", "attention"]
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": [2, 16, 16, 3]}
    data = pictures.test.pixels[:2].ravel().tolist()
    answer = shown.client.post("/v2/models/pairs/infer", json={"inputs": [tensor | {"data": data}]}).json()
    assert {one["name"]: one["shape"] for one in answer["outputs"]} == {
        "probabilities": [2, 2],
        "novelty": [2],
        "attention": [2, 7, 7],
    }
    asked = {"inputs": [tensor | {"data": data}], "outputs": [{"name": "novelty"}]}
    (only,) = shown.client.post("/v2/models/pairs/infer", json=asked).json()["outputs"]
    assert only["name"] == "novelty"


def file(pixels: np.ndarray) -> FilePayload:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "png")
    return {"name": "picture.png", "mimeType": "image/png", "buffer": content.getvalue()}


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1200, "dark")])
def test_the_page_lays_it_over_the_picture(
    browser: Browser, shown: Service, pictures: PictureSet, width: int, scheme: str
) -> None:
    settings: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with opened(browser, shown, "", **settings) as page:
        page.locator("#picture").set_input_files(file(pictures.train.pixels[0]))
        expect(page.locator("#picture-answer li")).to_have_count(2)
        looked, picture = page.locator("#attention"), page.get_by_alt_text("The picture that was sent")
        expect(looked).to_be_visible()
        expect(looked).to_have_attribute("aria-label", re.compile(r"^The classifier looked mostly at the \w+"))
        assert looked.bounding_box() == picture.bounding_box()
        assert page.evaluate("document.getElementById('attention').width") == 7
        expect(page.locator("#picture-unknown")).to_be_hidden()
        accessible(page)
        page.get_by_label("Where the classifier looked").uncheck()
        expect(looked).to_be_hidden()
        expect(picture).to_be_visible()
        page.locator("#picture").set_input_files(file(noise()))
        expect(page.locator("#picture-unknown")).to_contain_text("None of these: the picture is unlike all")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)
