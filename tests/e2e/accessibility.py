"""What stands in the way of people who cannot see, point or tell colours apart, by axe-core."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG_2_1_AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def barriers(page: Page) -> list[str]:
    """What axe-core finds on the page, with all that is folded unfolded, against WCAG 2.1 at level
    AA: for each element how grave it is, the rule's name, and what to do."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found: dict[str, Any] = Axe().run(page, options=WCAG_2_1_AA).response
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
