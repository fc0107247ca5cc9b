"""What the technology unit does in a day, in a real browser: at a desk with scripts, and on a phone
without."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import reviewing
from tests.e2e.pictures import Picture
from tests.e2e.test_console_in_browser import _OPTIONS, SIZES, keep
from tests.reviewing import CROWD, Department
from tests.signed_in import PASSWORD

PATIENCE_MS = 20_000
UNREGISTERED = "unheard-of"


@pytest.fixture(scope="module")
def people(
    own_kafka: str, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Department]:
    folder = tmp_path_factory.mktemp("browser-psit")
    with reviewing.department(own_kafka, elasticsearch, folder) as made:
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


@pytest.fixture(scope="module", params=SIZES)
def page(request: pytest.FixtureRequest, people: Department, browser: Browser) -> Iterator[Page]:
    """One window for the whole day: signed in through the form, and with nothing to complain of."""
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=request.param == "desk"
    )
    page = context.new_page()
    problems: list[str] = []
    # A form with a mistake comes back as 422, which the browser tells as well.
    page.on("console", lambda told: problems.extend([told.text] * ("422" not in told.text)))
    page.goto(people.console.address + "/dashboard")
    page.get_by_label("Name").fill("psit")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard: overview")
    yield page
    context.close()
    assert problems == []


def number_of(page: Page, tile: str) -> str:
    return page.locator(".tiles > div", has_text=tile).locator("dd").inner_text()


def open_tile(page: Page, tile: str) -> None:
    page.locator(".tiles > div", has_text=tile).locator("a").click()


def test_each_number_is_a_way_to_what_it_counts(
    page: Page, tmp_path: Path, picture: Picture
) -> None:
    page.get_by_role("link", name="Dashboard").first.click()
    picture(page, "dashboard")
    uses = number_of(page, "Uses of AI")
    open_tile(page, "Uses of AI")
    expect(page.get_by_text(f"{uses} records", exact=True)).to_be_visible()
    keep(page, tmp_path, "records")
    page.locator(".card h2 a, .card h1 a").first.click()
    keep(page, tmp_path, "record")
    expect(page.get_by_role("heading", level=1)).to_contain_text("use/")


def test_a_system_in_use_that_nobody_registered(
    people: Department, page: Page, tmp_path: Path, picture: Picture
) -> None:
    page.get_by_role("link", name="Dashboard").first.click()
    page.get_by_role("link", name="Systems", exact=True).first.click()
    assert number_of(page, "not registered") == "1"
    open_tile(page, "not registered")
    expect(page.get_by_text(UNREGISTERED).first).to_be_visible()
    keep(page, tmp_path, "unregistered")
    page.goto(f"{people.console.address}/?view=all&system={UNREGISTERED}")
    expect(page.get_by_text(f"and {CROWD - 1} more with the same cause").first).to_be_visible()
    picture(page, "findings")
    page.locator(".card h2 a").first.click()  # all of one cause
    page.locator(".card h2 a").first.click()
    expect(page.get_by_role("heading", name="Where it stands")).to_be_visible()
    picture(page, "finding")


def test_a_system_is_registered_though_something_was_forgotten_at_first(
    people: Department, page: Page, tmp_path: Path
) -> None:
    known = f"{UNREGISTERED}-{page.viewport_size['width']}"  # type: ignore[index]
    page.get_by_role("link", name="Registry").click()
    page.get_by_role("link", name="Systems").first.click()
    page.get_by_role("link", name="Add a system").click()
    page.get_by_label("System ID").fill(known)
    page.locator("[name=name]").fill("Plate finder")
    page.locator("[name=third_party]").select_option("yes")
    page.locator("[name=publicly_accessible]").select_option("no")
    page.locator("[name='families[perceptive]']").check()
    page.locator("[name='capabilities[alpr]']").check()
    page.locator("[name='permitted_transfers[]']").check()
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("alert")).to_contain_text("1 thing must be mended")
    keep(page, tmp_path, "mend")
    page.locator("[name=vendor]").fill("Acme")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Done. It is in the log.")).to_be_visible(timeout=PATIENCE_MS)
    keep(page, tmp_path, "registered")
    page.goto(people.console.address + "/registry/systems")
    expect(page.get_by_text("Plate finder").first).to_be_visible()


def test_whether_the_log_is_complete_and_a_list_to_take_along(
    people: Department, page: Page, tmp_path: Path
) -> None:
    page.get_by_role("link", name="Sources").click()
    expect(page.get_by_text("/vendors/acme/x").first).to_be_visible()
    keep(page, tmp_path, "sources")
    page.goto(people.console.address + "/?view=all&state=open")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    told = re.findall(r"[\d,]+", page.locator("[role=status]").first.inner_text())[-1]
    assert "clause" in lines[0]
    assert len(lines) - 1 == int(told.replace(",", ""))
