"""The three ways in which CloudEvents travel over HTTP (HTTP Protocol Binding 1.0.2)."""

import re
from urllib.parse import unquote

import orjson
from starlette.datastructures import Headers

from .refused import Refused

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
_PREFIX = "ce-"


def events_json(headers: Headers, body: bytes) -> bytes:
    """One event, or an array of them, as JSON that nobody has looked into yet.

    Raises Refused: 415 for another media type, 400 for what cannot be in the mode it claims.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    starts_array = body.lstrip()[:1] == b"["
    if media == BATCH:
        if not starts_array:
            raise malformed("a batch is a JSON array of events")
        return body
    if media == STRUCTURED:
        if starts_array:
            raise malformed(f"one event is a JSON object; an array is sent as {BATCH}")
        return body
    if any(name.startswith(_PREFIX) for name in headers):
        if media not in (JSON, ""):
            raise _unsupported(f"data is {JSON}, in the encoding UTF-8")
        return _of_headers(headers, body)
    told = f"send {STRUCTURED}, {BATCH}, or {JSON} with the event's attributes as ce- headers"
    raise _unsupported(told)


def malformed(told: str) -> Refused:
    """The body is not what its mode says."""
    return Refused(400, "malformed", f"body: {told}")


def _unsupported(told: str) -> Refused:
    return Refused(415, "media_type", f"content-type: {told}")


def _of_headers(headers: Headers, body: bytes) -> bytes:
    """Binary mode: the attributes stand in the headers, the body is `data`."""
    attributes: dict[str, str] = {}
    for name, value in headers.items():
        if not name.startswith(_PREFIX):
            continue
        attribute = name.removeprefix(_PREFIX)
        if attribute in attributes or attribute in ("data", "datacontenttype"):
            told = "is given twice" if attribute in attributes else "is no header"
            raise Refused(400, "malformed", f"ce-{attribute}: {told}"[:200])
        attributes[attribute] = _value(name, value)
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        raise malformed("data is not JSON (UTF-8)") from None
    # The body as it is: its numbers would not all survive being read and written.
    return b'%b,"data":%b}' % (orjson.dumps(attributes)[:-1], body)


def _value(name: str, value: str) -> str:
    """A header's value as the sender meant it: unquoted, then percent-decoded (3.1.3.2)."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Refused(400, "malformed", f"{name}: is not percent-encoded UTF-8"[:200]) from None
