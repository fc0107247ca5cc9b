"""Completeness: a source's clock is right."""

from schemas.events import Event
from schemas.verdicts import VerdictKind

from ..case import Case
from ..observing import skew
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import RECORDS, after, documented, employee, heartbeat, policy_change, source
from ..standing import day_began, shown_days


def check(case: Case) -> Outcome:
    """On no day that still counts was its clock wrong by more than the policy allows."""
    if case.observed is None:
        return Outcome("not_applicable", "nothing was received from this source")
    allowed = case.policy.completeness.clock_skew_at_most_seconds
    over = [told for told in shown_days(case) if skew(told[1]) > allowed]
    if not over:
        return Outcome("compliant", f"the clock of this source was right to {allowed:g} s")
    day, seen, _ = max(over, key=lambda told: (skew(told[1]), told[0]))
    reason = (
        f"the clock of {case.observed.source} was wrong by {skew(seen):.2f} s or more on {day}"
        f" (UTC); {allowed:g} s are allowed"
    )
    return Outcome("violation", reason, at=day_began(day), wake=min(until for _, _, until in over))


RULE = Rule(
    clause="completeness",
    id="clock_skew",
    title="A source's clock is right",
    remedy="a clock that is set by the network, so that times can be believed",
    settings=("completeness.clock_skew_at_most_seconds", "completeness.shown_for_days"),
    severity="medium",
    kinds=("source",),
    check=check,
)

_OVER = 7 + 30 * 24  # 2026-03-02, in UTC, ends seven hours after nine in Los Angeles


def _beat(ahead: float, at: float = 1) -> Event:
    """A heartbeat whose time lies so many seconds after its receipt."""
    return heartbeat(after(at, seconds=ahead), received=after(at))


def _told(
    name: str, events: list[Event], expect: VerdictKind, hours: float = 2, reason: str = ""
) -> Example:
    return Example(name, events, f"source{RECORDS}", expect, after(hours), reason)


EXAMPLES = [
    _told("right", [_beat(0)], "compliant"),
    _told("ahead as far as may be", [_beat(120)], "compliant"),
    _told("ahead", [_beat(120.01)], "violation", 2, "120.01 s or more"),
    _told("behind as far as may be", [_beat(-120)], "compliant"),
    _told("behind", [_beat(-120.01)], "violation", 2, "120.01 s or more"),
    _told("held up once on its way", [_beat(-500), _beat(-1, 1.5)], "compliant"),
    _told(
        "an event that says it happened after it came",
        [documented(after(1, seconds=300), received=after(1))],
        "violation",
        2,
        "300.00 s",
    ),
    _told("sent long after it happened", [documented(after(0), received=after(1))], "compliant"),
    _told(
        "a fact from a day to come",
        [_beat(0), employee("E-3", after(99), received=after(1))],
        "compliant",
    ),
    _told("the worst day", [_beat(200, -24), _beat(300), _beat(400, -48)], "violation", 2, "02-28"),
    _told("still shown", [_beat(300)], "violation", _OVER),
    _told("shown no longer", [_beat(300)], "compliant", _OVER + 0.01 / 3600),
    _told(
        "the department allows more",
        [_beat(300), policy_change(completeness={"clock_skew_at_most_seconds": 300})],
        "compliant",
    ),
    Example(
        "registered, nothing received",
        [source("/vendors/acme/x")],
        "source/vendors/acme/x",
        "not_applicable",
        after(1),
        "nothing was received",
    ),
]
