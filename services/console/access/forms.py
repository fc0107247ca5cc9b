"""Forms as they come in: sent by ours, not too large, each field once."""

import hmac
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from ..parameters import BadParameter, parse
from .csrf import FIELD, is_own
from .viewer import Forbidden

MOST_BYTES = 256 * 1024
_MOST_FIELDS = 2000
_NOT_OURS = (
    "This form was not sent from a page of this console, or was shown before you signed in. Go"
    " back, load the page again, and send it once more."
)
AnyModel = TypeVar("AnyModel", bound=BaseModel)


@dataclass(frozen=True)
class Form:
    """What was filled in. `lists`: fields that may come several times. `files`: contents."""

    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A field, without spaces around it; empty if it was not given."""
        return self.fields.get(name, "").strip()

    def read(self, kind: type[AnyModel]) -> AnyModel:
        """The single fields as a model, empty ones as not given. Raises BadParameter."""
        return parse(kind, QueryParams(list(self.fields.items())))


async def checked_form(
    request: Request, *, lists: Collection[str] = (), most_bytes: int = MOST_BYTES
) -> Form:
    """The form of a POST, once it is certain that the viewer sent it.

    `lists`: names of fields that may come several times; every other may come once. `most_bytes`:
    of all of it, files included. Raises Forbidden, BadParameter, HTTPException (413).
    """
    if not is_own(request.headers):
        raise Forbidden(_NOT_OURS)
    given = await _parsed(request, most_bytes)
    try:
        form = await _sorted(given, frozenset(lists))
    finally:
        await given.close()
    token, expected = form.fields.pop(FIELD, ""), request.state.csrf
    # Whoever has no cookie has no token either, and none is not one.
    if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Forbidden(_NOT_OURS)
    return form


async def _parsed(request: Request, most_bytes: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = _bounded(request, most_bytes)
    limits: dict[str, Any] = {"max_fields": _MOST_FIELDS, "max_part_size": most_bytes}
    try:
        if kind == "multipart/form-data":
            return await MultiPartParser(request.headers, body, max_files=4, **limits).parse()
        if kind == "application/x-www-form-urlencoded":
            return await FormParser(request.headers, body, **limits).parse()
    except (MultiPartException, UnicodeError, ValueError):
        raise BadParameter("form", "cannot be read") from None
    raise BadParameter("form", "must be sent as a form")


async def _bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > most_bytes:
            raise HTTPException(413)
        yield chunk


async def _sorted(given: FormData, lists: frozenset[str]) -> Form:
    form = Form()
    for name, value in given.multi_items():
        if isinstance(value, UploadFile):
            if name in form.files:
                raise BadParameter(name, "is given more than once")
            form.files[name] = await value.read()
        elif name in lists:
            form.lists.setdefault(name, []).append(value)
        elif name in form.fields:
            raise BadParameter(name, "is given more than once")
        else:
            form.fields[name] = value
    return form
