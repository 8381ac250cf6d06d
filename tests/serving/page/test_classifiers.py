"""Classifiers on the page, in a browser: digits that are drawn, pictures that are chosen or dropped."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import CHROMIUM, accessible, opened, probabilities
from tests.support.descriptions import CLASSIFIER
from tests.support.environment import ROOT
from tests.support.pictures import digits
from tests.support.service import Service, serving
from tests.support.stores import store_in
from tests.support.trained_classifiers import coloured, train
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")


@pytest.fixture(scope="module")
def classifiers(
    empty_database: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with classifiers of digits and of pictures."""
    folder = tmp_path_factory.mktemp("classifiers")
    with store_in(folder, empty_database) as uri:
        register_classifiers(folder)
    own = environment | {"PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": uri}
    with serving(folder, own) as running:
        yield running


def register_classifiers(folder: Path) -> None:
    """A classifier of digits that are drawn, and one of coloured pictures of them."""
    drawn = replace(digits(800, 200), preparation="digit")
    for name, pictures in {"drawn": drawn, "colours": coloured(digits(200, 60, classes=2))}.items():
        module = train(pictures, folder, learning_rate=0.1, activation="tanh")
        with mlflow.start_run():
            register(PixelClassifier.of(module, 0.1), name, pictures, CLASSIFIER, "better")


@pytest.fixture(scope="module")
def loaded(browser: Browser, classifiers: Service) -> Iterator[Page]:
    """The page, loaded once. Nothing may complain on the console to the end."""
    # Chromium says of every refusal that it is one.
    with opened(browser, classifiers, tolerated="status of 422", viewport={"width": 1200, "height": 1000}) as page:
        expect(page.locator("#digits")).to_be_visible()
        yield page


def test_without_functions_there_are_only_classifiers(loaded: Page) -> None:
    for hidden in ("#functions", "#fields", "#nothing", "#problem"):
        expect(loaded.locator(hidden)).to_be_hidden()
    accessible(loaded)


def test_drawing_a_digit(loaded: Page) -> None:
    canvas = loaded.locator("#digit")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    turns = np.linspace(0, 2 * np.pi, 25)
    places = np.column_stack([box["x"] + 140 + 55 * np.cos(turns), box["y"] + 140 + 90 * np.sin(turns)])
    loaded.mouse.move(*places[0])
    loaded.mouse.down()
    for place in places:
        loaded.mouse.move(*place)
    loaded.mouse.up()
    said = probabilities(loaded, "digit-answer")
    assert max(said, key=lambda name: said[name]) == "0"
    assert sum(said.values()) == pytest.approx(100, abs=0.5)
    expect(loaded.locator("#digit-answer .likeliest")).to_contain_text("0")
    loaded.get_by_role("button", name="Clear").click()
    expect(loaded.locator("#digit-answer li")).to_have_count(0)


def test_what_is_none_of_the_digits_is_said(loaded: Page) -> None:
    said = {"class_name": "8", "probabilities": {"8": 1.0}, "known": False}
    loaded.route("**/predict", lambda route: route.fulfill(json={"predictions": [said]}))
    loaded.locator("#digit").click()
    expect(loaded.locator("#digit-unknown")).to_contain_text("None of these: the picture is unlike all")
    accessible(loaded)
    loaded.get_by_role("button", name="Clear").click()
    expect(loaded.locator("#digit-unknown")).to_be_hidden()
    loaded.unroute("**/predict")


def test_drawing_with_the_keyboard_and_nothing_for_an_empty_canvas(loaded: Page) -> None:
    asked: list[str] = []
    loaded.on("request", lambda request: asked.append(request.url) if "predict" in request.url else None)
    pen, canvas = loaded.locator("#pen"), loaded.locator("#digit")
    canvas.focus()
    loaded.keyboard.press("Space")
    expect(pen).to_be_visible()
    expect(pen).not_to_have_class(re.compile("down"))
    expect(loaded.get_by_role("button", name="Pen up")).to_have_attribute("aria-pressed", "false")
    before = pen.bounding_box()
    loaded.keyboard.press("ArrowDown")
    after = pen.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] - before["y"] == pytest.approx(10, abs=0.5)
    loaded.locator("#digit-model").select_option("drawn")
    loaded.wait_for_timeout(200)
    assert asked == [], "the canvas is empty"
    canvas.focus()
    for key in ["Space", *["ArrowDown"] * 14]:
        loaded.keyboard.press(key)
    expect(loaded.get_by_role("button", name="Pen down")).to_have_attribute("aria-pressed", "true")
    assert len(probabilities(loaded, "digit-answer")) == 10
    loaded.get_by_role("button", name="Clear").click()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A coloured picture of a one, larger than the classifier takes."""
    ones = coloured(digits(200, 60, classes=2)).train
    pixels = ones.pixels[int(np.flatnonzero(ones.labels == 1)[0])]
    Image.fromarray(pixels).resize((200, 200)).save(tmp_path / "one.png")
    return tmp_path / "one.png"


def test_choosing_a_picture_and_then_what_is_none(loaded: Page, picture: Path, tmp_path: Path) -> None:
    loaded.locator("#picture").set_input_files(picture)
    said = probabilities(loaded, "picture-answer")
    assert said["1"] > said["0"]
    shown = loaded.get_by_alt_text("The picture that was sent")
    expect(shown).to_be_visible()
    (tmp_path / "text.png").write_text("not a picture")
    loaded.locator("#picture").set_input_files(tmp_path / "text.png")
    expect(loaded.locator("#picture-problem")).to_contain_text("is not a picture")
    expect(loaded.locator("#picture-answer li")).to_have_count(0)
    expect(shown).to_be_hidden()
    expect(loaded.locator("#problem")).to_be_hidden()


def test_dropping_a_picture(loaded: Page, picture: Path) -> None:
    loaded.locator("#drop").evaluate(
        """(drop, bytes) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "one.png", { type: "image/png" }));
            drop.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        list(picture.read_bytes()),
    )
    said = probabilities(loaded, "picture-answer")
    assert said["1"] > said["0"]
    expect(loaded.locator("#picture-problem")).to_be_hidden()


def test_their_card_and_their_documentation(browser: Browser, classifiers: Service) -> None:
    with opened(browser, classifiers, "catalog") as page:
        expect(page.locator(".card", has_text="digits")).to_contain_text("80.0 % on test pictures")
    with opened(browser, classifiers, "docs", tolerated="redoc.ly") as page:
        operation = page.locator(".opblock", has=page.get_by_text("Classify pictures", exact=True))
        operation.locator(".opblock-summary-path").click()
        with page.expect_response(re.compile("predict")) as answered:
            operation.get_by_role("button", name="Execute").click()
        assert answered.value.status == 200, answered.value.text()
