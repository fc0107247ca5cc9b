"""Completeness: a source that reports at intervals has not fallen silent."""

from datetime import datetime, timedelta
from itertools import takewhile

from schemas.events import Event
from schemas.registry import SourceChanged
from schemas.verdicts import VerdictKind

from ..case import Case
from ..eventset import received
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import after, heartbeat, policy_change, retracted, source
from ..sentences import duration
from ..standing import come, woken


def check(case: Case) -> Outcome:
    """Something was received within a few of its intervals; at first, since its registration."""
    registered, coming = come(case, case.of(SourceChanged))
    return woken(_judge(case, registered), coming)


def _judge(case: Case, registered: list[SourceChanged]) -> Outcome:
    if not registered:
        return Outcome("not_applicable", "this source is not registered")
    current = registered[-1]
    cadence = current.data.cadence_seconds
    if current.data.status != "active" or cadence is None:
        reason = "this source is suspended" if cadence else "this source reports at no interval"
        return Outcome("not_applicable", reason, (current,))
    last = _last(case, registered)
    allowed = case.policy.completeness.silent_after_cadences * cadence
    deadline = last + timedelta(seconds=allowed)
    if case.now > deadline:
        reason = (
            f"nothing was received from {current.data.source} after {case.when(last)};"
            f" it reports every {duration(cadence)}, and counts as silent since"
            f" {case.when(deadline)}"
        )
        return Outcome("violation", reason, (current,), deadline, deadline)
    # Not when it last reported: that is another time with every event.
    reason = f"no report of {current.data.source} is overdue"
    return Outcome("compliant", reason, (current,), wake=deadline)


def _last(case: Case, registered: list[SourceChanged]) -> datetime:
    """When anything was last received; at the earliest, when it was first expected to report."""
    expected = list(takewhile(_reports, reversed(registered)))[-1]
    first = max(expected.time, received(expected))
    told = case.observed.last_received if case.observed else None
    return first if told is None else max(first, told)


def _reports(registration: SourceChanged) -> bool:
    data = registration.data
    return data.status == "active" and data.cadence_seconds is not None


RULE = Rule(
    clause="completeness",
    id="silent_source",
    title="A source that reports at intervals has not fallen silent",
    remedy="a report at every interval, be it that nothing happened, or a suspension on record",
    settings=("completeness.silent_after_cadences",),
    severity="medium",
    kinds=("source",),
    check=check,
)

_NAME = "/vendors/acme/x"
_rms = source(_NAME, after(-1), cadence_seconds=3600)
_said = [_rms, heartbeat(after(0), _NAME)]
_late = [_rms, heartbeat(after(0), _NAME, received=after(2))]


def _told(
    name: str, events: list[Event], expect: VerdictKind, now: datetime, reason: str = ""
) -> Example:
    return Example(name, events, f"source{_NAME}", expect, now, reason)


EXAMPLES = [
    _told("it reports", _said, "compliant", after(1), "overdue"),
    _told("at the last instant", _said, "compliant", after(3)),
    _told("silent", _said, "violation", after(3, seconds=0.01), "nothing was received"),
    _told("it reports again", [*_said, heartbeat(after(9), _NAME)], "compliant", after(10)),
    _told("what arrives late counts", _late, "compliant", after(5)),
    _told("and is over too", _late, "violation", after(5, seconds=0.01)),
    _told("never heard of: waits", [_rms], "compliant", after(2)),
    _told("never heard of", [_rms], "violation", after(2, seconds=0.01)),
    _told(
        "registered late",
        [source(_NAME, after(-99), cadence_seconds=3600, received=after(0))],
        "compliant",
        after(3),
    ),
    _told(
        "another interval",
        [*_said, source(_NAME, after(1), cadence_seconds=60)],
        "violation",
        after(1, seconds=0.01),
    ),
    _told(
        "an interval from a time to come",
        [*_said, source(_NAME, after(1), cadence_seconds=60, received=after(0))],
        "compliant",
        after(1, seconds=-0.01),
    ),
    _told(
        "suspended",
        [*_said, source(_NAME, after(2), cadence_seconds=3600, status="suspended")],
        "not_applicable",
        after(9),
        "suspended",
    ),
    _told(
        "active again: waits anew",
        [
            *_said,
            source(_NAME, after(2), cadence_seconds=3600, status="suspended"),
            source(_NAME, after(9), cadence_seconds=3600),
        ],
        "compliant",
        after(12),
    ),
    _told("no interval", [source(_NAME)], "not_applicable", after(9), "no interval"),
    _told("not registered", _said[1:], "not_applicable", after(9), "not registered"),
    _told(
        "registration retracted",
        [*_said, retracted(after(1), _rms)],
        "not_applicable",
        after(9),
    ),
    _told(
        "the department waits longer",
        [*_said, policy_change(completeness={"silent_after_cadences": 4})],
        "compliant",
        after(4),
    ),
]
