"""The pages where functions of several variables are served, in a browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.browser import ARGUMENTS, CHROMIUM, accessible, opened
from tests.support.service import Service

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


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


def test_the_curves_are_those_of_one_variable_and_the_others_are_named(browser: Browser, fields: Service) -> None:
    with opened(browser, fields, "") as page:
        expect(page.locator("#function option")).to_have_count(1)
        expect(page.locator("#fields")).to_contain_text("Functions of several variables: t; t; t.")
        expect(page.locator("#problem")).to_be_hidden()
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
