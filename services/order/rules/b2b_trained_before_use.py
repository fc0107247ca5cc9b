"""B.2.b: employees use AI systems after they were trained."""

from collections.abc import Sequence
from datetime import timedelta

from schemas.base import EARLIEST, LATEST
from schemas.events import Event

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule, employee_group
from ..scenario import (
    NINE,
    RECORDS,
    after,
    department,
    employee,
    heartbeat,
    policy_change,
    retracted,
    source,
    trained,
    use,
    waiver,
)
from ..spans import Span
from ..times import said
from ..trainings import (
    TOPICS,
    Coverage,
    counting,
    counts_until,
    coverage,
    in_words,
    required_topics,
)


def check(case: Case) -> Outcome:
    """Every topic that the employee needs was completed by the use, and recently enough."""
    used, who = case.use, case.use.data.employee_id
    entry = case.employee(who, used.time)
    if entry is None:
        reason = f"{who} is not on the roster: what training they needed is unknown"
        return Outcome("undetermined", reason, (used,), used.time)
    topics = required_topics(entry, case.policy)
    trainings = case.registry.trainings(who, used.time)
    completed = counting(trainings, used.time, case.policy)
    if completed.keys() >= topics:
        reason = f"{who} was trained in all that they needed"
        return Outcome("compliant", reason, (used, entry, *completed.values()), used.time)
    covered = coverage(sorted(topics), trainings, used.time, case.policy)
    gaps = [topic for topic in covered if not topic.is_current]
    duty = f"training of {who} in {in_words(gap.topic for gap in gaps)} is not on record"
    waiting = case.awaits("training", deadline=used.time, since=used, duty=duty)
    return waiting or _untrained(case, gaps)


def _lasting(case: Case) -> Span | None:
    """Until the first completion that counts now does so no longer."""
    used, who = case.use, case.use.data.employee_id
    entry = case.employee(who, used.time)
    trainings = case.registry.trainings(who, used.time)
    completed = counting(trainings, used.time, case.policy)
    needed = required_topics(entry, case.policy) if entry else ()
    ends = [counts_until(completed[topic], case.policy) for topic in needed]
    return EARLIEST, min(ends, default=LATEST)


def _untrained(case: Case, gaps: Sequence[Coverage]) -> Outcome:
    use, at = case.use.data, case.use.time
    told = [*_never(gaps), *(_lapsed(case, gap) for gap in gaps if gap.last is not None)]
    reason = (
        f"{use.employee_id} used {use.system_id} on {case.when(at)} without current training: "
        f"{', '.join(told)}"
    )
    topics = {gap.topic for gap in gaps}
    known = case.registry.trainings(use.employee_id, LATEST)
    later = [t for t in known if t.time > at and topics & set(t.data.topics)]
    for training in later[:1]:
        made_up = in_words(sorted(topics & set(training.data.topics)))
        reason += f"; trained in {made_up} only afterwards, on {case.when(training.time)}"
    expired = [gap.last for gap in gaps if gap.last is not None]
    return Outcome("violation", reason, (case.use, *expired, *later[:1]), at)


def _never(gaps: Sequence[Coverage]) -> list[str]:
    missing = [gap.topic for gap in gaps if gap.last is None]
    return [f"none on record in {in_words(missing)}"] if missing else []


def _lapsed(case: Case, gap: Coverage) -> str:
    assert gap.last is not None
    return f"lapsed in {TOPICS[gap.topic]} (last completed on {said(case.day(gap.last.time))})"


RULE = Rule(
    clause="B.2.b",
    id="trained_before_use",
    title="Employees are trained before they use AI systems",
    remedy="every required topic completed by the time of use, within the refresher interval",
    settings=("training.topics", "training.refresh_after_days"),
    severity="high",
    kinds=("use",),
    check=check,
    lasting=_lasting,
    ground="employee",
    unregistered=True,
    group=employee_group,
)

_now = after(1)
_year = timedelta(days=365)
_instant = timedelta(seconds=0.01)
_course = trained(after(-1))
_lms = source(RECORDS, system_of_record=True, holds=["training"], cadence_seconds=3600)


def _with(*events: Event, required: str | None = None) -> list[Event]:
    """E-1, of whom no training is on record but what is given, used `writer`."""
    topics = None if required is None else list(required)
    others = [event for event in department() if event.subject != "employee/E-1"]
    return [*others, employee("E-1", required_topics=topics), use(), *events]


EXAMPLES = [
    Example("trained", [*department(), use()], "use/U-1", "compliant", _now, "trained in all"),
    Example("trained at that instant", _with(trained(NINE)), "use/U-1", "compliant", _now),
    Example(
        "trained just after",
        _with(trained(NINE + _instant)),
        "use/U-1",
        "violation",
        _now,
        "only afterwards",
    ),
    Example("never trained", _with(), "use/U-1", "violation", _now, "none on record in the city's"),
    Example("settling", _with(), "use/U-1", "pending", after(minutes=5)),
    Example("just settled", _with(), "use/U-1", "violation", after(minutes=5, seconds=0.01)),
    Example(
        "trained exactly the interval ago",
        _with(trained(NINE - _year)),
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "lapsed just before",
        _with(trained(NINE - _year - _instant)),
        "use/U-1",
        "violation",
        _now,
        "lapsed in ethics (last completed on Mar 2, 2025)",
    ),
    Example(
        "lapsed, and refreshed in one topic",
        _with(trained(NINE - 2 * _year), trained(after(-1), "abcdeg")),
        "use/U-1",
        "violation",
        _now,
        "without current training: lapsed in ethics",
    ),
    Example(
        "completions add up",
        _with(trained(after(-9), "abc"), trained(after(-2), "defg")),
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "one topic missing",
        _with(trained(after(-9), "abc"), trained(after(-2), "deg")),
        "use/U-1",
        "violation",
        _now,
        "none on record in ethics",
    ),
    Example(
        "made up for later",
        _with(trained(after(-9), "abcdeg"), trained(after(0.5), "f")),
        "use/U-1",
        "violation",
        _now,
        "trained in ethics only afterwards",
    ),
    Example(
        "their role needs two topics only",
        _with(trained(after(-9), "ab"), required="ab"),
        "use/U-1",
        "compliant",
        _now,
    ),
    Example("their role needs none", _with(required=""), "use/U-1", "compliant", _now),
    Example(
        "their role needed less only later",
        [*_with(trained(after(-9), "ab")), employee("E-1", after(0.5), required_topics=["a"])],
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "the department asks for two topics",
        [*_with(trained(after(-9), "ab")), policy_change(training={"topics": ["a", "b"]})],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "the department asks for a refresher every 30 days",
        [*department(), use(), policy_change(training={"refresh_after_days": 30})],
        "use/U-1",
        "violation",
        _now,
        "lapsed",
    ),
    Example(
        "employee unknown",
        [*department(), use(employee_id="E-404")],
        "use/U-1",
        "undetermined",
        _now,
        "not on the roster",
    ),
    Example(
        "on the roster only later",
        [*department(), employee("E-5", after(0.5)), use(employee_id="E-5")],
        "use/U-1",
        "undetermined",
        _now,
    ),
    Example(
        "completion retracted",
        _with(_course, retracted(after(0.5), _course)),
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "the system of record for trainings has not reported",
        _with(_lms, heartbeat(after(-0.1), complete_to=after(-0.1))),
        "use/U-1",
        "pending",
        _now,
        "has not yet reported",
    ),
    Example(
        "the system of record for trainings has reported",
        _with(_lms, heartbeat(after(0.1), complete_to=after(0))),
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "back-dated by a source that is no system of record",
        _with(
            source("/vendors/lms"), trained(after(-1), sent_by="/vendors/lms", received=after(40))
        ),
        "use/U-1",
        "undetermined",
        after(41),
        "41 h after",
    ),
    Example(
        "back-dated by a system of record",
        _with(_lms, trained(after(-1), received=after(40))),
        "use/U-1",
        "compliant",
        after(41),
    ),
    Example(
        "late, from a source that the registry does not name",
        _with(trained(after(-1), received=after(40))),
        "use/U-1",
        "compliant",
        after(41),
    ),
    Example(
        "waived for the employee",
        _with(waiver(after(-1), "employee/E-1", "B.2.b", after(1))),
        "use/U-1",
        "waived",
        _now,
    ),
    Example(
        "system not registered: judged all the same",
        _with(use(use_id="U-2", system_id="shadow")),
        "use/U-2",
        "violation",
        _now,
        "used shadow",
    ),
]
