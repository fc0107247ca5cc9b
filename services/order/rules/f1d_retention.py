"""F.1.d: a system keeps no record longer than it is registered to."""

from datetime import date

from schemas import ai
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome, worst
from ..rule import Example, Rule, system_group
from ..scenario import (
    after,
    department,
    kept_since,
    policy_change,
    retracted,
    source,
    system,
    waiver,
)
from ..times import said


def check(case: Case) -> Outcome:
    """By the latest report; of several at one instant, the gravest."""
    reports = case.of(ai.RetentionReported)
    if not reports:
        reason = f"{case.name} has not reported how old its oldest record is"
        return Outcome("not_applicable", reason)
    return worst(_kept(case, r) for r in reports if r.time == reports[-1].time)


def _kept(case: Case, report: ai.RetentionReported) -> Outcome:
    """Whether the oldest record was older, in whole days, than it may become."""
    registered = case.registry.system(case.name, report.time)
    allowed = registered.data.retention_days if registered else None
    if registered is None or allowed is None:
        reason = f"how long {case.name} may keep records was not registered"
        return Outcome("not_applicable", reason, (report,), report.time)
    oldest = report.data.oldest_record_on
    age = (case.day(report.time) - oldest).days
    reason = f"{case.name} kept a record of {said(oldest)}, {age} days old on "
    reason += f"{said(case.day(report.time))}; "
    reason += f"its registration allows {allowed} days"
    verdict: VerdictKind = "violation" if age > allowed else "compliant"
    return Outcome(verdict, reason, (report, registered), report.time)


RULE = Rule(
    clause="F.1.d",
    id="retention",
    title="No system keeps records longer than it may",
    remedy="records deleted by the end of the time for which the system is registered to keep them",
    severity="medium",
    kinds=("system",),
    check=check,
    group=system_group,
)

_keeps = [*department(), system("writer", after(-24), retention_days=30)]
_late = after(9)
_old = kept_since(after(0), date(2026, 1, 30))

EXAMPLES = [
    Example(
        "a day too long",
        [*_keeps, _old],
        "system/writer",
        "violation",
        _late,
        "31 days old on Mar 2, 2026; its registration allows 30 days",
    ),
    Example(
        "just as long as allowed",
        [*_keeps, kept_since(after(0), date(2026, 1, 31))],
        "system/writer",
        "compliant",
        _late,
    ),
    Example(
        "by the day where the department is",
        # 17:00 in Los Angeles, when it is the next day in Greenwich.
        [*_keeps, kept_since(after(8), date(2026, 1, 31))],
        "system/writer",
        "compliant",
        _late,
    ),
    Example(
        "by the day where another department is",
        [
            *_keeps,
            kept_since(after(8), date(2026, 1, 31)),
            policy_change(time={"zone": "Europe/London"}),
        ],
        "system/writer",
        "violation",
        _late,
    ),
    Example(
        "deleted since",
        [*_keeps, _old, kept_since(after(1), date(2026, 2, 20))],
        "system/writer",
        "compliant",
        _late,
    ),
    Example(
        "two reports at one instant",
        [*_keeps, kept_since(after(0), date(2026, 2, 20)), _old],
        "system/writer",
        "violation",
        _late,
    ),
    Example(
        "the report was retracted",
        [*_keeps, _old, retracted(after(1), _old)],
        "system/writer",
        "not_applicable",
        _late,
        "has not reported",
    ),
    Example(
        "allowed longer only since",
        [*_keeps, _old, system("writer", after(0, seconds=0.01), retention_days=90)],
        "system/writer",
        "violation",
        _late,
    ),
    Example(
        "allowed longer at that instant",
        [*_keeps, _old, system("writer", after(0), retention_days=90)],
        "system/writer",
        "compliant",
        _late,
    ),
    Example(
        "may keep nothing",
        [
            *_keeps,
            system("writer", after(-1), retention_days=0),
            kept_since(after(0), date(2026, 3, 1)),
        ],
        "system/writer",
        "violation",
        _late,
    ),
    Example(
        "no time registered",
        [*department(), _old],
        "system/writer",
        "not_applicable",
        _late,
        "was not registered",
    ),
    Example(
        "old records gone by a report that came late, from a source that is no system of record",
        [
            *_keeps,
            source("/vendors/acme/x"),
            _old,
            kept_since(after(1), date(2026, 2, 20), received=after(40)),
        ],
        "system/writer",
        "undetermined",
        after(41),
        "reported late",
    ),
    Example("no report", _keeps, "system/writer", "not_applicable", _late, "has not reported"),
    Example(
        "system not registered",
        [kept_since(after(0), date(2020, 1, 1), system_id="shadow")],
        "system/shadow",
        "not_applicable",
        _late,
    ),
    Example(
        "a standing duty is not waived",
        [*_keeps, _old, waiver(after(-1), "system/writer", "F.1.d", after(900))],
        "system/writer",
        "violation",
        _late,
    ),
]
