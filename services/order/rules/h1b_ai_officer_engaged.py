"""H.1.b: the city's AI Officer is engaged before the procurement of an AI system."""

from datetime import date, datetime

from schemas.events import Event
from schemas.registry import ProcurementChanged
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import NINE, after, procurement, retracted
from ..standing import come, just_before, order_began, woken
from ..times import said

_BEGUN = frozenset({"solicited", "awarded"})


def check(case: Case) -> Outcome:
    """Engaged on or before the day on which it began; a later engagement mends nothing."""
    snapshots, coming = come(case, case.of(ProcurementChanged))
    if not snapshots:
        return woken(Outcome("not_applicable", "there is no procurement yet"), coming)
    begun = next((s for s in snapshots if s.data.stage in _BEGUN), None)
    if begun is not None:
        return woken(_begun(case, snapshots, begun), coming)
    return woken(_proposed(case, snapshots), coming)


def _proposed(case: Case, snapshots: list[ProcurementChanged]) -> Outcome:
    latest = snapshots[-1]
    what, engaged = _what(case, latest), _engaged(snapshots)
    if latest.data.stage == "cancelled":
        reason = f"{what} was cancelled before it began"
        return Outcome("not_applicable", reason, (latest,), latest.time)
    begins = None if engaged is None else case.instant(engaged)
    if engaged is not None and begins is not None and begins <= case.now:
        reason = f"the AI Officer was engaged on {said(engaged)} in {what}"
        return Outcome("compliant", reason, (latest,), latest.time)
    reason = f"{what} is proposed; before it begins, the AI Officer must be engaged"
    wake = None if begins is None else just_before(begins)
    return Outcome("pending", reason, (latest,), latest.time, wake=wake)


def _begun(case: Case, snapshots: list[ProcurementChanged], begun: ProcurementChanged) -> Outcome:
    latest = snapshots[-1]
    since = snapshots[snapshots.index(begun) :]
    # A later entry cannot make it begin later: a wrong one is retracted.
    began_on = min((d for s in since if (d := s.data.began_on)), default=case.day(begun.time))
    start = case.instant(began_on)
    evidence = (begun, latest)
    what, engaged = _what(case, latest), _engaged(snapshots)
    if start < order_began(case):
        reason = f"{what} began on {said(began_on)}, before the order took effect"
        return Outcome("not_applicable", reason, evidence, start)
    if engaged is not None and engaged <= min(began_on, case.day(case.now)):
        reason = f"the AI Officer was engaged on {said(engaged)}; {what} began on {said(began_on)}"
        return Outcome("compliant", reason, evidence, start)
    duty = f"{what} began on {said(began_on)}, before the AI Officer was engaged"
    waiting = case.awaits(None, deadline=start, since=begun, duty=duty)
    if waiting is not None:
        planned = [case.instant(engaged)] if engaged is not None else []
        return woken(waiting, *(just_before(time) for time in planned if time > case.now))
    known = "no engagement is on record" if engaged is None else f"that is dated {said(engaged)}"
    return Outcome("violation", f"{duty}; {known}", evidence, start, start)


def _engaged(snapshots: list[ProcurementChanged]) -> date | None:
    """When the AI Officer was engaged, as the latest entry that states it says."""
    return next((d for s in reversed(snapshots) if (d := s.data.ai_officer_engaged_on)), None)


def _what(case: Case, latest: ProcurementChanged) -> str:
    return f"procurement {case.name} of {latest.data.system_name}"


RULE = Rule(
    clause="H.1.b",
    id="ai_officer_engaged",
    title="The city's AI Officer is engaged before the procurement of an AI system",
    remedy="the AI Officer engaged on or before the day on which the procurement began",
    severity="medium",
    kinds=("procurement",),
    check=check,
)

_DAY = date(2026, 3, 2)
_NEXT_DAY = date(2026, 3, 3)
_MIDNIGHT = datetime.fromisoformat("2026-03-03T00:00:00-08:00")
_ALMOST = datetime.fromisoformat("2026-03-02T23:59:59.99-08:00")
_solicited = procurement(after(0), stage="solicited")


def _told(
    name: str, expect: VerdictKind, *events: Event, now: datetime = NINE, reason: str = ""
) -> Example:
    return Example(name, events, "procurement/P-1", expect, now, reason)


def _at(stage: str, began: date | None, engaged: date | None, hours: float = -1) -> Event:
    at = after(hours)
    return procurement(at, stage=stage, began_on=began, ai_officer_engaged_on=engaged)


EXAMPLES = [
    _told("engaged the day before", "compliant", _at("solicited", _NEXT_DAY, _DAY)),
    _told("engaged on that day", "compliant", _at("solicited", _DAY, _DAY)),
    _told(
        "engaged the day after",
        "violation",
        _at("solicited", _DAY, _NEXT_DAY),
        now=after(99),
        reason="dated Mar 3, 2026",
    ),
    _told(
        "never engaged",
        "violation",
        _at("awarded", _DAY, None),
        reason="no engagement is on record",
    ),
    _told("settling", "pending", _solicited, now=after(0, minutes=5)),
    _told("settled", "violation", _solicited, now=after(0, minutes=5, seconds=0.01)),
    _told("no day given: that of the record", "violation", _at("solicited", None, _NEXT_DAY)),
    _told("no day given, engaged on it", "compliant", _at("solicited", None, _DAY)),
    _told(
        "engaged between solicitation and award",
        "violation",
        _at("solicited", None, None, -48),
        _at("awarded", None, date(2026, 3, 1)),
    ),
    _told("corrected", "compliant", _at("solicited", _DAY, None, -2), _at("awarded", _DAY, _DAY)),
    _told(
        "awarded later than it began",
        "violation",
        _at("solicited", date(2026, 2, 20), None, -48),
        _at("awarded", _DAY, date(2026, 3, 1)),
        reason="began on Feb 20, 2026",
    ),
    _told(
        "the award says nothing new of either day",
        "compliant",
        _at("solicited", date(2026, 2, 20), date(2026, 2, 19), -48),
        _at("awarded", None, None),
    ),
    _told(
        "to be engaged before it begins", "pending", _at("solicited", date(2026, 3, 9), _NEXT_DAY)
    ),
    _told(
        "engaged before it begins",
        "compliant",
        _at("solicited", date(2026, 3, 9), _NEXT_DAY),
        now=_MIDNIGHT,
    ),
    _told("proposed", "pending", procurement(after(-1)), reason="proposed"),
    _told("proposed, engaged", "compliant", _at("proposed", None, _DAY)),
    _told("engagement planned", "pending", _at("proposed", None, _NEXT_DAY), now=_ALMOST),
    _told("engaged since midnight", "compliant", _at("proposed", None, _NEXT_DAY), now=_MIDNIGHT),
    _told("cancelled before it began", "not_applicable", _at("cancelled", None, None)),
    _told(
        "cancelled after it began",
        "violation",
        _at("solicited", _DAY, None, -2),
        _at("cancelled", _DAY, None),
    ),
    _told(
        "put back to proposed after it began",
        "violation",
        _at("solicited", _DAY, None, -2),
        _at("proposed", _DAY, None),
    ),
    _told("begun on the order's first day", "violation", _at("awarded", date(2025, 9, 30), None)),
    _told(
        "begun the day before the order's first",
        "not_applicable",
        _at("awarded", date(2025, 9, 29), None),
        reason="before the order",
    ),
    _told(
        "retracted", "pending", procurement(after(-1)), _solicited, retracted(after(0), _solicited)
    ),
    _told(
        "solicited from a time to come",
        "pending",
        procurement(after(-1)),
        procurement(after(1), stage="solicited", received=after(-1)),
        reason="proposed",
    ),
    _told(
        "that time has come",
        "violation",
        procurement(after(-1)),
        procurement(after(1), stage="solicited", received=after(-1)),
        now=after(1),
    ),
]
