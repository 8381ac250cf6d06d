"""The page in a browser, as a person uses it: Chromium without a screen, against the running service."""

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.pictures import digits
from tests.service import Service, serving
from tests.test_classifiers import ACCURACIES, coloured, train
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register
from training.fit import fit
from training.regression.config import FitConfig

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")


@pytest.fixture(scope="module")
def shown(
    empty_database: Path, environment: dict[str, str], project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with two versions of a function and two classifiers: of digits, and of coloured pictures."""
    folder = tmp_path_factory.mktemp("shown")
    uri = f"sqlite:///{shutil.copy(empty_database, folder)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for preset in ("standard", "precise"):
            fit(FitConfig.model_validate({"preset": preset, "points": 500, "champion": "always"}))
        register_classifiers(folder)
    with serving(folder, environment | {"PYTHONPATH": str(project), "MLFLOW_TRACKING_URI": uri}) as running:
        yield running


def register_classifiers(folder: Path) -> None:
    """Of digits that are drawn, and of coloured pictures of them."""
    drawn = replace(digits(800, 200), preparation="digit")
    for name, pictures in {"drawn": drawn, "colours": coloured(digits(200, 60, classes=2))}.items():
        module = train(pictures, folder, learning_rate=0.1, activation="tanh")
        with mlflow.start_run():
            register(PixelClassifier.of(module, 0.1), name, pictures, ACCURACIES, "better")


def probabilities(page: Page, answer: str) -> dict[str, float]:
    """What a classifier has said, once it has."""
    rows = page.locator(f"#{answer} li")
    expect(rows.first).to_be_visible()
    found: list[list[str]] = rows.evaluate_all(
        "(rows) => rows.map((row) => [row.firstChild.textContent, row.lastChild.textContent])"
    )
    return {name: float(value.removesuffix("%")) for name, value in found}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, shown: Service) -> Iterator[Page]:
    """The page, loaded, without a network beyond this machine; nothing may complain on the console to the end."""
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(shown.url) else route.abort())
    page.goto(shown.url)
    expect(page.locator("#chart .main-svg").first).to_be_visible()
    yield page
    page.close()
    assert complaints == []


def wait_until(page: Page, condition: str) -> None:
    """Until a condition in JavaScript holds of the chart; Playwright's own way needs eval, which is not allowed."""
    deadline = time.monotonic() + 10
    while not page.evaluate(f"(({{ data }}) => {condition})(document.getElementById('chart'))"):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


def curves(page: Page) -> list[str]:
    names: list[str] = page.evaluate("document.getElementById('chart').data.map((curve) => curve.name)")
    return names


def visible(page: Page) -> list[float]:
    ends: list[float] = page.evaluate("document.getElementById('chart').layout.xaxis.range.map(Number)")
    return ends


def test_a_function_its_derivatives_and_the_truth(page: Page) -> None:
    expect(page.locator("#function")).to_have_value("gaussian")
    assert curves(page) == ["version 2", "truth"] * 3
    page.get_by_label("Truth").uncheck()
    wait_until(page, "data.length === 3")
    assert curves(page) == ["version 2"] * 3


def test_the_error(page: Page) -> None:
    page.get_by_label("Error").check()
    wait_until(page, "data.length === 9")
    assert curves(page)[-3:] == ["error of f", "error of f′", "error of f″"]
    assert page.evaluate("document.getElementById('chart').layout.yaxis4.type") == "log"


def test_two_versions(page: Page) -> None:
    page.locator("#other").select_option("1")
    wait_until(page, "data.length === 9")
    assert curves(page) == ["version 2", "version 1", "truth"] * 3


def test_another_version_and_the_link_to_its_run(page: Page) -> None:
    before = page.get_by_role("link", name="MLflow run").get_attribute("href")
    page.locator("#version").select_option("1")
    expect(page.get_by_role("link", name="MLflow run")).not_to_have_attribute("href", str(before))
    wait_until(page, "data[0].name === 'version 1'")
    link = str(page.get_by_role("link", name="MLflow run").get_attribute("href"))
    assert re.fullmatch(r"http://127\.0\.0\.1:5000/#/experiments/1/runs/[0-9a-f]{32}", link)


def test_the_domain_is_shaded(page: Page) -> None:
    (shape,) = page.evaluate("document.getElementById('chart').layout.shapes.map(({x0, x1}) => [x0, x1])")
    assert shape == [-5, 5]
    assert visible(page) == [-6, 6]
    expect(page.locator("#warnings")).to_contain_text("extrapolation: 134 of 801 points")


def test_the_values_are_asked_anew_at_the_visible_range(page: Page) -> None:
    with page.expect_request("**/evaluate?linspace=-3%2C3%2C801**"):
        page.get_by_role("button", name="Zoom in").click()
    wait_until(page, "data[0].x.at(-1) === 3")
    expect(page.locator("#range")).to_have_text("-3 to 3")
    box = page.locator("#chart .nsewdrag").first.bounding_box()
    assert box is not None
    with page.expect_request(lambda request: "evaluate?linspace=" in request.url):
        page.mouse.move(box["x"] + 300, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 50, steps=4)
        page.mouse.up()
    wait_until(page, "data[0].x[0] > -3")
    low, high = visible(page)
    assert high - low == pytest.approx(6)
    page.get_by_role("button", name="Whole domain").click()
    wait_until(page, "data[0].x[0] === -6")


def test_the_keyboard(page: Page) -> None:
    page.locator("#chart").focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, "data[0].x[0] === -3")
    page.keyboard.press("+")
    wait_until(page, "data[0].x[0] === 0")
    page.keyboard.press("0")
    wait_until(page, "data[0].x[0] === -6")


def test_hovering_reads_the_values(page: Page) -> None:
    box = page.locator("#chart .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    expect(page.locator("#reading")).to_contain_text(re.compile(r"x = 0.*f \(version 2\) = 0\.39"))


def test_drawing_a_digit(page: Page) -> None:
    canvas = page.locator("#digit")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    turns = np.linspace(0, 2 * np.pi, 25)
    places = np.column_stack([box["x"] + 140 + 55 * np.cos(turns), box["y"] + 140 + 90 * np.sin(turns)])
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places:
        page.mouse.move(*place)
    page.mouse.up()
    said = probabilities(page, "digit-answer")
    assert max(said, key=lambda name: said[name]) == "0"
    assert sum(said.values()) == pytest.approx(100, abs=0.5)
    expect(page.locator("#digit-answer .likeliest")).to_contain_text("0")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#digit-answer li")).to_have_count(0)


def test_drawing_with_the_keyboard(page: Page) -> None:
    page.locator("#digit").focus()
    for key in ["ArrowDown"] * 14 + [" ", "ArrowUp"]:
        page.keyboard.press(key)
    assert len(probabilities(page, "digit-answer")) == 10


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A coloured picture of a one, larger than the classifier takes."""
    ones = coloured(digits(200, 60, classes=2)).train
    pixels = ones.pixels[int(np.flatnonzero(ones.labels == 1)[0])]
    Image.fromarray(pixels).resize((200, 200)).save(tmp_path / "one.png")
    return tmp_path / "one.png"


def test_choosing_a_picture(page: Page, picture: Path) -> None:
    page.locator("#picture").set_input_files(picture)
    said = probabilities(page, "picture-answer")
    assert said["1"] > said["0"]
    expect(page.get_by_alt_text("The picture that was sent")).to_be_visible()


def test_dropping_a_picture(page: Page, picture: Path) -> None:
    page.locator("#drop").evaluate(
        """(drop, bytes) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "one.png", { type: "image/png" }));
            drop.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        list(picture.read_bytes()),
    )
    said = probabilities(page, "picture-answer")
    assert said["1"] > said["0"]


def test_what_went_wrong_is_shown(browser: Browser, shown: Service, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(shown.url)
    expect(page.locator("#chart .main-svg").first).to_be_visible()
    (tmp_path / "text.png").write_text("not a picture")
    page.locator("#picture").set_input_files(tmp_path / "text.png")
    expect(page.get_by_role("alert")).to_contain_text("is not a picture")
    page.close()


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width_and_both_schemes(browser: Browser, shown: Service, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(shown.url)
    expect(page.locator("#chart .main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 22, 29)"
    )
    page.close()


def test_the_documentation_needs_no_network(browser: Browser, shown: Service) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(shown.url) else route.abort())
    page.goto(f"{shown.url}/docs")
    expect(page.get_by_text("/classifiers/{name}/predict")).to_be_visible()
    page.close()
    assert complaints == []
