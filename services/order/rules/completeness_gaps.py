"""Completeness: no number is missing from what a source sent."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from schemas.events import Event
from schemas.observed import Run
from schemas.verdicts import EvidenceRef, VerdictKind

from ..case import Case
from ..observing import gaps, missing
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import RECORDS, after, documented, heartbeat


class _Gap(NamedTuple):
    """Numbers missing between two runs of an instance. `until`: how long they may still come."""

    instance: str
    missing: range
    one: Run
    later: Run
    until: datetime


def check(case: Case) -> Outcome:
    """What came after a gap is settled, and the gap is still there. Filled late, it closes."""
    runs = case.observed.runs if case.observed else {}
    if not runs:
        return Outcome("not_applicable", "this source gives no sequence numbers")
    found = [gap for name, told in runs.items() for gap in _gaps(case, name, told)]
    open_ = [gap for gap in found if case.now <= gap.until]
    wake = min((gap.until for gap in open_), default=None)
    if settled := [gap for gap in found if case.now > gap.until]:
        since = min(gap.later.received for gap in settled)
        reason = f"{_in_words(settled)}: events were lost, or never sent"
        beside = _references(case, settled)
        return Outcome("violation", reason, at=since, wake=wake, references=beside)
    if open_:
        since = min(gap.later.received for gap in open_)
        reason = f"{_in_words(open_)}, and can still arrive"
        beside = _references(case, open_)
        return Outcome("pending", reason, at=since, deadline=wake, wake=wake, references=beside)
    return Outcome("compliant", "no sequence number is missing")


def _gaps(case: Case, instance: str, runs: list[Run]) -> Iterable[_Gap]:
    settling = timedelta(seconds=case.policy.time.settling_seconds)
    for gap, (one, later) in zip(gaps(runs), pairwise(runs), strict=True):
        yield _Gap(instance, gap, one, later, later.received + settling)


def _in_words(found: list[_Gap]) -> str:
    """How many numbers of each instance are missing, and the first of them."""
    counts: dict[str, int] = {}
    first: dict[str, range] = {}
    for gap in found:
        counts[gap.instance] = counts.get(gap.instance, 0) + missing(gap.missing)
        first.setdefault(gap.instance, gap.missing)
    each = (
        f"{count:,} {'number' if count == 1 else 'numbers'}"
        + (f" of instance {name}" if name else "")
        + f" ({_range(first[name], count)})"
        for name, count in counts.items()
    )
    verb = "is" if sum(counts.values()) == 1 else "are"
    return f"{', and '.join(each)} {verb} missing from what this source sent"


def _range(gap: range, count: int) -> str:
    last = gap.stop - 1
    told = f"{gap.start}" if gap.start == last else f"{gap.start} to {last}"
    return told if count == missing(gap) else f"the first: {told}"


def _references(case: Case, found: list[_Gap]) -> tuple[EvidenceRef, ...]:
    """The events on both sides of each gap."""
    source = case.name if case.observed is None else case.observed.source
    sides = [identity for gap in found for identity in (gap.one.last_id, gap.later.first_id)]
    return tuple(EvidenceRef(source=source, id=identity) for identity in sides)


RULE = Rule(
    clause="completeness",
    id="sequence_gaps",
    title="Every event that a source numbered has arrived",
    remedy="every number sent, again if need be: a gap filled late closes by itself",
    severity="medium",
    kinds=("source",),
    check=check,
)

_RMS = f"source{RECORDS}"


def _sent(number: int, minutes: float = 0, instance: str | None = "a") -> Event:
    return documented(after(0, minutes=minutes), sequence=number, instance=instance)


def _told(
    name: str, events: list[Event], expect: VerdictKind, minutes: float = 60, reason: str = ""
) -> Example:
    return Example(name, events, _RMS, expect, after(0, minutes=minutes), reason)


_gap = [_sent(1), _sent(2, 1), _sent(6, 2), _sent(7, 20)]

EXAMPLES = [
    _told("all there", [_sent(n) for n in (1, 2, 3)], "compliant"),
    _told("in any order", [_sent(n, 5 - n) for n in (1, 2, 3)], "compliant"),
    _told("it need not begin at 1", [_sent(n) for n in (41, 42)], "compliant"),
    _told("three are missing", _gap, "violation", 60, "3 numbers of instance a (3 to 5) are"),
    _told("settling", _gap[:3], "pending", 7, "can still arrive"),
    _told("settled", _gap[:3], "violation", 7 + 0.01 / 60),
    _told("filled late", [*_gap, *(_sent(n, 50) for n in (3, 4, 5))], "compliant"),
    _told("filled in part", [*_gap, _sent(4, 50)], "violation", 60, "2 numbers of instance a"),
    _told("one is missing", [_sent(1), _sent(3)], "violation", 60, "1 number of instance a (2) is"),
    _told("another gap is settling", [*_gap, _sent(9, 59)], "violation", 60, "3 numbers"),
    _told("another gap has settled", [*_gap, _sent(9, 54)], "violation", 60, "4 numbers"),
    _told(
        "each instance counts for itself",
        [_sent(1), _sent(2, instance="b"), _sent(4, instance="b")],
        "violation",
        60,
        "1 number of instance b",
    ),
    _told("a process that was started anew", [_sent(9), _sent(1, 2, "b")], "compliant"),
    _told(
        "no instance", [_sent(1, 0, None), _sent(3, 0, None)], "violation", 60, "1 number (2) is"
    ),
    _told("no numbers", [documented(after(0)), heartbeat(after(0))], "not_applicable"),
]
