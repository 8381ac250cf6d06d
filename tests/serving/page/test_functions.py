"""Functions on the page, in a browser, as a person uses it: Chromium without a screen, against the running service."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving.page.conftest import UI_PORT
from tests.support.browser import (
    CHROMIUM,
    accessible,
    curves,
    drawn,
    of_chart,
    opened,
    touch,
    values,
    wait_until,
)
from tests.support.service import Service

TRUTH, ERROR = "Truth", "Error |fit − truth|"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")


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
        expect(page.locator(".toolbar button").first).to_be_hidden()


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
    wait_until(page, "data.length === 10")
    expect(page.locator("#functions-title")).to_have_text("waves.csv")
    assert curves(page)[:4] == ["band of version 1", "band of version 1", "data", "version 1"]
    below, above, fitted = of_chart(page, "[0, 1, 3].map((index) => data[index].y[500])")
    assert below < fitted < above
    assert of_chart(page, "data[1].fill") == "tonexty"
    for label in (TRUTH, ERROR):
        expect(page.get_by_label(label, exact=True)).to_be_disabled()
    expect(page.locator("#truth-stored")).to_have_text("The truth is not known.")
    expect(page.locator("#values tbody tr").first).to_contain_text("± ")


def test_the_data_behind_a_fit(page: Page) -> None:
    page.locator("#function").select_option("waves")
    wait_until(page, "data.length === 10")
    box = page.get_by_label("Data", exact=True)
    expect(page.locator("#legend")).to_contain_text("data ± standard error, 60 samples")
    x, errors = of_chart(page, "[data[2].x, data[2].error_y.array]")
    assert (len(x), len(errors), min(errors)) == (60, 60, 0.1)
    assert of_chart(page, "data[2].mode") == "markers"
    assert of_chart(page, "layout.xaxis.title.text") == "time"
    titles = ["<b>U / V</b>", "<b>d(U / V)/d(time)</b>", "<b>d²(U / V)/d(time)²</b>"]
    assert of_chart(page, "layout.annotations.map(({ text }) => text)") == titles
    assert page.locator("#values tbody th").all_inner_texts()[:3] == [re.sub("</?b>", "", title) for title in titles]
    expect(page.locator("#variable")).to_have_text("time")
    page.get_by_role("button", name="Zoom in").click()
    wait_until(page, "data[2].x.length > 10 && data[2].x.length < 45")
    low, high = of_chart(page, "layout.xaxis.range")
    assert all(low <= value <= high for value in of_chart(page, "data[2].x"))
    box.uncheck()
    wait_until(page, "data.length === 9")
    expect(page).to_have_url(re.compile("data=0"))
    box.check()
    page.get_by_role("button", name="Whole domain").click()
    page.locator("#function").select_option("gaussian")
    expect(box).to_be_hidden()


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


def test_the_models(browser: Browser, shown: Service, tracking_ui: None) -> None:
    with opened(browser, shown, "catalog", viewport={"width": 390, "height": 800}) as page:
        expect(page.get_by_role("heading", level=3)).to_have_count(3)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        accessible(page)
        card = page.locator(".card", has_text="waves.csv")
        expect(card).to_contain_text("of orders 0, 1, 2")
        expect(card.get_by_role("link", name="MLflow run")).to_be_visible()
        expect(card.get_by_role("link", name="Explore")).to_have_attribute("href", "./?function=waves")


def test_the_documentation_can_be_tried_and_needs_no_network(browser: Browser, shown: Service) -> None:
    # ReDoc has a logo elsewhere, which it does not get.
    with opened(browser, shown, "docs", tolerated="redoc.ly") as page:
        for summary in ("Evaluate a function at points", "Evaluate a function at many points"):
            operation = page.locator(".opblock", has=page.get_by_text(summary, exact=True))
            operation.locator(".opblock-summary-path").click()
            with page.expect_response(re.compile("evaluate")) as answered:
                operation.get_by_role("button", name="Execute").click()
            assert answered.value.status == 200, answered.value.text()
            assert answered.value.headers["content-type"] == "application/json"
        page.goto(f"{shown.url}/redoc")
        expect(page.get_by_role("heading", name="Evaluate a function at points").first).to_be_visible(timeout=15_000)
