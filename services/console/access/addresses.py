"""From which address somebody asks, where a proxy stands before the console."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from starlette.requests import Request

Network: TypeAlias = IPv4Network | IPv6Network


def address_of(request: Request, proxies: Sequence[Network]) -> str:
    """The nearest address that is no trusted proxy's.

    Each proxy appends to X-Forwarded-For who asked it, so the header is read from its end, and only
    for as long as a trusted proxy wrote it: what stands before that, anybody may have made up.
    """
    peer = request.client.host if request.client else ""
    nearest = _parsed(peer)
    told = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    while told and nearest is not None and any(nearest in network for network in proxies):
        before = _parsed(told.pop())
        if before is None:
            break
        nearest = before
    return peer if nearest is None else str(nearest)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None
