"""Functions of several variables on the page, in a browser: cuts, a map, the point, the models, the documentation."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import CHROMIUM, accessible, opened
from tests.support.service import Service

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")


@pytest.fixture(scope="module")
def loaded(browser: Browser, fields: Service) -> Iterator[Page]:
    """The page, loaded once, at what an address names."""
    with opened(
        browser, fields, "?field=noisy&output=v&at=0.5,0.25,2", viewport={"width": 1280, "height": 900}
    ) as page:
        at_rest(page)
        yield page


def number(page: Page, variable: str) -> Locator:
    return page.locator("#sliders").get_by_label(variable, exact=True)


def at_rest(page: Page) -> None:
    expect(page.locator("#field-values tr").first).to_be_visible()
    expect(page.locator("#field-stage")).to_have_attribute("aria-busy", "false")


def of_cuts(page: Page, expression: str) -> Any:
    """What JavaScript says of each panel."""
    return page.evaluate(f"[...document.querySelectorAll('.cut')].map(({{ data, layout, ariaLabel }}) => {expression})")


def numbers(page: Page) -> dict[str, str]:
    found: list[list[str]] = page.locator("#field-values tr").evaluate_all(
        "(rows) => rows.map((row) => [row.firstChild.textContent, row.lastChild.firstChild.textContent])"
    )
    return dict(map(tuple, found))  # type: ignore[arg-type]


def shown(text: str) -> float:
    mantissa, _, power = text.replace("−", "-").partition("·10")
    return float(mantissa) * 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)


def test_the_cuts_through_a_point_and_the_numbers_there(loaded: Page, fields: Service) -> None:
    assert loaded.locator("#output").evaluate("(box) => box.selectedOptions[0].text") == "v"
    labels = of_cuts(loaded, "ariaLabel")
    assert labels == [label for name in "xyz" for label in (f"v along {name}", f"∂v/∂{name} along {name}")]
    assert of_cuts(loaded, "data.map(({ name }) => name)")[0] == ["band", "band", "v", "point"]
    point = {"x": [[0.5, 0.25, 2.0]], "orders": [0, 1]}
    answer = fields.client.post("/functions/noisy/evaluate", json=point).json()
    expected = [answer["value"][0][1], *answer["gradient"][0][1]]
    found = numbers(loaded)
    assert list(found) == ["v", "∂v/∂x", "∂v/∂y", "∂v/∂z"]
    assert [shown(value) for value in found.values()] == pytest.approx(expected, rel=1e-4)
    expect(loaded.locator("#field-values td small").first).to_contain_text("± ")
    marks = of_cuts(loaded, "data.at(-1).y[0]")
    assert marks == pytest.approx([value for slope in expected[1:] for value in (expected[0], slope)])
    ends = of_cuts(loaded, "[data[2].x[0], data[2].x.at(-1)]")
    assert ends[::2] == [[-1, 1], [-1, 2], [-1, 3]]
    assert of_cuts(loaded, "layout.yaxis.range")[0] == of_cuts(loaded, "layout.yaxis.range")[4]
    expect(loaded.locator("#map")).to_be_hidden()
    accessible(loaded)


def test_the_point_moves_by_keyboard_by_number_and_by_pointer(loaded: Page) -> None:
    slider = loaded.get_by_label("y, slider")
    slider.focus()
    loaded.keyboard.press("ArrowRight")
    expect(number(loaded, "y")).to_have_value("0.28")
    at_rest(loaded)
    assert of_cuts(loaded, "layout.shapes[0].x0")[2] == 0.28
    number(loaded, "y").fill("7")
    expect(slider).to_have_value("2")
    panel = loaded.locator(".cut").first
    panel.scroll_into_view_if_needed()
    panel.click(position={"x": 58, "y": 90})
    expect(number(loaded, "x")).to_have_value("-1")
    at_rest(loaded)
    expect(loaded).to_have_url(re.compile(r"field=noisy.*output=v.*at=-1%2C2%2C2"))
    loaded.locator("#output").select_option("0")
    expect(loaded.locator("#field-values th").first).to_have_text("u")
    expect(loaded).not_to_have_url(re.compile("output="))


def test_two_variables_have_a_map(loaded: Page, fields: Service) -> None:
    loaded.locator("#field").select_option("wave")
    at_rest(loaded)
    expect(loaded.locator("#map")).to_be_visible()
    map_ = loaded.locator("#map")
    corner = map_.evaluate("({ data }) => [data[0].x[60], data[0].y[0], data[0].z[0][60]]")
    answer = fields.client.get("/functions/wave/evaluate", params={"x": f"{corner[0]},{corner[1]}"}).json()
    assert corner[2] == pytest.approx(answer["value"][0][0])
    map_.scroll_into_view_if_needed()
    size = map_.evaluate("({ _fullLayout }) => _fullLayout._size")
    map_.click(position={"x": size["l"] + size["w"] - 1, "y": size["t"] + 1})
    at_rest(loaded)
    x, y = (float(number(loaded, name).input_value()) for name in "xy")
    assert [x, y] == pytest.approx([1, 2], abs=0.03)
    assert map_.evaluate("({ data }) => [data[1].x[0], data[1].y[0]]") == [x, y]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1600, "dark")])
def test_every_width_and_both_schemes(browser: Browser, fields: Service, width: int, scheme: Any) -> None:
    view: dict[str, Any] = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    with opened(browser, fields, "?field=slopes", **view) as page:
        at_rest(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)


def test_a_function_that_is_not_served_is_named(browser: Browser, fields: Service) -> None:
    with opened(browser, fields, "?field=gone&at=1,2,3,4") as page:
        at_rest(page)
        expect(page.locator("#field-elsewhere")).to_have_text("gone is not served; this is another function.")
        expect(number(page, "x")).to_have_value("0")
        expect(page.locator("#function option")).to_have_count(1)


def test_the_models(browser: Browser, fields: Service) -> None:
    with opened(browser, fields, "catalog", viewport={"width": 390, "height": 800}) as page:
        expect(page.get_by_role("heading", name="Functions of several variables")).to_be_visible()
        card = page.locator(".card", has_text="noisy")
        for said in ("x in [−1, 1], y in [−1, 2], z in [−1, 3]", "u, v", "value 0.10", "gradient and Hessian"):
            expect(card).to_contain_text(said)
        expect(card).to_contain_text("of value and gradient")
        expect(card.locator("code")).to_have_text("GET /functions/noisy/evaluate?x=0,0.5,1&order=0&order=1")
        answer = fields.client.get((card.locator("code").text_content() or "").removeprefix("GET "))
        assert answer.status_code == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        accessible(page)


def test_the_documentation_has_examples_that_work(browser: Browser, fields: Service) -> None:
    with opened(browser, fields, "docs", tolerated="redoc.ly") as page:
        for summary in ("Evaluate a function at points", "Apply sens to the Jacobian", "Apply the Hessian to vec"):
            operation = page.locator(".opblock", has=page.get_by_text(summary, exact=True))
            operation.locator(".opblock-summary-path").click()
            with page.expect_response(re.compile("evaluate|umbridge")) as answered:
                operation.get_by_role("button", name="Execute").click()
            assert answered.value.status == 200, answered.value.text()
        operation = page.locator(".opblock", has=page.get_by_text("Evaluate a function at many points", exact=True))
        operation.locator(".opblock-summary-path").click()
        operation.locator(".parameters input[placeholder=name]").fill("noisy")
        for title in ("several variables: noisy", "several variables, by name: noisy"):
            operation.locator(".opblock-section-request-body .examples-select select").first.select_option(label=title)
            with page.expect_response(re.compile("evaluate")) as answered:
                operation.get_by_role("button", name="Execute").click()
            assert answered.value.status == 200, answered.value.text()
