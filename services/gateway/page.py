"""The page of the API, for whoever has to send to it; made from the same as the document."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas import example_files
from schemas.events import EVENT_MODELS

from .binding import BATCH, JSON, STRUCTURED
from .openapi import ANSWERS
from .settings import GatewaySettings

FOLDER = Path(__file__).parent
HEADERS = {
    # No script at all, nothing from elsewhere.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(settings: GatewaySettings, address: str) -> str:
    """The page; `address`: under which the sender has asked for it."""
    template = _TEMPLATES.get_template("page.html")
    return template.render(
        address=address.rstrip("/"),
        examples=_examples(),
        answers=ANSWERS,
        limits=_limits(settings),
        types={name: _first_line(model) for name, model in EVENT_MODELS.items()},
    )


def _examples() -> list[tuple[str, list[str], str]]:
    """(name, headers, body) of each mode, with one event."""
    event = example_files.valid("ai.use.recorded.v1")["minimal"]
    attributes = {name: value for name, value in event.items() if name != "data"}
    attributes.pop("datacontenttype", None)
    of_event = [f"ce-{name}: {value}" for name, value in attributes.items()]
    whole = json.dumps(event, indent=2)
    return [
        ("A batch", [f"content-type: {BATCH}"], f"[{whole}]"),
        ("One event", [f"content-type: {STRUCTURED}"], whole),
        (
            "One event, its attributes in headers",
            [f"content-type: {JSON}", *of_event],
            json.dumps(event["data"], indent=2),
        ),
    ]


def _limits(settings: GatewaySettings) -> dict[str, str]:
    """What each limit is, by what it is of."""
    return {
        "A request, unpacked": f"{settings.gateway_max_body_bytes:,} bytes",
        "An event": f"{settings.intake_max_event_bytes:,} bytes",
        "A batch": f"{settings.intake_max_batch_events:,} events",
        "A key, on average": f"{settings.gateway_events_per_second:g} events a second",
        "A key, at once": f"{settings.gateway_burst_events:,} events",
        "Time to send a request": f"{settings.gateway_read_seconds:g} s",
        "An event's time after its receipt": f"{settings.intake_max_ahead_seconds:g} s",
    }


def _first_line(model: Any) -> str:
    return (model.__doc__ or "").splitlines()[0]
