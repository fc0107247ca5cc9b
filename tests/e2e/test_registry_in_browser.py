"""The registry and the accounts in a real browser, on a phone and without scripts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from schemas.accounts import Role
from services.runtime import topics
from services.runtime.kafka import write
from tests import signed_in
from tests.e2e import made_up
from tests.e2e.accessibility import barriers
from tests.e2e.test_console_in_browser import _OPTIONS, keep
from tests.integration.test_registry_pages import recorded
from tests.pipeline import Pipeline, eventually
from tests.signed_in import Console

PATIENCE_MS = 20_000
SUBJECT = "employee/E-50"


@pytest.fixture(scope="module")
def console(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    pipeline = Pipeline(own_kafka, elasticsearch, tmp_path_factory.mktemp("registry-browser"))
    pipeline.set_up()
    for name in ("intake", "indexer"):
        pipeline.service(name)
    courses = (
        made_up._event(
            "/records/hr", "registry.training.completed.v1", SUBJECT, number, f"course-{number}",
            employee_id="E-50", course=f"Course {number}", topics=["a", "b"],
        )
        for number in range(2)
    )  # fmt: skip
    write(own_kafka, topics.EVENTS, b"", b"\n".join(courses))
    try:
        with signed_in.console(own_kafka, elasticsearch, pipeline.indices.prefix) as running:
            client = running.client("psit")
            where = f"/registry/training/entry?of={SUBJECT}"
            eventually("courses are known", lambda: client.get(where).text.count("Course") > 1, 30)
            yield running
    finally:
        pipeline.stop()


@pytest.fixture(scope="module")
def browser(console: Console) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS.split())
        yield browser
        browser.close()


def phone(console: Console, browser: Browser, role: Role, *, scripts: bool = False) -> Page:
    size = {"width": 390, "height": 844}
    context = console.browser(browser, role, viewport=size, java_script_enabled=scripts)
    return context.new_page()


def test_a_quick_hand_tells_a_fact_once(console: Console, browser: Browser, tmp_path: Path) -> None:
    page = phone(console, browser, "psit")
    page.goto(console.address + "/registry/procurements/form")
    page.get_by_label("Procurement ID").fill("P-50")
    page.get_by_label("System name").fill("a new one")
    page.get_by_label("Stage").select_option("proposed")
    keep(page, tmp_path, "form")
    page.get_by_role("button", name="Record").dblclick()
    expect(page.get_by_text("Done. It is in the log.")).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    expect(page.get_by_text("Done. It is in the log.")).to_be_visible(timeout=PATIENCE_MS)
    assert len(recorded(console.kafka, "procurement/P-50")) == 1
    page.get_by_text("Retract it").click()
    page.get_by_label("Why it is wrong").fill("a typing error")
    page.get_by_role("button", name="Retract").dblclick()
    expect(page.get_by_text("Retracted by P-1")).to_be_visible(timeout=PATIENCE_MS)
    assert len(recorded(console.kafka, "procurement/P-50")) == 2
    page.context.close()


def test_one_of_two_trainings_is_changed(
    console: Console, browser: Browser, tmp_path: Path
) -> None:
    page = phone(console, browser, "psit")
    page.goto(f"{console.address}/registry/training/entry?of={SUBJECT}")
    page.get_by_role("link", name="Change", exact=True).click()
    keep(page, tmp_path, "choose")
    page.get_by_role("link", name="Change this one").last.click()
    expect(page.get_by_label("Course")).to_have_value("Course 0")
    page.get_by_label("Course").fill("Course 9")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("corrected by another entry")).to_be_visible(timeout=PATIENCE_MS)
    assert page.get_by_text("holds now").count() == 2
    page.context.close()


@pytest.mark.parametrize("path", [
    "/registry", "/registry/training", f"/registry/training/entry?of={SUBJECT}",
    f"/registry/training/form?of={SUBJECT}", "/registry/systems/form", "/registry/waivers/form",
    "/registry/employees/import", "/accounts",
])  # fmt: skip
def test_nothing_is_wider_than_a_phone(console: Console, browser: Browser, path: str) -> None:
    page = phone(console, browser, "administrator", scripts=True)
    page.goto(console.address + path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("h1").count() == 1
    assert barriers(page) == []
    page.context.close()
