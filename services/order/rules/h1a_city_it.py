"""H.1.a: AI systems are acquired and used together with City IT."""

from datetime import datetime, timedelta
from typing import Any

from schemas.base import LATEST
from schemas.events import Event
from schemas.registry import SystemChanged
from schemas.verdicts import VerdictKind

from ..case import Case
from ..eventset import Occurrence
from ..outcome import Outcome
from ..rule import Example, Rule, system_group
from ..scenario import NINE, after, department, retracted, system, use, waiver
from ..spans import Span
from ..standing import just_before, order_began, woken
from ..times import said


def check(case: Case) -> Outcome:
    """A use is of a system approved then; a system was coordinated with City IT by its approval."""
    return _system(case) if case.recorded is None else _use(case)


def _use(case: Case) -> Outcome:
    use = case.use
    system_id, who = use.data.system_id, use.data.employee_id
    registered = case.registry.system(system_id, use.time)
    if registered is None:
        duty = f"{who} used {system_id}, which nobody had registered (shadow AI)"
        waiting = case.awaits(None, deadline=use.time, since=use, duty=duty)
        return waiting or Outcome("violation", duty, (use,), use.time)
    evidence = (use, registered)
    if registered.data.approved_from is None:
        reason = f"{who} used {system_id}, which was registered but not approved"
        return Outcome("violation", reason, evidence, use.time)
    since = case.instant(registered.data.approved_from)
    if use.time < since:
        reason = f"{who} used {system_id} before its approval on {case.when(since)}"
        return Outcome("violation", reason, evidence, use.time)
    until = registered.data.approved_to
    if until is not None and use.time >= case.instant(until):
        ended = case.when(case.instant(until))
        reason = f"{who} used {system_id}, whose approval had ended on {ended}"
        return Outcome("violation", reason, evidence, use.time)
    return Outcome("compliant", f"{system_id} was approved at the time", evidence, use.time)


def _lasting(case: Case) -> Span | None:
    """While the system is approved."""
    registered = case.registry.system(case.use.data.system_id, case.use.time)
    if registered is None or registered.data.approved_from is None:
        return None
    until = registered.data.approved_to
    end = LATEST if until is None else case.instant(until)
    return case.instant(registered.data.approved_from), end


def _system(case: Case) -> Outcome:
    system = case.registry.system(case.name, case.now)
    approved = None if system is None else _approved_at(case, system)
    if system is None or approved is None:
        known = () if system is None else (system,)
        return Outcome("not_applicable", f"{case.name} is not registered and approved", known)
    if approved < order_began(case):
        reason = f"{case.name} was approved before the order took effect"
        return Outcome("not_applicable", reason, (system,), approved)
    return _coordinated(case, system, approved)


def _coordinated(case: Case, system: SystemChanged, approved: datetime) -> Outcome:
    coordinated = system.data.city_it_coordinated_on
    if coordinated is None:
        return _uncoordinated(case, system, approved)
    begins = case.instant(coordinated)
    if begins > case.now:
        return woken(_uncoordinated(case, system, approved), just_before(begins))
    reason = f"{case.name} was coordinated with City IT on {said(coordinated)}"
    if coordinated <= case.day(approved):
        return Outcome("compliant", reason, (system,), approved)
    reason += f", after its approval on {said(case.day(approved))}"
    return Outcome("cured", reason, (system,), approved, approved)


def _uncoordinated(case: Case, system: SystemChanged, approved: datetime) -> Outcome:
    # An approval to come is a duty until then: `awaits` says so.
    duty = (
        f"{case.name} is approved from {said(case.day(approved))} and not coordinated with City IT"
    )
    since = _approval(case, system, approved)
    waiting = case.awaits(None, deadline=approved, since=since, duty=duty)
    return waiting or Outcome("violation", duty, (system,), approved, approved)


def _approved_at(case: Case, system: SystemChanged) -> datetime | None:
    """Since when a system was approved, or will be; also where the approval has ended."""
    since, until = system.data.approved_from, system.data.approved_to
    if since is None or (until is not None and case.instant(until) <= case.instant(since)):
        return None
    return case.instant(since)


def _approval(case: Case, system: SystemChanged, approved: datetime) -> Occurrence:
    """The first registration that told of this approval: later ones change something else."""
    told = [s for s in case.of(SystemChanged) if _approved_at(case, s) == approved]
    return min(told, key=lambda s: s.time, default=system)


RULE = Rule(
    clause="H.1.a",
    id="city_it",
    title="AI systems are acquired and used together with City IT",
    remedy="a system that was registered, coordinated with City IT and approved before its use",
    severity="high",
    kinds=("use", "system"),
    check=check,
    lasting=_lasting,
    unregistered=True,
    group=system_group,
)

_LATER = timedelta(seconds=0.01)
_shadow = [*department(), use(system_id="shadow")]
_COMING = NINE + timedelta(days=9)


def _used(name: str, expect: VerdictKind, reason: str = "", **changed: Any) -> Example:
    events = [*department(), system("writer", after(-1), **changed), use()]
    return Example(name, events, "use/U-1", expect, after(1), reason)


def _registered(
    name: str,
    expect: VerdictKind,
    now: datetime = NINE,
    reason: str = "",
    extra: tuple[Event, ...] = (),
    **changed: Any,
) -> Example:
    events = [system("writer", **changed), *extra]
    return Example(name, events, "system/writer", expect, now, reason)


EXAMPLES = [
    Example("approved", [*department(), use()], "use/U-1", "compliant", after(1)),
    Example("shadow AI", _shadow, "use/U-1", "violation", after(1), "shadow AI"),
    Example("shadow AI: settling", _shadow, "use/U-1", "pending", after(0, minutes=5)),
    Example(
        "shadow AI: settled", _shadow, "use/U-1", "violation", after(0, minutes=5, seconds=0.01)
    ),
    Example(
        "registered afterwards",
        [*_shadow, system("shadow", after(0.5))],
        "use/U-1",
        "violation",
        after(1),
    ),
    Example(
        "registered at that instant",
        [*_shadow, system("shadow", after(0))],
        "use/U-1",
        "compliant",
        after(1),
    ),
    Example(
        "registered just after",
        [*_shadow, system("shadow", NINE + _LATER)],
        "use/U-1",
        "violation",
        after(1),
    ),
    _used("registered, not approved", "violation", "not approved", approved_from=None),
    _used("approved from that instant", "compliant", approved_from=NINE),
    _used("approved just after", "violation", "before its approval", approved_from=NINE + _LATER),
    _used("approval ends just after", "compliant", approved_to=NINE + _LATER),
    _used("approval ended at that instant", "violation", "had ended", approved_to=NINE),
    _used("approved from that day", "compliant", approved_from="2026-03-02"),
    _used("approved from the day after", "violation", approved_from="2026-03-03"),
    Example(
        "waived",
        [*_shadow, waiver(after(-1), "system/shadow", "H.1.a", after(9))],
        "use/U-1",
        "waived",
        after(1),
    ),
    Example(
        "the use was retracted",
        [*department(), (_wrong := use(system_id="shadow")), retracted(after(1), _wrong), use()],
        "use/U-1",
        "compliant",
        after(2),
    ),
    _registered("coordinated before", "compliant"),
    _registered("coordinated on that day", "compliant", city_it_coordinated_on="2025-12-02"),
    _registered(
        "coordinated the day after",
        "cured",
        reason="after its approval",
        city_it_coordinated_on="2025-12-03",
    ),
    _registered("never coordinated", "violation", city_it_coordinated_on=None),
    _registered(
        "to be coordinated tomorrow",
        "violation",
        extra=(use(),),
        city_it_coordinated_on="2026-03-03",
    ),
    _registered(
        "coordinated since midnight",
        "cured",
        datetime.fromisoformat("2026-03-03T00:00:00-08:00"),
        city_it_coordinated_on="2026-03-03",
    ),
    _registered(
        "not yet midnight",
        "violation",
        datetime.fromisoformat("2026-03-02T23:59:59.99-08:00"),
        city_it_coordinated_on="2026-03-03",
    ),
    _registered("not approved", "not_applicable", approved_from=None, city_it_coordinated_on=None),
    _registered(
        "approved for no time at all",
        "not_applicable",
        approved_to=NINE - timedelta(days=90),
        city_it_coordinated_on=None,
    ),
    _registered(
        "an approval that has ended still happened",
        "violation",
        approved_to=after(-1),
        city_it_coordinated_on=None,
    ),
    _registered(
        "approved the day before the order's first",
        "not_applicable",
        reason="before the order",
        approved_from="2025-09-29",
        city_it_coordinated_on=None,
    ),
    _registered(
        "approved on the order's first day",
        "violation",
        approved_from="2025-09-30",
        city_it_coordinated_on=None,
    ),
    _registered("approval to come, coordinated", "compliant", approved_from=_COMING),
    _registered(
        "approval to come, not coordinated",
        "pending",
        approved_from=_COMING,
        city_it_coordinated_on=None,
    ),
    _registered(
        "approval has come, not coordinated",
        "violation",
        _COMING + _LATER,
        approved_from=_COMING,
        city_it_coordinated_on=None,
    ),
    _registered(
        "approved at that instant, not coordinated",
        "pending",
        _COMING,
        approved_from=_COMING,
        city_it_coordinated_on=None,
    ),
    _registered(
        "made known late: settling",
        "pending",
        after(0, minutes=5),
        received=NINE,
        city_it_coordinated_on=None,
    ),
    _registered(
        "made known late: settled",
        "violation",
        after(0, minutes=5, seconds=0.01),
        received=NINE,
        city_it_coordinated_on=None,
    ),
    _registered(
        "coordinated late, as a later registration says",
        "cured",
        after(1),
        extra=(system("writer", after(0), city_it_coordinated_on="2026-03-01"),),
        city_it_coordinated_on=None,
    ),
]
