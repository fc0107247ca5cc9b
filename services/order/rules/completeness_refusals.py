"""Completeness: what a source sends can be read."""

from schemas.events import Event
from schemas.observed import DayObserved, Observed
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import RECORDS, after, documented, policy_change, source
from ..standing import day_began, shown_days


def check(case: Case) -> Outcome:
    """On no day that still counts were more inputs refused than the policy allows."""
    if case.observed is None:
        return Outcome("not_applicable", "nothing was received from this source")
    allowed = case.policy.completeness.refused_at_most
    over = [told for told in shown_days(case) if told[1].refused > allowed]
    if not over:
        reason = f"on no day of late were more than {allowed:,} inputs of this source refused"
        return Outcome("compliant", reason)
    day, seen, _ = max(over, key=lambda told: (told[1].refused, told[0]))
    reason = (
        f"{seen.refused:,} inputs from {case.observed.source} were refused on {day} (UTC);"
        f" more than {allowed:,} on one day are too many"
    )
    return Outcome("violation", reason, at=day_began(day), wake=min(until for _, _, until in over))


RULE = Rule(
    clause="completeness",
    id="refused_events",
    title="What a source sends can be read",
    remedy="events as the contract describes them; what was refused is corrected and sent again",
    settings=("completeness.refused_at_most", "completeness.shown_for_days"),
    severity="medium",
    kinds=("source",),
    check=check,
)

_DAY = "2026-03-02"
_OVER = 7 + 30 * 24  # that day, in UTC, ends seven hours after nine in Los Angeles
_accepted = [documented(after(0))]


def _told(
    name: str,
    refused: dict[str, int],
    expect: VerdictKind,
    hours: float = 1,
    reason: str = "",
    events: tuple[Event, ...] = (),
) -> Example:
    days = {day: DayObserved(refused=count) for day, count in refused.items()}
    seen = [Observed(source=RECORDS, days=days)] if days else []
    return Example(
        name,
        [*_accepted, *events],
        f"source{RECORDS}",
        expect,
        after(hours),
        reason,
        observed=seen,
    )


EXAMPLES = [
    _told("none", {}, "compliant"),
    _told("as many as may be", {_DAY: 10}, "compliant"),
    _told("one more", {_DAY: 11}, "violation", 1, "11 inputs"),
    _told("spread over days", {"2026-02-28": 9, "2026-03-01": 9, _DAY: 9}, "compliant"),
    _told("the worst day", {"2026-02-28": 12, "2026-03-01": 99, _DAY: 11}, "violation", 1, "03-01"),
    _told("still shown", {_DAY: 11}, "violation", _OVER),
    _told("shown no longer", {_DAY: 11}, "compliant", _OVER + 0.01 / 3600),
    _told("the worst is over", {"2026-03-01": 99, _DAY: 11}, "violation", _OVER, "11 inputs"),
    _told(
        "the department allows more",
        {_DAY: 11},
        "compliant",
        events=(policy_change(completeness={"refused_at_most": 11}),),
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
