"""F.1.a: AI systems harass and intimidate nobody: complaints, and searches nobody can explain."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from schemas.events import Event
from schemas.observed import Mark
from schemas.oversight import ComplaintDecided

from ..case import Case
from ..complaints import judge_complaints
from ..eventset import chronological
from ..outcome import Outcome, worst
from ..registry import instant
from ..rule import Example, Rule, employee_group
from ..scenario import (
    after,
    complaint,
    department,
    plate_search,
    policy_change,
    retracted,
    source,
    use,
    waiver,
)
from ..shape import without

_NONE = "no complaint of harassment or intimidation is on record"
_ALLEGATIONS = {"harassment": "harassment", "intimidation": "intimidation"}


def check_complaints(case: Case) -> Outcome:
    """A sustained complaint of harassment or intimidation."""
    outcomes = judge_complaints(case, _ALLEGATIONS)
    return worst(outcomes or [Outcome("not_applicable", _NONE)])


def check_pattern(case: Case) -> Outcome:
    """One target searched for again and again, and no search names a case or incident."""
    needed = case.policy.pattern.searches
    if not any(_since_order(case, marks) for marks in case.uses.by_target().values()):
        return Outcome("not_applicable", "no search for a person or thing is on record")
    targets = (_since_order(case, marks) for marks in case.uses.repeated())
    often = (_each_once(marks) for marks in targets if len(marks) >= needed)
    within = timedelta(days=case.policy.pattern.within_days)
    found = [run for marks in often if (run := _unexplained(marks, needed, within))]
    if not found:
        return Outcome("compliant", "no target was searched for often without a case or incident")
    run = found[0]
    reason = (
        f"{case.name} searched for one target {len(run)} times within "
        f"{case.policy.pattern.within_days:g} days, from {case.when(run[0].time)} to "
        f"{case.when(run[-1].time)}, and no search names a case or incident"
    )
    if others := len(found) - 1:
        reason += f"; the same holds for {others} more target{'s' if others > 1 else ''}"
    evidence = tuple(mark for run in found for mark in run)
    return Outcome("undetermined", reason, evidence, run[needed - 1].time)


def _since_order(case: Case, marks: Sequence[Mark]) -> Sequence[Mark]:
    """What happened before the order counts for nothing."""
    first = case.registry.editions()[0]
    begun = instant(first.effective_on, first.tzinfo)
    return marks[bisect_left(marks, begun, key=lambda mark: mark.time) :]


def _each_once(marks: Sequence[Mark]) -> list[Mark]:
    """One mark of each use, by time; of a use recorded twice, the one that names a case."""
    by_use = {mark.subject: mark for mark in sorted(marks, key=lambda mark: mark.has_case)}
    return sorted(by_use.values(), key=chronological)


def _unexplained(marks: Sequence[Mark], needed: int, within: timedelta) -> Sequence[Mark]:
    """The first searches that are so many within the time, both ends included, and no search that
    names a case falls within the same time as all of them; empty if there are none."""
    times = [mark.time for mark in marks]
    explained = [mark.time for mark in marks if mark.has_case]
    for start, first in enumerate(times):
        end = bisect_right(times, first + within)
        if end - start < needed:
            continue
        earliest, latest = times[end - 1] - within, first + within
        if bisect_left(explained, earliest) == bisect_right(explained, latest):
            return marks[start:end]
    return []


RULES = (
    Rule(
        clause="F.1.a",
        id="harassment",
        title="AI systems are not used to harass or intimidate",
        remedy="no use of AI systems against a person or group outside official duties",
        severity="high",
        kinds=("use", "employee"),
        check=check_complaints,
        settled=without(_NONE, ComplaintDecided),
        unregistered=True,
        unrecorded=True,
        group=employee_group,
    ),
    Rule(
        clause="F.1.a",
        id="search_pattern",
        title="Nobody is searched for again and again without a case",
        remedy="the number of a case or incident, stated with the searches",
        settings=("pattern.searches", "pattern.within_days"),
        severity="medium",
        kinds=("employee",),
        check=check_pattern,
        group=employee_group,
    ),
)

_of_use = complaint(after(1), use_id="U-1", allegation="harassment")
_of_employee = complaint(after(1), allegation="intimidation")

_COMPLAINTS = [
    Example(
        "complaint about the use sustained",
        [*department(), use(), _of_use],
        "use/U-1",
        "violation",
        after(2),
        "a complaint against E-1 about harassment was sustained",
    ),
    Example(
        "system not registered",
        [use(system_id="shadow"), _of_use],
        "use/U-1",
        "violation",
        after(2),
    ),
    Example(
        "complaint that names no use",
        [*department(), _of_employee],
        "employee/E-1",
        "violation",
        after(2),
        "intimidation",
    ),
    Example(
        "complaint about a use that nobody recorded",
        [*department(), _of_use],
        "use/U-1",
        "violation",
        after(2),
    ),
    Example(
        "a use that nobody recorded, complaint not sustained",
        [
            *department(),
            complaint(after(1), use_id="U-1", allegation="harassment", finding="not_sustained"),
        ],
        "use/U-1",
        "undetermined",
        after(2),
        "never reported",
    ),
    Example(
        "not sustained",
        [*department(), complaint(after(1), allegation="harassment", finding="not_sustained")],
        "employee/E-1",
        "compliant",
        after(2),
    ),
    Example(
        "retracted",
        [*department(), use(), _of_use, retracted(after(2), _of_use)],
        "use/U-1",
        "not_applicable",
        after(3),
        "no complaint",
    ),
    Example(
        "about something else",
        [*department(), complaint(after(1), allegation="personal_use")],
        "employee/E-1",
        "not_applicable",
        after(2),
    ),
    Example("no complaint", [*department(), use()], "use/U-1", "not_applicable", after(2)),
    Example(
        "decided before the order, of somebody not on the roster",
        [complaint(after(-9000), allegation="harassment")],
        "employee/E-1",
        "not_applicable",
        after(2),
        "before the order",
    ),
    Example(
        "reported late by a source that is no system of record",
        [
            *department(),
            source("/records/rms"),
            use(),
            complaint(after(1), use_id="U-1", allegation="harassment", received=after(40)),
        ],
        "use/U-1",
        "undetermined",
        after(41),
        "reported late",
    ),
    Example(
        "waived at the use, complaint decided later",
        [*department(), use(), waiver(after(-1), "use/U-1", "F.1.a", after(0.5)), _of_use],
        "use/U-1",
        "waived",
        after(2),
    ),
    Example(
        "a waiver covers no complaint that names no use",
        [*department(), _of_employee, waiver(after(-1), "employee/E-1", "F.1.a", after(9))],
        "employee/E-1",
        "violation",
        after(2),
    ),
]


def _searches(*hours: float, first: int = 1, **data: str) -> list[Event]:
    """Searches for one plate, as uses U-<first> and so on."""
    return [
        plate_search(
            after(hour), **{"target_digest": "t-1", "use_id": f"U-{first + number}"} | data
        )
        for number, hour in enumerate(hours)
    ]


_DAYS = 14 * 24
_five = _searches(0, 1, 2, 3, 4)
_late = after(900)
_PATTERNS = [
    Example(
        "five searches in a few hours",
        [*department(), *_five],
        "employee/E-1",
        "undetermined",
        _late,
        "E-1 searched for one target 5 times within 14 days",
    ),
    Example("four", [*department(), *_five[1:]], "employee/E-1", "compliant", _late),
    Example(
        "first and last just so far apart",
        [*department(), *_searches(0, 1, 2, 3, _DAYS)],
        "employee/E-1",
        "undetermined",
        _late,
    ),
    Example(
        "first and last further apart",
        [*department(), *_searches(0, 1, 2, 3, _DAYS + 0.01 / 3600)],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "one with a case number",
        [*department(), *_five[1:], *_searches(0.5, case_number="26-1")],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "a sixth with an incident number, afterwards",
        [*department(), *_five, *_searches(100, first=6, incident_number="P-7")],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "a sixth with an incident number, before",
        [*department(), *_five, *_searches(-100, first=6, incident_number="P-7")],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "a case number that came too late to explain the first",
        [*department(), *_five, *_searches(_DAYS + 0.1, first=6, case_number="26-1")],
        "employee/E-1",
        "undetermined",
        _late,
    ),
    Example(
        "a blank case number",
        [*department(), *_searches(0, 1, 2, 3, 4, case_number="  ")],
        "employee/E-1",
        "undetermined",
        _late,
    ),
    Example(
        "of several targets",
        [
            *department(),
            *_searches(0, 1, 2),
            *_searches(3, 4, 5, first=4, target_digest="t-2"),
        ],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "of two targets, five each",
        [*department(), *_five, *_searches(5, 6, 7, 8, 9, first=6, target_digest="t-2")],
        "employee/E-1",
        "undetermined",
        _late,
        "1 more target",
    ),
    Example(
        "by two people",
        [*department(), *_five[1:], *_searches(0, first=9, employee_id="E-2")],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "one use recorded by two sources",
        [*department(), *_five[1:], *_searches(0.5, first=2)],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "one retracted",
        [*department(), *_five, retracted(after(9), _five[0])],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "some before the order",
        [*department(), *_searches(-9003, -9002, -9001, -9000, 0)],
        "employee/E-1",
        "compliant",
        _late,
    ),
    Example(
        "three, where the policy asks at three",
        [*department(), *_searches(0, 1, 2), policy_change(pattern={"searches": 3})],
        "employee/E-1",
        "undetermined",
        _late,
        "3 times",
    ),
    Example(
        "no target known",
        [*department(), *(plate_search(use_id=f"U-{number}") for number in range(5))],
        "employee/E-1",
        "not_applicable",
        _late,
    ),
]

EXAMPLES = [*_COMPLAINTS, *(replace(example, rule="search_pattern") for example in _PATTERNS)]
