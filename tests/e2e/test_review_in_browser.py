"""The review in a real browser: on a phone without scripts, on a desk with them, two at once."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import reviewing
from tests.e2e.accessibility import barriers
from tests.e2e.pictures import Picture
from tests.e2e.test_console_in_browser import _OPTIONS, keep
from tests.pipeline import eventually
from tests.reviewing import CROWD, Department

PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def people(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Department]:
    folder = tmp_path_factory.mktemp("browser-review")
    with reviewing.department(own_kafka, elasticsearch, folder) as made:
        made.request_approval("draft-1", "O-1", approver_id="S-1")
        yield made


@pytest.fixture(scope="module")
def browser(people: Department) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS.split())
        yield browser
        browser.close()


def phone(people: Department, browser: Browser) -> Page:
    context = people.console.browser(
        browser, "supervisor", viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    return context.new_page()


def test_a_supervisor_on_a_phone(
    people: Department, browser: Browser, tmp_path: Path, picture: Picture
) -> None:
    page = phone(people, browser)
    page.goto(people.console.address)
    keep(page, tmp_path, "mine")
    picture(page, "mine")
    assert page.url.endswith("/?view=mine")
    expect(page.get_by_role("link", name="Mine")).to_have_attribute("aria-current", "true")
    page.goto(people.console.address + "/?view=mine&clause=D.4&q=plate-1")
    page.locator(".card h2 a").first.click()
    keep(page, tmp_path, "finding")
    picture(page, "deciding")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Done. You acknowledged it")).to_be_visible(timeout=PATIENCE_MS)
    keep(page, tmp_path, "acknowledged")
    page.get_by_text("Give to somebody", exact=True).first.click()
    assert page.get_by_label("Give to").is_visible()
    page.locator("#do-dismissed summary").click()
    page.locator("#do-dismissed textarea").fill("The case number was given by radio: 26-1.")
    page.locator("#do-dismissed button").click()
    expect(page.get_by_text("Done. You dismissed it")).to_be_visible(timeout=PATIENCE_MS)
    keep(page, tmp_path, "dismissed")
    page.get_by_role("link", name="All findings").click()
    page.get_by_role("link", name=re.compile("^Decided")).click()
    page.wait_for_url(re.compile("state=decided"))
    assert page.locator(".card").count() == 1

    page.get_by_role("link", name="Approvals").click()
    keep(page, tmp_path, "approvals")
    # To deny takes two steps.
    assert not page.get_by_role("button", name="Yes, deny").is_visible()
    page.get_by_text("Deny …").click()
    assert page.get_by_role("button", name="Yes, deny").is_visible()
    page.get_by_role("button", name="Approve").first.click()
    expect(page.get_by_text("Your decision is in the log")).to_be_visible(timeout=PATIENCE_MS)
    keep(page, tmp_path, "approved")
    page.context.close()


def test_nothing_is_wider_than_a_phone(people: Department, browser: Browser) -> None:
    context = people.console.browser(browser, "supervisor", viewport={"width": 390, "height": 844})
    page = context.new_page()
    found = people.finding("private", "F.1.c")["finding_id"]
    for path in ("/?view=all", f"/findings/{found}", "/approvals", "/approvals?tab=decided"):
        page.goto(people.console.address + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert barriers(page) == []
    context.close()


def test_keys_and_several_at_once_on_a_desk(
    people: Department, browser: Browser, tmp_path: Path
) -> None:
    context = people.console.browser(browser, "psit", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(people.console.address + "/?view=all&system=unheard-of")
    keep(page, tmp_path, "desk")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator(".card.here").count() == 1
    page.keyboard.press("x")
    assert page.locator(".card.here input:checked").count() == 1
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    keep(page, tmp_path, "keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("jx?")
    assert page.get_by_role("searchbox").input_value() == "jx?"
    assert page.get_by_role("dialog").count() == 0
    page.locator("#several [name=action]").select_option("commented")
    page.get_by_label("Comment, or the reason").fill("Who bought this system?")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", name=f"{CROWD} recorded")).to_be_visible()
    keep(page, tmp_path, "several")
    page.get_by_role("link", name="Back to the list").click()
    page.wait_for_url(re.compile("system=unheard-of"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("entry="))
    keep(page, tmp_path, "entry")
    assert problems == []
    context.close()


def test_two_people_at_once(people: Department, browser: Browser, tmp_path: Path) -> None:
    found = people.finding("plate-2", "D.4")["finding_id"]
    windows = [phone(people, browser) for _ in range(2)]
    for window in windows:
        window.goto(f"{people.console.address}/findings/{found}")
    first, second = windows
    first.get_by_role("button", name="Acknowledge").click()
    expect(first.get_by_text("Done. You acknowledged it")).to_be_visible(timeout=PATIENCE_MS)
    second.locator("#do-dismissed summary").click()
    second.locator("#do-dismissed textarea").fill("Typed on the old page.")
    second.locator("#do-dismissed button").click()
    keep(second, tmp_path, "stale")
    expect(second.get_by_text("Nothing was recorded")).to_be_visible()
    assert second.locator("#do-dismissed textarea").input_value() == "Typed on the old page."
    assert second.get_by_role("button", name="Acknowledge").count() == 0
    second.locator("#do-dismissed button").click()
    expect(second.get_by_text("Done. You dismissed it")).to_be_visible(timeout=PATIENCE_MS)
    eventually("dismissed", lambda: people.finding("plate-2", "D.4")["status"] == "dismissed")
    for window in windows:
        window.context.close()
