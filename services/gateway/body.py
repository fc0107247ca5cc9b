"""A request's body, unpacked, and never more of it in memory than may be."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable

from starlette.requests import ClientDisconnect, Request

from .refused import Refused
from .settings import GatewaySettings

_GZIP = 16 + zlib.MAX_WBITS


async def read(request: Request, settings: GatewaySettings, more: Callable[[int], None]) -> bytes:
    """The whole body. `more`: is told of bytes before they are kept, and may refuse them.

    Raises Refused: 400 not gzip, 408 too slow, 413 too large, 415 packed otherwise.
    """
    most = settings.gateway_max_body_bytes
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(settings.gateway_read_seconds):
            async for part in _unpacked(request, most):
                if len(body) + len(part) > most:
                    raise _too_large(most)
                more(len(part))
                body += part
    except TimeoutError:
        raise Refused(408, "slow", "the body did not arrive in time") from None
    except ClientDisconnect:
        raise Refused(400, "disconnected", "the connection was closed") from None
    return bytes(body)


def _unpacked(request: Request, most: int) -> AsyncIterator[bytes]:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return request.stream()
    if encoding in ("gzip", "x-gzip"):
        return _gunzipped(request.stream(), most)
    told = "content-encoding: only gzip and identity are understood"
    raise Refused(415, "encoding", told, {"Accept-Encoding": "gzip"})


async def _gunzipped(parts: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """At most one byte more than `most` of each part: a small body may unpack to any size."""
    unpacking = zlib.decompressobj(_GZIP)
    try:
        async for part in parts:
            yield unpacking.decompress(part, most + 1)
            if unpacking.unconsumed_tail:
                raise _too_large(most)
    except zlib.error:
        raise Refused(400, "malformed", "body: is not gzip, as content-encoding says") from None
    if not unpacking.eof or unpacking.unused_data:
        raise Refused(400, "malformed", "body: is not one whole gzip stream")


def _too_large(most: int) -> Refused:
    return Refused(413, "too_large", f"the body, unpacked, has more than {most} bytes")
