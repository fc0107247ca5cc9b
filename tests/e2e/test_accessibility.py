"""Every page of the console against WCAG 2.1 AA, by axe-core in a real browser."""

import asyncio
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from services.console.desk import TABS
from tests import signed_in
from tests.e2e import made_up
from tests.e2e.accessibility import barriers
from tests.e2e.test_console_in_browser import _OPTIONS, SIZES
from tests.integration.test_access import TABLE
from tests.signed_in import Console

PAGES = sorted(
    {asked.path for (method, path), asked in TABLE.items()
     if method == "GET" and not path.endswith((".csv", ".jsonl"))}
    | {f"/dashboard/{tab}" for tab in TABS if tab != "overview"}
    | {"/findings/f-c.1.a-244", "/?q=nothing+is+called+so", "/nope", "/?page=x", "/?trial=only"}
)  # fmt: skip
LOOKS = {"desk": "light", "phone": "dark"}
"""Colours do not depend on the size, nor the layout on the colours."""


@pytest.fixture(scope="module")
def console(own_kafka: str, elasticsearch: str) -> Iterator[Console]:
    prefix = made_up.new_prefix()
    asyncio.run(made_up.fill(elasticsearch, prefix))
    with signed_in.console(own_kafka, elasticsearch, prefix) as running:
        running.client("administrator")
        yield running


@pytest.fixture(scope="module")
def browser(console: Console) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=SIZES)
def page(request: pytest.FixtureRequest, console: Console, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = console.browser(browser, "administrator", viewport={"width": width, "height": height})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if LOOKS[request.param] == "dark" else "light")
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_stands_in_the_way(console: Console, page: Page, path: str) -> None:
    page.goto(console.address + path)
    assert barriers(page) == []


def test_nor_where_one_signs_in(console: Console, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(console.address + "/sign-in")
    assert barriers(page) == []
    page.get_by_label("Name").fill("psit")
    page.get_by_label("Password").fill("a wrong one, and long")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").is_visible()
    assert barriers(page) == []
    page.close()


def test_what_stands_in_the_way_is_found(console: Console, page: Page) -> None:
    page.goto(console.address + "/order")
    page.evaluate(
        """() => {
            const main = document.querySelector('main');
            main.innerHTML = '<p>Hard to read</p>'
                + '<details><img src="/static/icon.svg"><input name="q"></details>';
            main.firstChild.style.color = '#999';
            main.firstChild.style.backgroundColor = '#aaa';
        }"""
    )
    found = {line.split(":")[0].split()[-1] for line in barriers(page)}
    assert {"color-contrast", "image-alt", "label"} <= found
