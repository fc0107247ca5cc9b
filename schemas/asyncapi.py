"""The AsyncAPI 3.0 document: topics, what is sent on them, and by whom."""

from typing import Any

from . import example_files
from .events import EVENT_MODELS
from .json_schema import MODELS, components

_DESCRIPTION = """\
What Blotter, an audit log of a police department's use of AI, receives and publishes in Kafka.
Vendors and systems of record send on the topic of their own source; everything else is read only.
Every reader sets isolation.level=read_committed. `content` of a use is never in `ai.events`.
"""

_EVENTS = tuple(EVENT_MODELS)

# Topic: (who uses it how, messages, description)
_CHANNELS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "ai.intake.{source}": (
        "receive",
        _EVENTS,
        "One topic a source, kept for 48 hours. A record is one CloudEvent (structured JSON), or "
        "a JSON array of 1 to 500 of them.",
    ),
    "ai.events": (
        "send",
        _EVENTS,
        "The log, kept for ever. A record is 1 to 500 events, one a line, each with its "
        "receivedtime; the key is the subject of the first.",
    ),
    "ai.rejected": ("send", ("rejected",), "What intake refused, and why."),
    "ai.findings": ("send", ("finding",), "Findings as they stand. Compacted; key: finding_id."),
    "ai.finding-history": ("send", ("finding",), "Every revision of every finding."),
    "ai.metrics": (
        "send",
        ("dossier-metrics", "partition-progress"),
        "The verdicts on each dossier (key: dossier), and how far the checker has come "
        "(key: progress/<partition>). Compacted.",
    ),
}


def document() -> dict[str, Any]:
    """The whole document; the payloads' schemas are those of `json_schema`."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Blotter", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "localhost:9092",
                "protocol": "kafka",
                "description": "The broker of a development stack",
            }
        },
        "channels": {_key(address): _channel(address) for address in _CHANNELS},
        "operations": {_key(address): _operation(address) for address in _CHANNELS},
        "components": {
            "messages": {name: _message(name) for name in MODELS},
            "schemas": components(MODELS),
        },
    }


def _key(address: str) -> str:
    return address.removeprefix("ai.").replace(".{source}", "").replace("-", "_")


def _channel(address: str) -> dict[str, Any]:
    _, messages, description = _CHANNELS[address]
    channel: dict[str, Any] = {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }
    if "{source}" in address:
        channel["parameters"] = {
            "source": {
                "description": "The source's name with dots for slashes: /vendors/acme/x sends "
                "on ai.intake.vendors.acme.x",
                "examples": ["vendors.acme.x"],
            }
        }
    return channel


def _operation(address: str) -> dict[str, Any]:
    action, _, description = _CHANNELS[address]
    channel = f"#/channels/{_key(address)}"
    return {"action": action, "channel": {"$ref": channel}, "summary": description}


def _message(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "summary": (MODELS[name].__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{MODELS[name].__name__}"},
        "examples": [
            {"name": what, "payload": payload}
            for what, payload in example_files.valid(name).items()
        ],
    }
