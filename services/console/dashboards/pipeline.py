"""The pipeline: how far the log was judged and indexed, and what its sources lack."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any

from services.runtime.search import Body

from .. import sources, times
from ..parameters import link
from ..sources import SourceRow
from ..store import Store
from ..store import sources as documents
from ..tables import Cell, Column, Table
from . import services
from .query import can_be_asked
from .view import Section, Tile, View

_MOST = 1000
_REASONS = 20


async def load(store: Store, now: datetime, states: Awaitable[Mapping[str, str]]) -> View:
    """Read everything. `states`: what the services say of themselves. Raises Unavailable."""
    progress, newest, refused, found, said = await asyncio.gather(
        store.search(store.indices.progress, {"size": 1000, "sort": [{"partition": "asc"}]}),
        store.ask(store.indices.events, _newest("receivedtime")),
        store.search(store.indices.rejected, _refused()),
        sources.load(store, now),
        states,
    )
    partitions = documents(progress)
    judged_to = _judged_to(partitions)
    received = _moment(newest.get("aggregations", {}).get("newest", {}).get("value_as_string"))
    buckets = refused["aggregations"]["sources"]["buckets"]
    refusals = refused["hits"]["total"]["value"]
    waiting = sum(int(each.get("backlog", 0)) for each in partitions)
    tiles = [
        Tile("Newest event in the index", Cell(received), kind="time"),
        Tile("Judged up to", Cell(judged_to), kind="time"),
        Tile("Judging is behind by", Cell(_behind(received, judged_to)), kind="seconds"),
        Tile("Dossiers to be judged again", Cell(waiting)),
        Tile("Refused input", Cell(refusals, "/rejected")),
        Tile("Sources with open findings", Cell(sum(bool(s.findings) for s in found), "/sources")),
    ]
    unwell = sum(state != services.WELL for state in said.values())
    tiles.append(
        Tile("Services not well", Cell(unwell, "#services"), "violation" if unwell else "")
    )
    sections = [services.section(said)]
    sections.append(_sources(found, {b["key"]: b["doc_count"] for b in buckets}))
    sections += [_progress(partitions), _reasons(buckets)]
    return View(tiles, sections, [(_said(judged_to), None), ("All of the sources", "/sources")])


def _said(judged_to: datetime | None) -> str:
    if judged_to is None:
        return "How far everything has been judged is not known yet."
    return "Everything received before the time that “Judged up to” gives has been judged."


def _newest(field: str) -> Body:
    return {"size": 0, "aggs": {"newest": {"max": {"field": field}}}}


def _refused() -> Body:
    reasons = {"terms": {"field": "reason.keyword", "size": _REASONS}}
    by_source = {"terms": {"field": "source", "size": _MOST}, "aggs": {"reasons": reasons}}
    return {"size": 0, "track_total_hits": True, "aggs": {"sources": by_source}}


def _judged_to(partitions: list[Body]) -> datetime | None:
    """All that was received before has been judged, in every partition."""
    known = [_moment(each.get("now")) for each in partitions]
    told = [now for now in known if now is not None]
    return min(told) if told and len(told) == len(known) else None


def _behind(received: datetime | None, judged_to: datetime | None) -> float | None:
    if received is None or judged_to is None:
        return None
    return max(0.0, (received - judged_to).total_seconds())


def _moment(text: str | None) -> datetime | None:
    return times.parse(text) if text else None


def _progress(partitions: list[Body]) -> Section:
    rows = [
        [
            Cell(str(each["partition"])),
            Cell(_moment(each.get("now"))),
            Cell(each.get("backlog", 0)),
            Cell(each.get("dossiers", 0)),
            Cell(each.get("offset", 0)),
        ]
        for each in partitions
    ]
    columns = [
        Column("partition", "Partition", "text"),
        Column("judged_to", "Judged up to", "time"),
        Column("backlog", "Waiting to be judged again"),
        Column("dossiers", "Dossiers"),
        Column("offset", "Offset"),
    ]
    table = Table("progress", "Progress by partition of the log", columns, rows)
    empty = "The checker has not reported yet."
    return Section("progress", "How far the log has been judged", table, empty)


def _sources(found: list[SourceRow], refused: dict[str, int]) -> Section:
    columns = [
        Column("source", "Source", "text"),
        Column("state", "State", "text"),
        Column("last_event", "Last event", "time"),
        Column("missing", "Missing"),
        Column("conflicts", "Conflicts"),
        Column("clock", "Clock wrong by", "seconds"),
        Column("refused", "Refused"),
        Column("findings", "Open findings"),
    ]
    rows = [_source(each, refused.get(each.name, 0)) for each in found]
    table = Table("sources", "Sources: last event, gaps, refusals, clocks", columns, rows)
    return Section("sources", "Sources", table, "No source is known yet.")


def _source(row: SourceRow, refused: int) -> list[Cell]:
    seen = row.seen
    asks = row.name if can_be_asked(row.name) else None
    subject, there = f"source{row.name}", row.address
    return [
        Cell(row.name, there),
        Cell(row.state),
        Cell(seen.last_received if seen else None),
        Cell(seen.missing if seen else 0, there),
        Cell(seen.conflicts if seen else 0, there),
        Cell(seen.skew_seconds if seen else None, there),
        Cell(refused, asks and link("/rejected", source=asks)),
        Cell(row.findings, asks and link("/", q=subject) if can_be_asked(subject) else None),
    ]


def _reasons(buckets: list[Body]) -> Section:
    rows: list[list[Cell]] = []
    for source in buckets:
        for reason in source["reasons"]["buckets"]:
            where: dict[str, Any] = {"source": source["key"], "reason": reason["key"]}
            is_short = can_be_asked(source["key"]) and len(reason["key"]) <= 2000
            href = link("/rejected", **where) if is_short else None
            count = int(reason["doc_count"])
            rows.append([Cell(source["key"]), Cell(reason["key"]), Cell(count, href)])
    columns = [
        Column("source", "Source", "text"),
        Column("reason", "Reason", "text"),
        Column("count", "Refused"),
    ]
    table = Table("refused", "Refused input by source and reason", columns, rows)
    note = f"The {_REASONS} most frequent reasons of each source."
    return Section("refused", "Refused input", table, "Nothing has been refused.", note=note)
