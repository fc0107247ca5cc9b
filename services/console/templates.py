"""The templates: what they may use, and what happens to all that they write."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.order import sentences

from . import times, words
from .parameters import link
from .times import Clock

FOLDER = Path(__file__).parent

# Characters that turn the direction of text around, or cannot be seen: they could make a name or
# a reason read as something else.
_RANGES = (
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0xFEFF, 0xFEFF),
)
_HIDDEN = {code: "\ufffd" for first, last in _RANGES for code in range(first, last + 1)}


def visible(value: Any) -> Any:
    """What a template is about to write, with hidden characters made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return value.translate(_HIDDEN)
    return value


def environment(clock: Clock) -> Environment:
    """Templates that escape whatever they are given and refuse names that do not exist."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    made.filters.update(
        when=clock.when,
        timed=times.timed,
        duration=sentences.duration,
        plain=words.plain,
        heading=words.heading,
        number=lambda value: f"{value:,}",
    )
    made.tests["web_address"] = is_web_address
    made.globals.update(words=words, link=link, finding_url=finding_url)
    return made


def is_web_address(text: str) -> bool:
    """Whether a browser may be sent there."""
    return text.lower().startswith(("https://", "http://"))


def finding_url(finding_id: str) -> str:
    """The address of a finding's page."""
    return f"/findings/{quote(finding_id, safe='')}"
