"""B.4.b: an information-exchange agreement is in force with the vendor of a third-party system."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from schemas.registry import SystemChanged
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule, system_group
from ..scenario import NINE, after, department, kept_since, retracted, system, use, waiver
from ..spans import ALWAYS, Span, while_valid
from ..standing import come, just_before, order_began, woken


def check(case: Case) -> Outcome:
    """A use is of a system with an agreement in force then; a system has one while approved."""
    return _system(case) if case.recorded is None else _use(case)


def _use(case: Case) -> Outcome:
    used, system_id = case.use, case.use.data.system_id
    registered = case.registry.system(system_id, used.time)
    if registered is None:
        reason = f"system {system_id} was not registered at the time"
        return Outcome("not_applicable", reason, (used,), used.time)
    evidence = (used, registered)
    if not registered.data.third_party:
        return Outcome("not_applicable", f"{system_id} is no third party's", evidence, used.time)
    vendor = registered.data.vendor
    if case.holds(registered.data.exchange_agreement, used.time):
        reason = f"an agreement with {vendor} on {system_id} was in force"
        return Outcome("compliant", reason, evidence, used.time)
    reason = (
        f"{used.data.employee_id} used {system_id} on {case.when(used.time)}, with no "
        f"information-exchange agreement with {vendor} in force"
    )
    return Outcome("violation", reason, evidence, used.time)


def _lasting(case: Case) -> Span | None:
    """While the agreement is in force; where none is needed, always."""
    registered = case.registry.system(case.use.data.system_id, case.use.time)
    if registered is None or not registered.data.third_party:
        return ALWAYS
    agreement = registered.data.exchange_agreement
    return while_valid(case, agreement) if agreement is not None else None


def _system(case: Case) -> Outcome:
    registered = case.registry.system(case.name, case.now)
    if registered is None:
        return Outcome("not_applicable", f"{case.name} is not registered")
    return woken(_now(case, registered), *_wakes(case, registered))


def _now(case: Case, registered: SystemChanged) -> Outcome:
    approved = _approved(case, registered)
    if not registered.data.third_party:
        return Outcome("not_applicable", f"{case.name} is no third party's", (registered,))
    if approved is None:
        return Outcome("not_applicable", f"{case.name} is not approved", (registered,))
    what = f"the information-exchange agreement with {registered.data.vendor} on {case.name}"
    agreement = registered.data.exchange_agreement
    if agreement is None or not case.holds(agreement, case.now):
        return _lapsed(case, registered, approved, what)
    if agreement.to is None:
        return Outcome("compliant", f"{what} is in force", (registered,), approved)
    end = case.instant(agreement.to)
    reason = f"{what} is in force until {case.when(end)}"
    is_ending = case.now >= end - _reminder(case)
    verdict: VerdictKind = "pending" if is_ending else "compliant"
    return Outcome(verdict, reason, (registered,), approved, end)


def _lapsed(case: Case, registered: SystemChanged, approved: datetime, what: str) -> Outcome:
    known, _ = come(case, case.of(SystemChanged))
    ends = [end for end in _ends(case, known) if end <= case.now]
    since = max(approved, order_began(case))
    if not ends:
        reason = f"{case.name} is approved since {case.when(approved)} with no {what[4:]}"
        return Outcome("violation", reason, (registered,), since)
    ended = max(ends)
    reason = f"{what} ended on {case.when(ended)}, and {case.name} is still approved"
    return Outcome("violation", reason, (registered,), max(since, ended), ended)


def _ends(case: Case, known: list[SystemChanged]) -> Iterator[datetime]:
    """When each agreement ended that was ever in force: as it says, or when it was dropped."""
    for snapshot, following in pairwise([*known, None]):
        assert snapshot is not None
        agreement = snapshot.data.exchange_agreement
        if agreement is None:
            continue
        ends = [] if agreement.to is None else [case.instant(agreement.to)]
        ends += [] if following is None else [following.time]
        if ends and case.instant(agreement.from_) < min(ends):
            yield min(ends)


def _approved(case: Case, registered: SystemChanged) -> datetime | None:
    """Since when a system is approved, if it is now."""
    since, until = registered.data.approved_from, registered.data.approved_to
    if since is None or case.now < case.instant(since):
        return None
    if until is not None and case.now >= case.instant(until):
        return None
    return case.instant(since)


def _reminder(case: Case) -> timedelta:
    return timedelta(days=case.policy.agreement.remind_days_before)


def _wakes(case: Case, registered: SystemChanged) -> list[datetime]:
    """When time alone may change the verdict: approval, agreement and reminder begin or end."""
    data = registered.data
    days = [data.approved_from, data.approved_to]
    if data.exchange_agreement is not None:
        days += [data.exchange_agreement.from_, data.exchange_agreement.to]
    changes = [case.instant(day) for day in days if day is not None]
    if data.exchange_agreement is not None and data.exchange_agreement.to is not None:
        changes.append(case.instant(data.exchange_agreement.to) - _reminder(case))
    return [just_before(change) for change in changes if change > case.now]


RULE = Rule(
    clause="B.4.b",
    id="exchange_agreement",
    title="An information-exchange agreement is in force with every third-party vendor",
    remedy="an information-exchange agreement with the vendor, in force without a gap as long as "
    "the system is approved and used",
    settings=("agreement.remind_days_before",),
    severity="medium",
    kinds=("use", "system"),
    check=check,
    lasting=_lasting,
    group=system_group,
)

_later = after(1)
_begun = after(-2000)
_instant = timedelta(seconds=0.01)
_month = timedelta(days=30)
_dropped = system("writer", after(-1), exchange_agreement=None)


def _used(
    name: str, expect: VerdictKind, agreement: dict[str, Any] | None, reason: str = ""
) -> Example:
    """A use at nine, with this agreement."""
    changed = system("writer", after(-1), exchange_agreement=agreement)
    return Example(name, [*department(), changed, use()], "use/U-1", expect, _later, reason)


def _stands(name: str, expect: VerdictKind, reason: str = "", **changed: Any) -> Example:
    """The system as it is, seen at nine."""
    return Example(name, [system("writer", **changed)], "system/writer", expect, NINE, reason)


def _ending(end: datetime | date) -> dict[str, Any]:
    return {"from": _begun, "to": end}


EXAMPLES = [
    Example("used under an agreement", [*department(), use()], "use/U-1", "compliant", _later),
    _used("used without an agreement", "violation", None, "agreement with Acme in force"),
    _used("used as the agreement began", "compliant", {"from": NINE}),
    _used("used just before the agreement", "violation", {"from": NINE + _instant}),
    _used("used just before the agreement ended", "compliant", _ending(NINE + _instant)),
    _used("used as the agreement ended", "violation", _ending(NINE)),
    _used("used on the agreement's last day", "compliant", _ending(date(2026, 3, 3))),
    _used("used on the day on which it had ended", "violation", _ending(date(2026, 3, 2))),
    Example(
        "the department's own system used",
        [
            *department(),
            system("writer", after(-1), third_party=False, exchange_agreement=None),
            use(),
        ],
        "use/U-1",
        "not_applicable",
        _later,
        "no third party's",
    ),
    Example(
        "used before the agreement was dropped",
        [*department(), system("writer", after(0.5), exchange_agreement=None), use()],
        "use/U-1",
        "compliant",
        _later,
    ),
    Example(
        "an agreement made only after the use",
        [*department(), _dropped, system("writer", after(0.5)), use()],
        "use/U-1",
        "violation",
        _later,
    ),
    Example(
        "the registration without an agreement was wrong",
        [*department(), _dropped, retracted(after(0.5), _dropped), use()],
        "use/U-1",
        "compliant",
        _later,
    ),
    Example(
        "use waived",
        [*department(), _dropped, use(), waiver(after(-1), "system/writer", "B.4.b", after(1))],
        "use/U-1",
        "waived",
        _later,
    ),
    Example(
        "system not registered",
        [*department(), use(system_id="shadow")],
        "use/U-1",
        "not_applicable",
        _later,
        "not registered",
    ),
    _stands("in force without an end", "compliant", "is in force"),
    _stands(
        "in force for long",
        "compliant",
        "until",
        exchange_agreement=_ending(NINE + _month + _instant),
    ),
    _stands(
        "in force for exactly the time of the reminder",
        "pending",
        "until Apr 1, 2026, 10:00 PDT",
        exchange_agreement=_ending(NINE + _month),
    ),
    _stands(
        "in force for an instant more",
        "pending",
        exchange_agreement=_ending(NINE + _instant),
    ),
    _stands(
        "lapsed at this instant",
        "violation",
        "ended on Mar 2, 2026, 09:00 PST, and writer is still approved",
        exchange_agreement=_ending(NINE),
    ),
    _stands(
        "lapsed, and the approval ended too",
        "not_applicable",
        "not approved",
        exchange_agreement=_ending(after(-5)),
        approved_to=NINE,
    ),
    _stands(
        "lapsed, and the approval ends an instant later",
        "violation",
        exchange_agreement=_ending(after(-5)),
        approved_to=NINE + _instant,
    ),
    _stands(
        "never an agreement",
        "violation",
        "approved since Dec 2, 2025, 09:00 PST with no information-exchange agreement with Acme",
        exchange_agreement=None,
    ),
    _stands(
        "approved from this instant",
        "violation",
        exchange_agreement=None,
        approved_from=NINE,
    ),
    _stands(
        "approved an instant later",
        "not_applicable",
        "not approved",
        exchange_agreement=None,
        approved_from=NINE + _instant,
    ),
    _stands("never approved", "not_applicable", exchange_agreement=None, approved_from=None),
    _stands(
        "the agreement is still to begin",
        "violation",
        exchange_agreement={"from": NINE + _instant},
    ),
    _stands("the agreement begins now", "compliant", exchange_agreement={"from": NINE}),
    _stands(
        "the department's own system",
        "not_applicable",
        third_party=False,
        exchange_agreement=None,
    ),
    Example(
        "dropped",
        [system("writer"), _dropped],
        "system/writer",
        "violation",
        NINE,
        "ended on Mar 2, 2026, 08:00 PST",
    ),
    Example(
        "dropped, by mistake",
        [system("writer"), _dropped, retracted(after(-0.5), _dropped)],
        "system/writer",
        "compliant",
        NINE,
    ),
    Example(
        "to be dropped later, as announced",
        [
            system("writer"),
            system("writer", after(0.5), received=after(-1), exchange_agreement=None),
        ],
        "system/writer",
        "compliant",
        NINE,
    ),
    Example(
        "dropped by now, as announced",
        [
            system("writer"),
            system("writer", after(0.5), received=after(-1), exchange_agreement=None),
        ],
        "system/writer",
        "violation",
        after(0.5),
        "ended on Mar 2, 2026, 09:30 PST",
    ),
    Example(
        "renewed in time",
        [
            system("writer", exchange_agreement=_ending(after(5))),
            system("writer", after(-1), exchange_agreement={"from": after(-1)}),
        ],
        "system/writer",
        "compliant",
        after(6),
    ),
    Example(
        "lapsed, a new one is still to begin",
        [
            system("writer", exchange_agreement=_ending(after(-5))),
            system("writer", after(-1), exchange_agreement={"from": after(9)}),
        ],
        "system/writer",
        "violation",
        NINE,
        "ended on Mar 2, 2026, 04:00 PST",
    ),
    Example(
        "standing duties are not waived",
        [*department(), _dropped, waiver(after(-2), "system/writer", "B.4.b", after(50))],
        "system/writer",
        "violation",
        NINE,
    ),
    Example(
        "spoken of, but not registered",
        [*department(), kept_since(NINE, date(2026, 1, 1), system_id="shadow")],
        "system/shadow",
        "not_applicable",
        _later,
        "not registered",
    ),
]
