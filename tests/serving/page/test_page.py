"""The page in a browser, as a person uses it: Chromium without a screen, against the running service."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser import (
    ARGUMENTS,
    CHROMIUM,
    accessible,
    curves,
    drawn,
    of_chart,
    opened,
    probabilities,
    touch,
    values,
    wait_until,
)
from tests.support.descriptions import CLASSIFIER
from tests.support.pictures import digits
from tests.support.processes import free_port
from tests.support.service import Service, serving
from tests.support.trained_classifiers import coloured, train
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register
from training.fit import fit
from training.regression.config import FitConfig

TRUTH, ERROR = "Truth", "Error |fit − truth|"
# Where MLflow's UI is to be; in the beginning nothing is.
UI_PORT = free_port()

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")


@pytest.fixture(scope="module")
def shown(
    empty_database: Path, environment: dict[str, str], project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with two versions of a function, noisy data, a formula, and classifiers of digits and of pictures."""
    folder = tmp_path_factory.mktemp("shown")
    uri = f"sqlite:///{shutil.copy(empty_database, folder)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        rng = np.random.default_rng(0)
        x = rng.uniform(0, 6, 60)
        rows = np.column_stack([x, np.sin(x) + rng.normal(0, 0.1, len(x))])
        np.savetxt("waves.csv", rows, delimiter=",", header="x,y", comments="")
        common = {"preset": "precise", "points": 300, "champion": "always"}
        for given in (
            common | {"hidden": "8", "optimizer": "varpro"},
            common,
            common | {"target": "exp(-x^2) * cos(2*x)", "domain": "-3,3", "hidden": "12", "optimizer": "varpro"},
            {"data": "waves.csv", "optimizer": "evidence", "hidden": "10", "champion": "always"},
        ):
            fit(FitConfig.model_validate(given))
        register_classifiers(folder)
    own = environment | {"PYTHONPATH": str(project), "MLFLOW_TRACKING_URI": uri}
    with serving(folder, own, f"--ui_url=http://127.0.0.1:{UI_PORT}") as running:
        yield running


def register_classifiers(folder: Path) -> None:
    """A classifier of digits that are drawn, and one of coloured pictures of them."""
    drawn = replace(digits(800, 200), preparation="digit")
    for name, pictures in {"drawn": drawn, "colours": coloured(digits(200, 60, classes=2))}.items():
        module = train(pictures, folder, learning_rate=0.1, activation="tanh")
        with mlflow.start_run():
            register(PixelClassifier.of(module, 0.1), name, pictures, CLASSIFIER, "better")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


# While nothing is where MLflow's UI is to be.
@pytest.mark.parametrize(
    ("width", "scheme", "path"),
    [
        (320, "light", "?function=waves"),
        (390, "dark", "?function=gaussian&compare=1&error=1&from=-7&to=7"),
        (1600, "dark", ""),
    ],
)
def test_every_width_and_both_schemes(browser: Browser, shown: Service, width: int, scheme: str, path: str) -> None:
    view: dict[str, Any] = {
        "viewport": {"width": width, "height": 800},
        "color_scheme": scheme,
        "has_touch": width == 390,
    }
    with opened(browser, shown, path, **view) as page:
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 22, 29)"
        )
        accessible(page)
        expect(page.get_by_role("link", name="MLflow run")).to_have_count(0)
        if view["has_touch"]:
            touch(page)


def test_on_paper_it_is_light_and_fits(browser: Browser, shown: Service) -> None:
    with opened(browser, shown, "?function=gaussian&error=1", color_scheme="dark") as page:
        drawn(page)
        page.emulate_media(media="print")
        wait_until(page, "layout.width < 700")
        assert page.evaluate("document.getElementById('chart').layout.font.color") == "#17202c"
        assert page.evaluate("document.getElementById('chart').offsetHeight") < 700
        expect(page.locator("#digits")).to_be_hidden()


@pytest.fixture(scope="module")
def tracking_ui(shown: Service) -> Iterator[None]:
    """What answers as MLflow's UI does to the question whether it is there."""

    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 404)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", UI_PORT), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        deadline = time.monotonic() + 60
        while not shown.client.get("/mlflow").json()["answers"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield
        server.shutdown()


@pytest.fixture(scope="module")
def loaded(browser: Browser, shown: Service, tracking_ui: None) -> Iterator[Page]:
    """The page, loaded once: the chart library takes seconds. Nothing may complain on the console to the end."""
    # Chromium says of every refusal that it is one.
    with opened(browser, shown, tolerated="status of 422", viewport={"width": 1200, "height": 1000}) as page:
        drawn(page)
        yield page


@pytest.fixture
def page(loaded: Page) -> Page:
    """The page with the gaussian and its truth, as chosen anew."""
    loaded.locator("#function").select_option("gaussian")
    loaded.get_by_label(TRUTH, exact=True).check()
    loaded.get_by_label(ERROR).uncheck()
    expect(loaded.locator("#stage")).to_have_attribute("aria-busy", "false")
    wait_until(loaded, "data[0].x[0] === -5 && data[0].x.at(-1) === 5 && data[1].name === 'version 2'")
    return loaded


def test_a_function_its_derivatives_and_the_truth(page: Page) -> None:
    expect(page.locator("#functions-title")).to_have_text("gaussian")
    assert curves(page) == ["truth", "version 2"] * 3
    widths = of_chart(page, "data.slice(0, 2).map((curve) => curve.line.width)")
    assert widths[0] > 2 * widths[1], "the truth is wide, underneath"
    expect(page.locator("#warnings li")).to_have_count(0)
    page.get_by_label(TRUTH, exact=True).uncheck()
    wait_until(page, "data.length === 3")
    assert curves(page) == ["version 2"] * 3
    page.get_by_label(TRUTH, exact=True).check()


def test_a_formula_is_its_name(page: Page) -> None:
    formula = "exp(−x²) · cos(2 · x)"
    page.locator("#function").select_option(label=formula)
    expect(page.locator("#functions-title")).to_have_text(formula)
    expect(page).to_have_title(f"{formula} – Derivable")
    assert page.locator("#function").input_value().startswith("exp_x")


def test_curves_have_points_enough_and_all_are_drawn(page: Page) -> None:
    assert of_chart(page, "data[0].x.length") >= 2 * of_chart(page, "layout.width")
    assert not any(of_chart(page, "data.map((curve) => curve.line.simplify)"))


def test_the_errors_of_both_versions(page: Page) -> None:
    page.locator("#other").select_option("1")
    page.get_by_label(ERROR).check()
    wait_until(page, "data.length === 15")
    assert curves(page)[:5] == ["truth", "version 2", "version 1", "error of version 2", "error of version 1"]
    assert len(set(of_chart(page, "data.slice(0, 5).map((curve) => curve.line.color)"))) == 5
    assert of_chart(page, "layout.yaxis2.type") == "log"
    fit, truth, error = of_chart(page, "[1, 0, 3].map((index) => data[index].y[400])")
    assert error == pytest.approx(abs(fit - truth))
    assert page.locator("#legend li").all_inner_texts() == [
        *("version 2", "version 1", "truth", "|version 2 − truth|", "|version 1 − truth|")
    ]
    expect(page.locator("#warnings li").first).to_contain_text("version 1: ")


def test_another_version_and_the_link_to_its_run(page: Page) -> None:
    link = page.get_by_role("link", name="MLflow run")
    before = str(link.get_attribute("href"))
    page.locator("#version").select_option("1")
    expect(link).not_to_have_attribute("href", before)
    wait_until(page, "data[1].name === 'version 1'")
    assert re.fullmatch(
        rf"http://127\.0\.0\.1:{UI_PORT}/#/experiments/1/runs/[0-9a-f]{{32}}", str(link.get_attribute("href"))
    )
    expect(page.locator("#other option[value='1']")).to_be_disabled()


def test_it_opens_on_the_domain_and_shades_what_is_beyond(page: Page) -> None:
    assert of_chart(page, "layout.xaxis.range") == [-5, 5]
    assert of_chart(page, "layout.shapes") == []
    page.get_by_role("button", name="Zoom out").click()
    wait_until(page, "data[0].x[0] === -10")
    assert of_chart(page, "layout.shapes.map(({ x0, x1 }) => [x0, x1])") == [[-15, -5], [5, 15]]
    expect(page.locator("#legend")).to_contain_text("outside the domain: extrapolated")
    expect(page.locator("#warnings li")).to_have_count(0)
    page.locator("#place").fill("7")
    expect(page.locator("#where")).to_have_text("Outside the domain: extrapolated.")
    page.get_by_role("button", name="Zoom out").click()
    wait_until(page, "data[0].x[0] === -15 && data[0].x.at(-1) === 15")
    page.get_by_role("button", name="Move right").click()
    page.wait_for_timeout(300)
    assert of_chart(page, "layout.xaxis.range") == [-15, 15], "no farther than a width of the domain"
    page.locator("#cursor").focus()
    for _ in range(30):
        page.keyboard.press("+")
    wait_until(page, "layout.xaxis.range[1] - layout.xaxis.range[0] < 1.01e-5")
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert of_chart(page, "layout.xaxis.range[1] - layout.xaxis.range[0]") == pytest.approx(1e-5, rel=1e-6)


def test_the_values_are_asked_anew_at_the_visible_range(page: Page) -> None:
    page.locator("#place").fill("0")
    with page.expect_request("**/evaluate?linspace=-2.5%2C2.5%2C*"):
        page.get_by_role("button", name="Zoom in").click()
    wait_until(page, "data[0].x.at(-1) === 2.5")
    expect(page.locator("#range")).to_have_text("−2.5 to 2.5")
    box = page.locator("#chart .nsewdrag").first.bounding_box()
    assert box is not None
    with page.expect_request(lambda request: "evaluate?linspace=" in request.url):
        page.mouse.move(box["x"] + 300, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 50, steps=4)
        page.mouse.up()
    wait_until(page, "data[0].x[0] > -2.5")
    low, high = of_chart(page, "layout.xaxis.range.map(Number)")
    assert high - low == pytest.approx(5)
    page.get_by_role("button", name="Whole domain").click()
    wait_until(page, "data[0].x[0] === -5")
    page.mouse.move(box["x"] + 200, box["y"] + 50)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    wait_until(page, "data[0].x[0] > -5 && data[0].x.at(-1) < 5")


def test_the_cursor_and_the_table_of_values(page: Page) -> None:
    box = page.locator("#chart .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 30)
    cursor = page.locator("#cursor")
    expect(cursor).to_have_attribute("aria-valuetext", re.compile(r"x = 0\.\d\d?"))
    page.locator("#place").fill("0.5")
    expect(page.locator("#values tbody tr").first).to_contain_text("0.35207")
    found = values(page)
    assert list(found) == ["f", "f′", "f″", "f‴", "f⁽⁴⁾"]
    assert found["f′"] == ["−0.17603"] * 2
    assert found["f‴"] == ["0.48409", "–"], "of which the truth is not stored"
    page.locator("#place").blur()
    cursor.focus()
    page.keyboard.press("ArrowLeft")
    expect(cursor).to_have_attribute("aria-valuenow", "0.4")
    expect(page.locator("#place")).to_have_value("0.4")
    page.keyboard.press("Shift+ArrowRight")
    expect(cursor).to_have_attribute("aria-valuenow", "1.4")
    page.keyboard.press("Home")
    expect(cursor).to_have_attribute("aria-valuenow", "-5")
    page.keyboard.press("ArrowLeft")
    wait_until(page, "data[0].x[0] < -5.5")
    page.locator("#place").fill("0")
    assert page.locator(".dot").count() >= 2


def test_bands_of_noisy_data(page: Page) -> None:
    page.locator("#function").select_option("waves")
    wait_until(page, "data.length === 9")
    expect(page.locator("#functions-title")).to_have_text("waves.csv")
    assert curves(page)[:3] == ["band of version 1", "band of version 1", "version 1"]
    below, above, fitted = of_chart(page, "data.slice(0, 3).map((curve) => curve.y[500])")
    assert below < fitted < above
    assert of_chart(page, "data[1].fill") == "tonexty"
    for label in (TRUTH, ERROR):
        expect(page.get_by_label(label, exact=True)).to_be_disabled()
    expect(page.locator("#truth-stored")).to_have_text("The truth is not known.")
    expect(page.locator("#values tbody tr").first).to_contain_text("± ")


def test_a_view_is_a_link(page: Page, browser: Browser, shown: Service) -> None:
    page.locator("#other").select_option("1")
    page.get_by_label(ERROR).check()
    page.locator("#place").fill("0.5")
    page.get_by_role("button", name="Zoom in").click()
    expect(page).to_have_url(re.compile("from=-2.25.*to=2.75.*x=0.5.*error=1"))
    with opened(browser, shown, page.url.removeprefix(f"{shown.url}/")) as other:
        drawn(other)
        wait_until(other, "data[0].x[0] === -2.25")
        assert curves(other) == curves(page)
        expect(other.locator("#place")).to_have_value("0.5")


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


def test_drawing_with_the_keyboard_and_nothing_for_an_empty_canvas(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "predict" in request.url else None)
    pen, canvas = page.locator("#pen"), page.locator("#digit")
    canvas.focus()
    page.keyboard.press("Space")
    expect(pen).to_be_visible()
    expect(pen).not_to_have_class(re.compile("down"))
    expect(page.get_by_role("button", name="Pen up")).to_have_attribute("aria-pressed", "false")
    before = pen.bounding_box()
    page.keyboard.press("ArrowDown")
    after = pen.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] - before["y"] == pytest.approx(10, abs=0.5)
    page.locator("#digit-model").select_option("drawn")
    page.wait_for_timeout(200)
    assert asked == [], "the canvas is empty"
    canvas.focus()
    for key in ["Space", *["ArrowDown"] * 14]:
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Pen down")).to_have_attribute("aria-pressed", "true")
    assert len(probabilities(page, "digit-answer")) == 10
    page.get_by_role("button", name="Clear").click()


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


def test_the_models(browser: Browser, shown: Service, tracking_ui: None) -> None:
    with opened(browser, shown, "catalog", viewport={"width": 390, "height": 800}) as page:
        expect(page.get_by_role("heading", level=3)).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        accessible(page)
        card = page.locator(".card", has_text="waves.csv")
        expect(card).to_contain_text("of orders 0, 1, 2")
        expect(card.get_by_role("link", name="MLflow run")).to_be_visible()
        expect(page.locator(".card", has_text="digits")).to_contain_text("80.0 % on test pictures")
        expect(card.get_by_role("link", name="Explore")).to_have_attribute("href", "./?function=waves")


def test_the_documentation_can_be_tried_and_needs_no_network(browser: Browser, shown: Service) -> None:
    # ReDoc has a logo elsewhere, which it does not get.
    with opened(browser, shown, "docs", tolerated="redoc.ly") as page:
        for summary in ("Evaluate a function at points", "Evaluate a function at many points", "Classify pictures"):
            operation = page.locator(".opblock", has=page.get_by_text(summary, exact=True))
            operation.locator(".opblock-summary-path").click()
            with page.expect_response(re.compile("evaluate|predict")) as answered:
                operation.get_by_role("button", name="Execute").click()
            assert answered.value.status == 200, answered.value.text()
            assert answered.value.headers["content-type"] == "application/json"
        page.goto(f"{shown.url}/redoc")
        expect(page.get_by_role("heading", name="Evaluate a function at points").first).to_be_visible(timeout=15_000)
