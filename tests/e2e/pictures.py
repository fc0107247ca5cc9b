"""The README's pictures, taken by the tests that walk through the pages."""

from pathlib import Path
from typing import Protocol

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
README = ROOT / "README.md"


class Picture(Protocol):
    """Takes a picture of what a window shows, if pictures are asked for."""

    def __call__(self, page: Page, name: str) -> None:
        """`name`: of the file, without its end; on a phone's window, `-phone` follows."""


def take(page: Page, name: str) -> None:
    """Write a picture of what the window shows into `docs/images`, if the README shows it."""
    narrow = (page.viewport_size or {"width": 0})["width"] < 600
    file = f"{name}-phone.png" if narrow else f"{name}.png"
    if file in README.read_text():
        page.screenshot(path=IMAGES / file)


def leave(page: Page, name: str) -> None:
    """No pictures were asked for."""
