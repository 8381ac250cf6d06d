"""A browser as a person uses it: Chromium without a screen, what the pages show in it, and whether all can use them."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.support.service import Service

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# Milliseconds: the chart library takes seconds, and many times as long beside other tests.
_PATIENCE = 90_000
expect.set_options(timeout=_PATIENCE)


@contextmanager
def opened(
    browser: Browser, service: Service, path: str = "", tolerated: str = "never", **settings: Any
) -> Iterator[Page]:
    """A page without a network beyond this machine; its console may complain only of what is tolerated."""
    page, complaints = browser.new_page(**settings), []
    page.set_default_timeout(_PATIENCE)

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} ({message.location['url']})")

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(error.stack or str(error)))
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(service.url) else route.abort())
    page.goto(f"{service.url}/{path}")
    yield page
    page.close()
    left = [complaint for complaint in complaints if tolerated not in complaint]
    assert not left, left


def drawn(page: Page) -> None:
    """Wait until the function is drawn and its values are read."""
    expect(page.locator("#chart .main-svg").first).to_be_visible()
    expect(page.locator("#values tbody tr").first).to_be_visible()


def accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A and AA that axe-core finds."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]})
    assert found.response["violations"] == [], found.generate_report()


def touch(page: Page) -> None:
    """A finger moves the cursor, and the chart stays: it scrolls with the page."""
    expect(page.locator("#hint .finger")).to_be_visible()
    plot = page.locator("#chart .nsewdrag").first
    plot.tap(position={"x": 20, "y": 20})
    expect(page.locator("#cursor")).to_have_attribute("aria-valuetext", re.compile(r"x = -6\."))
    assert plot.evaluate("(drag) => getComputedStyle(drag).touchAction") == "pan-y"
    assert of_chart(page, "layout.dragmode") is False


def wait_until(page: Page, condition: str) -> None:
    """Until a condition in JavaScript holds of the chart; Playwright's own way needs eval, which is not allowed."""
    deadline = time.monotonic() + _PATIENCE / 1_000
    while not page.evaluate(f"(({{ data, layout }}) => {condition})(document.getElementById('chart'))"):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


def of_chart(page: Page, expression: str) -> Any:
    return page.evaluate(f"(({{ data, layout }}) => {expression})(document.getElementById('chart'))")


def curves(page: Page) -> list[str]:
    names: list[str] = of_chart(page, "data.map((curve) => curve.name)")
    return names


def values(page: Page) -> dict[str, list[str]]:
    """The table at the cursor: the numbers of each row, by its name."""
    rows: list[list[str]] = page.locator("#values tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.firstChild?.textContent ?? ''))"
    )
    return {name: cells for name, *cells in rows}


def probabilities(page: Page, answer: str) -> dict[str, float]:
    """What a classifier has said, once it has."""
    rows = page.locator(f"#{answer} li")
    expect(rows.first).to_be_visible()
    found: list[list[str]] = rows.evaluate_all(
        "(rows) => rows.map((row) => [row.firstChild.textContent, row.lastChild.textContent])"
    )
    return {name: float(value.removesuffix("%")) for name, value in found}
