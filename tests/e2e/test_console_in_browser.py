"""The console in a real browser, with scripts switched off, on a desk and on a phone."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import signed_in
from tests.e2e import made_up
from tests.e2e.made_up import CROWD, LONG
from tests.signed_in import PASSWORD, Console

_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
SIZES = {"desk": (1280, 900), "phone": (390, 844)}


def _with_all_dates() -> bytes:
    """A system of which everything is known, with a name as long as such names are."""
    day = "2020-02-29T13:45:00Z"
    in_force = {"from": day, "to": "2099-11-30T13:45:00Z"}
    return made_up._event(
        "/records/registry", "registry.system.changed.v1", "system/investigative-face-match", 0,
        "s-dated", system_id="investigative-face-match",
        name="Investigative Face Match Professional", vendor="Acme Forensic Imaging Incorporated",
        third_party=True, families=["perceptive"], capabilities=["face_recognition"],
        publicly_accessible=False, permitted_transfers=[], approved_from=day,
        approved_to="2099-11-30T13:45:00Z", safeguards=in_force, exchange_agreement=in_force,
    )  # fmt: skip


@pytest.fixture(scope="module")
def console(kafka: str, elasticsearch: str) -> Iterator[Console]:
    prefix = made_up.new_prefix()
    asyncio.run(made_up.fill(elasticsearch, prefix, more=[_with_all_dates()]))
    with signed_in.console(kafka, elasticsearch, prefix) as running:
        running.client("psit")
        yield running


@pytest.fixture(scope="module")
def address(console: Console) -> str:
    return console.address


@pytest.fixture(scope="module")
def browser(console: Console) -> Iterator[Browser]:
    # After `console`: while Playwright runs, its event loop occupies this thread.
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS.split())
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, console: Console, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = console.browser(
        browser, "psit", viewport={"width": width, "height": height}, java_script_enabled=False
    )
    # Nothing may come from anywhere else.
    context.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
    yield context.new_page()
    context.close()


def keep(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]


def test_from_the_inbox_over_a_filter_to_a_finding_and_the_dashboard(
    page: Page, address: str, tmp_path: Path
) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(address)
    keep(page, tmp_path, "inbox")
    assert page.get_by_role("heading", level=1).inner_text() == "Findings"
    assert page.get_by_text(f"and {CROWD - 1:,} more with the same cause").is_visible()

    page.get_by_text("More filters").click()
    filters = page.locator("form.filters").first
    filters.locator("[name=clause]").select_option("D.2")
    filters.locator("[name=severity]").select_option("medium")
    page.get_by_role("button", name="Apply filters").click()
    keep(page, tmp_path, "filtered")
    assert page.locator("form.filters [name=clause]").input_value() == "D.2"
    assert page.get_by_role("link", name="Clause: D.2").is_visible()

    page.get_by_role("searchbox").fill("use/2")
    page.get_by_role("button", name="Search").click()
    page.locator(".card h2 a").first.click()
    assert page.url.endswith("/findings/f-d.2-2")
    keep(page, tmp_path, "finding")
    assert page.get_by_text("documented the lead in report R-2025-3391").is_visible()
    page.get_by_text("Raw event").first.click()
    assert page.get_by_text('"specversion":"1.0"').first.is_visible()

    page.get_by_role("link", name="This clause in the order").click()
    assert page.url.endswith("/order#D.2")
    keep(page, tmp_path, "order")
    assert page.get_by_text("whoever follows a lead writes it down").is_visible()
    page.get_by_role("link", name="Sources").click()
    keep(page, tmp_path, "sources")
    page.get_by_role("link", name="1 open finding").click()
    assert page.get_by_text("numbers 17 to 19 of instance a never came").first.is_visible()

    page.get_by_role("link", name="Dashboard").click()
    keep(page, tmp_path, "dashboard")
    page.locator(".tiles a").first.click()
    assert "verdict=violation" in page.url
    assert problems == []


@pytest.mark.parametrize("path", ["/", "/?state=all&q=" + LONG, "/?sort=occurred&page=10",
    "/findings/f-c.1.a-244", "/findings/f-d.2-2", "/sources", "/order", "/contract", "/?trial=only",
    "/findings/f%2F..%2F%3Cb%3E%3Fx%3D1%26y", "/dashboard", "/rejected", "/accesses",
    "/?page=x", "/nope"])  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(
    console: Console, browser: Browser, path: str, scheme: str
) -> None:
    context = console.browser(
        browser,
        "psit",
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    try:
        page = context.new_page()
        said: list[str] = []
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(console.address + path)
        # Everything unfolded, as a person may have it.
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert said == []
        assert page.locator("h1").count() == 1
        assert page.locator("script:not([src='/static/console.js']), [style]").count() == 0
    finally:
        context.close()


def test_all_can_be_reached_by_keyboard_and_has_a_name(console: Console, browser: Browser) -> None:
    context = console.browser(browser, "psit")
    page, address = context.new_page(), console.address
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    for path in (
        "/", "/dashboard", "/sources", "/order", "/contract", "/rejected", "/accesses",
        "/findings/f-d.2-2",
    ):  # fmt: skip
        page.goto(address + path)
        nameless = page.evaluate(
            """[...document.querySelectorAll('input:not([type=hidden]), select, button, a, table')]
            .filter(each => !(each.textContent.trim() || each.ariaLabel || each.labels?.length
                || each.caption)).map(each => each.outerHTML)"""
        )
        assert nameless == []
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3')].map(each => Number(each.tagName[1]))"
        )
        assert all(after - before <= 1 for before, after in pairwise(levels))
    context.close()


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_a_supervisor_reads_the_whole_story_on_a_phone(page: Page, address: str) -> None:
    page.goto(address + "/findings/f-d.2-2")
    for title in (
        "The clause", "What happened", "What was missing or does not fit",
        "What would have made it compliant", "Facts that were consulted", "How it was judged",
        "History of this finding",
    ):  # fmt: skip
        assert page.get_by_role("heading", name=title, exact=True).is_visible()
    assert page.get_by_text("when event s-2 replaced it").is_visible()
    assert page.get_by_text("Hours in which a lead is documented: 24").is_visible()
    small = page.locator(".told p, .timeline p").evaluate_all(
        "all => Math.min(...all.map(each => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert small >= 14


def test_it_prints_without_what_only_a_screen_needs(console: Console, browser: Browser) -> None:
    context = console.browser(browser, "psit")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(console.address + "/findings/f-d.2-2")
    assert not page.get_by_role("navigation").first.is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    context.close()


BROKEN = """() => {
    const broken = [];
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        if (!text.parentElement.closest("table.numbers:not(.hidden *)")) continue;
        for (const word of text.data.matchAll(/[^\\s-]+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(each => each.top)).size > 1)
                broken.push(word[0]);
        }
    }
    return broken;
}"""
PAPER = {"portrait": (740, 1040), "landscape": (980, 800)}


@pytest.mark.parametrize(
    ("path", "paper"),
    [("/dashboard/systems", "landscape"), ("/records/systems", "landscape"),
     ("/dashboard/training", "portrait"), ("/dashboard/pipeline", "landscape"),
     ("/dashboard/duties", "landscape"), ("/dashboard", "landscape")],
)  # fmt: skip
def test_tables_can_be_read_on_paper(
    console: Console, browser: Browser, tmp_path: Path, path: str, paper: str
) -> None:
    width, height = PAPER[paper]
    context = console.browser(browser, "psit", viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(console.address + path)
    printed = page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {float(wide) > float(high) for wide, high in boxes} == {paper == "landscape"}
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Whoever has a name of more letters than a line holds has it broken.
    assert [word for word in page.evaluate(BROKEN) if len(word) < 20] == []
    for each in page.locator("table.numbers time").all():
        is_day = each.evaluate("node => !/:/.test(node.textContent)")
        heading = each.evaluate(
            "node => node.closest('table').tHead.rows[0].cells[node.closest('td').cellIndex]"
            ".textContent"
        )
        assert is_day == (heading not in ("Last event", "Judged up to", "Next deadline")), heading
    context.close()


def test_the_tab_that_is_open_can_be_seen_on_a_phone(console: Console, browser: Browser) -> None:
    width, height = SIZES["phone"]
    context = console.browser(browser, "psit", viewport={"width": width, "height": height})
    page = context.new_page()
    for path in ("/dashboard", "/dashboard/duties", "/dashboard/systems", "/dashboard/pipeline"):
        page.goto(console.address + path)
        box = page.locator(".tabs [aria-current]").bounding_box()
        assert box is not None
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    context.close()


def test_supervisors_are_led_to_records_and_not_to_the_contract(
    console: Console, browser: Browser
) -> None:
    context = console.browser(browser, "supervisor")
    page = context.new_page()
    page.goto(console.address + "/?view=all")
    names = page.get_by_label("Main").get_by_role("link").all_inner_texts()
    assert names == ["Findings", "Approvals", "Records", "The order"]
    page.get_by_role("link", name="Records", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Records"
    assert page.get_by_label("Main").locator("[aria-current]").inner_text() == "Records"
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_signing_in_and_out_without_scripts(browser: Browser, address: str, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(address + "/sources?x=1")
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    page.get_by_label("Name").fill("psit")
    page.get_by_label("Password").fill("a wrong one, and long")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").is_visible()
    assert page.get_by_label("Name").input_value() == "psit"
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.url == address + "/sources?x=1"
    page.get_by_role("button", name="Sign out").click()
    page.goto(address + "/")
    assert page.url == address + "/sign-in"
    context.close()
