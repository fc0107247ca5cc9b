"""How the other processes say they are: by their own /health, as `blotter status` asks it."""

import asyncio
from collections.abc import Mapping

import aiohttp

from ..tables import Cell, Column, Table
from .view import Section

COLUMNS = (Column("service", "Service", "text"), Column("state", "Says of itself", "text"))
WELL = "ok"
_AWAY = "does not answer"


async def load(addresses: Mapping[str, str], seconds: float) -> dict[str, str]:
    """What each says, by name: `ok`, or why not. All are asked at once, and no longer than that."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        said = await asyncio.gather(*(_said(session, url) for url in addresses.values()))
    return dict(zip(addresses, said, strict=True))


async def _said(session: aiohttp.ClientSession, url: str) -> str:
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return str((await answer.json())["why"])
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError):
        return _AWAY


def section(states: Mapping[str, str]) -> Section:
    """A row for each."""
    rows = [[Cell(name), Cell(state)] for name, state in states.items()]
    table = Table("services", "Services, by what each says of itself", COLUMNS, rows)
    return Section("services", "Services", table, "None is to be asked.")
