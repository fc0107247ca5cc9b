"""G.1: whoever uses AI is trained in every topic, and again at intervals."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import NamedTuple

from schemas.base import EARLIEST, LATEST
from schemas.events import Event
from schemas.observed import Mark
from schemas.policy import Topic
from schemas.registry import EmployeeChanged, TrainingCompleted
from schemas.verdicts import VerdictKind

from ..case import Case
from ..eventset import Occurrence
from ..outcome import Outcome, worst
from ..registry import instant
from ..rule import Example, Rule, employee_group
from ..scenario import (
    NINE,
    after,
    department,
    employee,
    heartbeat,
    policy_change,
    retracted,
    source,
    trained,
    use,
)
from ..standing import order_began
from ..trainings import TOPICS, counts_until, in_words, required_topics


@dataclass(frozen=True)
class _User:
    """An active employee with uses on record, `first` the first of them: `roster`, all entries so
    far, the last in force."""

    case: Case
    first: Mark
    roster: list[EmployeeChanged]
    trainings: list[TrainingCompleted]


class _Lapse(NamedTuple):
    """Some time, up to `end` (not included), in which a completion counts no longer. `at`: also at
    its start, as where an edition shortens the interval."""

    start: datetime
    end: datetime
    at: bool


def check(case: Case) -> Outcome:
    """The gravest outcome over all topics that are required of the employee now."""
    return _judge(case, TOPICS)


def _check(topic: Topic) -> Callable[[Case], Outcome]:
    def check_topic(case: Case) -> Outcome:
        """Completed, and not longer ago than the refresher interval."""
        return _judge(case, (topic,))

    return check_topic


def _judge(case: Case, topics: Iterable[Topic]) -> Outcome:
    # Eight rules ask the same, each about its topics.
    known = case.shared.get(_OVERALL.id)
    if known is None:
        standing = _standing(case)
        case.shared[_OVERALL.id] = standing, dict(case.registry.returned)
    else:
        standing, rested_on = known
        case.registry.tell_again(rested_on)
    if isinstance(standing, Outcome):
        return standing
    required = [topic for topic in topics if topic in standing.judged]
    if not required:
        reason = f"no such training is required of {case.name}"
        return Outcome("not_applicable", reason, (standing.entry,))
    return _told(case.name, {topic: standing.judged[topic] for topic in required})


class _Standing(NamedTuple):
    """How an employee, by the roster's `entry`, stands in each topic that is required of them now.

    It is kept with the case, and so does not know it: the two would hold each other.
    """

    entry: EmployeeChanged
    judged: dict[Topic, Outcome]


def _standing(case: Case) -> _Standing | Outcome:
    roster = case.registry.roster(case.name, case.now)
    first = case.uses.first_within(order_began(case), LATEST, at=True)
    if first is None:
        reason = f"no use of AI by {case.name} is on record since the order took effect"
        return Outcome("not_applicable", reason, tuple(roster[-1:]))
    if not roster:
        reason = f"{case.name} used AI, but is not on the roster"
        return Outcome("undetermined", reason, (first,), first.time)
    entry = roster[-1]
    if entry.data.status != "active":
        reason = f"the status of {case.name} is {entry.data.status}"
        return Outcome("not_applicable", reason, (entry,))
    user = _User(case, first, roster, case.registry.trainings(case.name, case.now))
    required = required_topics(entry, case.policy)
    return _Standing(entry, {topic: _topic(user, topic) for topic in TOPICS if topic in required})


def _told(name: str, judged: dict[Topic, Outcome]) -> Outcome:
    """The gravest outcome, with all topics of which it is true; of several, the earliest due."""
    if len(judged) == 1:
        [(topic, alone)] = judged.items()
        return alone._replace(reason=f"training of {name} in {TOPICS[topic]} {alone.reason}")
    by_deadline = sorted(judged.items(), key=lambda item: item[1].deadline or LATEST)
    gravest = worst(outcome for _, outcome in by_deadline)
    same: dict[str, list[Topic]] = defaultdict(list)
    evidence: list[Occurrence] = []
    for topic, outcome in by_deadline:
        if outcome.verdict == gravest.verdict:
            same[outcome.reason].append(topic)
            evidence += outcome.evidence
    told = (f"in {in_words(topics)} {what}" for what, topics in same.items())
    reason = f"training of {name} {'; '.join(told)}"
    return gravest._replace(reason=reason, evidence=tuple(evidence))


def _topic(user: _User, topic: Topic) -> Outcome:
    """One topic; the reason says what is true of it, and leaves its name out."""
    case = user.case
    held = [training for training in user.trainings if topic in training.data.topics]
    until = counts_until(held[-1], case.policy) if held else None
    if until is None or case.now > until:
        return _missing(user, held, _required(user, topic)[-1][0])
    last = held[-1]
    remind = until - timedelta(days=case.policy.training.remind_days_before)
    if case.now > remind:
        reason = f"must be renewed by {case.when(until)}"
        return Outcome("pending", reason, (last,), last.time, until, wake=until)
    # Usually there is one completion, before the first use.
    is_simple = len(held) == 1 and user.first.time >= last.time
    cured = None if is_simple else _cured(user, held, _required(user, topic))
    if cured is not None:
        return cured._replace(wake=remind)
    return Outcome("compliant", "is current", (last,), last.time, wake=remind)


def _cured(
    user: _User, held: list[TrainingCompleted], periods: list[tuple[datetime, datetime]]
) -> Outcome | None:
    """The last completion that came after a use without it."""
    for before, renewed in reversed([*zip([None, *held], held, strict=False)]):
        if found := _untrained_use(user, before, renewed, periods):
            used, deadline = found
            reason = (
                f"was completed on {user.case.when(renewed.time)} only, after a use at"
                f" {user.case.when(used.time)} without it"
            )
            return Outcome("cured", reason, (used, renewed), used.time, deadline)
    return None


def _missing(user: _User, held: list[TrainingCompleted], required_from: datetime) -> Outcome:
    """Never completed, or lapsed: due since then, but not before it was required."""
    case = user.case
    entry = next(e for e in reversed(user.roster) if e.time <= required_from)
    lapses = _lapses(case, held[-1] if held else None)
    lapse = next(lapse for lapse in reversed(lapses) if lapse.start <= case.now)
    start = max(lapse.start, required_from)
    used = case.uses.first_within(start, LATEST, at=lapse.at or start > lapse.start)
    deadline = start if held or used is None else used.time
    since = used or (held[-1] if lapse.start == start else entry)
    waiting = case.awaits("training", deadline=deadline, since=since, duty="is required")
    if waiting is not None:
        return waiting
    reason = f"lapsed on {case.when(lapse.start)}" if held else "is not on record"
    if used is not None:
        reason += f", though AI was used on {case.when(used.time)}"
    evidence = (since, *held[-1:], entry)
    return Outcome("violation", reason, evidence, deadline, deadline)


def _required(user: _User, topic: Topic) -> list[tuple[datetime, datetime]]:
    """When the topic was required of the employee: from, to (not included), by time."""
    editions = (instant(p.effective_on, p.tzinfo) for p in user.case.registry.editions())
    edges = sorted({*editions, *(entry.time for entry in user.roster)})
    periods: list[tuple[datetime, datetime]] = []
    for start, end in pairwise([*(edge for edge in edges if edge <= user.case.now), LATEST]):
        policy = user.case.registry.policy(start)
        entries = [entry for entry in user.roster if entry.time <= start]
        if policy is None or not entries or topic not in required_topics(entries[-1], policy):
            continue
        joins = bool(periods) and periods[-1][1] == start
        periods.append((periods.pop()[0] if joins else start, end))
    return periods


def _untrained_use(
    user: _User,
    before: TrainingCompleted | None,
    renewed: TrainingCompleted,
    periods: list[tuple[datetime, datetime]],
) -> tuple[Mark, datetime] | None:
    """The first use between two completions at which the earlier one counted no longer, while the
    topic was required; and when the later one was due."""
    lapses = _lapses(user.case, before)
    for (required_from, required_to), lapse in product(periods, lapses):
        start = max(lapse.start, required_from)
        end = min(lapse.end, required_to, renewed.time)
        used = user.case.uses.first_within(start, end, at=lapse.at or start > lapse.start)
        if used is not None:
            return used, start if before else used.time
    return None


def _lapses(case: Case, last: TrainingCompleted | None) -> list[_Lapse]:
    """When a completion, or none, counts no longer, by time: in each edition by its interval."""
    if last is None:
        return [_Lapse(EARLIEST, LATEST, at=True)]
    editions = case.registry.editions()
    starts = (instant(policy.effective_on, policy.tzinfo) for policy in editions)
    lapses: list[_Lapse] = []
    for policy, (begins, end) in zip(editions, pairwise([*starts, LATEST]), strict=True):
        until = counts_until(last, policy)
        if until >= end:
            continue
        joins = until <= begins and bool(lapses) and lapses[-1].end == begins
        first = lapses.pop() if joins else _Lapse(max(until, begins), end, at=until < begins)
        lapses.append(first._replace(end=end))
    return lapses


_SETTINGS = (
    "training.topics",
    "training.refresh_after_days",
    "training.remind_days_before",
)
_REMEDY = "the course completed before AI was used, and again before the interval was over"
_OVERALL = Rule(
    clause="G.1",
    id="training_current",
    title="Whoever uses AI is trained in every topic, and again at intervals",
    remedy=_REMEDY,
    settings=_SETTINGS,
    severity="medium",
    kinds=("employee",),
    check=check,
    group=employee_group,
)
RULES = (
    _OVERALL,
    *(
        replace(
            _OVERALL,
            clause=f"G.1.{topic}",
            id=f"training_topic_{topic}",
            title=f"Whoever uses AI is trained in {words}, and again at intervals",
            check=_check(topic),
        )
        for topic, words in TOPICS.items()
    ),
)

_NOW = after(9)
_LATER = timedelta(seconds=0.01)
_DAY = timedelta(days=1)
_LAPSE = NINE + timedelta(days=305)  # trained 60 days before
_REMIND = _LAPSE - timedelta(days=30)
_FIRST_DAY = datetime(2025, 9, 30, 7, tzinfo=UTC)  # midnight in Los Angeles
_E1 = [*department(), use()]
_renewed = [*_E1, trained(_LAPSE + 10 * _DAY)]
_untrained = [employee("E-3", after(-500 * 24)), use(employee_id="E-3")]
_in_part = [*_untrained, trained(employee_id="E-3", topics="abcdef")]
_only_a = [
    employee("E-3", after(-500 * 24), required_topics=["a"]),
    trained(employee_id="E-3", topics="a"),
]
_also_b = employee("E-3", after(1), required_topics=["a", "b"])
_b_later = trained(after(5), "b", employee_id="E-3")
_rms = source("/records/rms", system_of_record=True, holds=["training"], cadence_seconds=3600)
_wrong = trained(after(-1), employee_id="E-3")
_wrong_use = use()


_APRIL = datetime(2026, 4, 1, 7, tzinfo=UTC)  # midnight in Los Angeles
_SOONER = policy_change(
    edition="390.02", effective_on=date(2026, 4, 1), training={"refresh_after_days": 70}
)


def _e1(
    name: str,
    events: list[Event],
    expect: VerdictKind,
    now: datetime = _NOW,
    reason: str = "",
    *,
    who: str = "E-1",
    topic: str = "",
) -> Example:
    rule_id = f"training_topic_{topic}" if topic else ""
    return Example(name, events, f"employee/{who}", expect, now, reason, rule_id)


def _e3(
    name: str,
    events: list[Event],
    expect: VerdictKind,
    now: datetime = _NOW,
    reason: str = "",
    topic: str = "",
) -> Example:
    return _e1(name, events, expect, now, reason, who="E-3", topic=topic)


EXAMPLES = [
    _e1("current", _E1, "compliant", reason="is current"),
    _e1("a month before it lapses", _E1, "compliant", _REMIND),
    _e1("within the last month", _E1, "pending", _REMIND + _LATER, "must be renewed by"),
    _e1("exactly as old as may be", _E1, "pending", _LAPSE),
    _e1("lapsed", _E1, "violation", _LAPSE + _LATER, "lapsed on"),
    _e1("renewed, no use in between", _renewed, "compliant", _LAPSE + 11 * _DAY),
    _e1(
        "used at the last instant, then renewed",
        [*_renewed, use(_LAPSE, use_id="U-2")],
        "compliant",
        _LAPSE + 11 * _DAY,
    ),
    _e1(
        "used just after it lapsed, then renewed",
        [*_renewed, use(_LAPSE + _LATER, use_id="U-2")],
        "cured",
        _LAPSE + 11 * _DAY,
        "after a use at",
    ),
    _e1(
        "used just before it was renewed",
        [*_renewed, use(_LAPSE + 10 * _DAY - _LATER, use_id="U-2")],
        "cured",
        _LAPSE + 11 * _DAY,
    ),
    _e1(
        "used as it was renewed",
        [*_renewed, use(_LAPSE + 10 * _DAY, use_id="U-2")],
        "compliant",
        _LAPSE + 11 * _DAY,
    ),
    _e1(
        "used after it lapsed: settling",
        [*_E1, use(_LAPSE + _DAY, use_id="U-2")],
        "pending",
        _LAPSE + _DAY + timedelta(minutes=5),
        "is required",
    ),
    _e1(
        "used after it lapsed: settled",
        [*_E1, use(_LAPSE + _DAY, use_id="U-2")],
        "violation",
        _LAPSE + _DAY + timedelta(minutes=5, seconds=0.01),
        "though AI was used",
    ),
    _e1(
        "the system of record has not reported up to then",
        [*_E1, _rms, heartbeat(_LAPSE, complete_to=_LAPSE - _LATER)],
        "pending",
        _LAPSE + _DAY,
        "has not yet reported",
    ),
    _e1(
        "the system of record has reported up to then",
        [*_E1, _rms, heartbeat(_LAPSE, complete_to=_LAPSE)],
        "violation",
        _LAPSE + _DAY,
    ),
    _e1("no use on record", department(), "not_applicable", reason="no use"),
    _e1(
        "the only use was retracted",
        [*department(), _wrong_use, retracted(after(1), _wrong_use)],
        "not_applicable",
        reason="no use",
    ),
    _e1(
        "used just before the order's first day only",
        [*department(), use(_FIRST_DAY - _LATER)],
        "not_applicable",
        reason="no use",
    ),
    _e3(
        "used as the order's first day began, trained later",
        [_untrained[0], use(_FIRST_DAY, employee_id="E-3"), trained(employee_id="E-3")],
        "cured",
    ),
    _e1(
        "used before they were on the roster",
        [*department(), use(after(-2401))],
        "compliant",
    ),
    _e1(
        "no longer active",
        [*department(), use(employee_id="E-9")],
        "not_applicable",
        reason="separated",
        who="E-9",
    ),
    _e1(
        "on leave from that instant",
        [*_E1, employee("E-1", _LAPSE + _DAY, status="leave")],
        "not_applicable",
        _LAPSE + _DAY,
        "leave",
    ),
    _e1(
        "on leave just after",
        [*_E1, employee("E-1", _LAPSE + _DAY + _LATER, status="leave", received=NINE)],
        "violation",
        _LAPSE + _DAY,
    ),
    _e1(
        "nobody on the roster",
        [*department(), use(employee_id="E-404")],
        "undetermined",
        reason="not on the roster",
        who="E-404",
    ),
    _e1(
        "current by the edition of then",
        [*_E1, _SOONER, trained(_APRIL + _DAY)],
        "compliant",
        _APRIL + 2 * _DAY,
    ),
    _e1(
        "used just before the edition by which it had lapsed",
        [*_E1, _SOONER, use(_APRIL - _LATER, use_id="U-2"), trained(_APRIL + _DAY)],
        "compliant",
        _APRIL + 2 * _DAY,
    ),
    _e1(
        "used as the edition began by which it had lapsed",
        [*_E1, _SOONER, use(_APRIL, use_id="U-2"), trained(_APRIL + _DAY)],
        "cured",
        _APRIL + 2 * _DAY,
    ),
    _e1(
        "lapsed by an edition, from its beginning on",
        [*_E1, _SOONER],
        "violation",
        _APRIL + _LATER,
        "lapsed on",
    ),
    _e3("never trained", _untrained, "violation", reason="is not on record"),
    _e3("never trained: settling", _untrained, "pending", after(0, minutes=5)),
    _e3("never trained: settled", _untrained, "violation", after(0, minutes=5, seconds=0.01)),
    _e3(
        "trained after the first use",
        [*_untrained, trained(after(1), employee_id="E-3")],
        "cured",
        reason="after a use at",
    ),
    _e3(
        "trained at the first use",
        [*_untrained, trained(after(0), employee_id="E-3")],
        "compliant",
    ),
    _e3(
        "trained just after the first use",
        [*_untrained, trained(NINE + _LATER, employee_id="E-3")],
        "cured",
    ),
    _e3("a topic missing", _in_part, "violation", reason="in data security and privacy is not"),
    _e3("courses add up", [*_in_part, trained(after(-1), "g", employee_id="E-3")], "compliant"),
    _e3(
        "training retracted",
        [*_untrained, _wrong, retracted(after(1), _wrong)],
        "violation",
    ),
    _e3(
        "back-dated by a source that is no system of record",
        [
            *_untrained,
            source("/vendors/acme/courses"),
            trained(
                after(-1), employee_id="E-3", received=after(48), sent_by="/vendors/acme/courses"
            ),
        ],
        "undetermined",
        after(49),
        "reported late",
    ),
    _e3(
        "back-dated by a system of record",
        [*_untrained, _rms, trained(after(-1), employee_id="E-3", received=after(48))],
        "compliant",
        after(49),
    ),
    _e3(
        "back-dated by a source that the registry does not name",
        [*_untrained, trained(after(-1), employee_id="E-3", received=after(48))],
        "compliant",
        after(49),
    ),
    _e3("one topic is enough for them", [*_only_a, use(employee_id="E-3")], "compliant"),
    _e3(
        "no topic is required",
        [employee("E-3", required_topics=[]), use(employee_id="E-3")],
        "not_applicable",
        reason="no such training",
    ),
    _e3(
        "the department asks for one topic",
        [
            policy_change(training={"topics": ["b"]}),
            *_untrained,
            trained(topics="b", employee_id="E-3"),
        ],
        "compliant",
    ),
    _e3(
        "another topic required later, not on record",
        [*_only_a, _also_b, use(employee_id="E-3")],
        "violation",
        reason="in this order is not on record",
    ),
    _e3(
        "another topic required later: settling",
        [*_only_a, _also_b, use(employee_id="E-3")],
        "pending",
        after(1, minutes=5),
    ),
    _e3(
        "another topic required later: settled",
        [*_only_a, _also_b, use(employee_id="E-3")],
        "violation",
        after(1, minutes=5, seconds=0.01),
    ),
    _e3(
        "used just before another topic was required",
        [*_only_a, _also_b, _b_later, use(after(1) - _LATER, employee_id="E-3")],
        "compliant",
    ),
    _e3(
        "used as another topic was required",
        [*_only_a, _also_b, _b_later, use(after(1), employee_id="E-3")],
        "cured",
        topic="b",
    ),
    _e3(
        "used while another topic was required for a time",
        [
            *_only_a,
            _also_b,
            employee("E-3", after(3), required_topics=["a"]),
            use(after(2), employee_id="E-3"),
        ],
        "compliant",
    ),
    *(
        example
        for topic in TOPICS
        for example in (
            _e1("current", _E1, "compliant", topic=topic),
            _e1("soon to lapse", _E1, "pending", _LAPSE, topic=topic),
            _e1("lapsed", _E1, "violation", _LAPSE + _LATER, TOPICS[topic], topic=topic),
            _e3(
                "the only one missing",
                [
                    *_untrained,
                    trained(employee_id="E-3", topics="".join(TOPICS).replace(topic, "")),
                ],
                "violation",
                topic=topic,
            ),
            _e3(
                "others missing",
                [*_untrained, trained(employee_id="E-3", topics=topic)],
                "compliant",
                topic=topic,
            ),
            _e3(
                "trained after the first use",
                [*_untrained, trained(after(1), topic, employee_id="E-3")],
                "cured",
                topic=topic,
            ),
            _e3(
                "not required of them",
                [
                    employee("E-3", required_topics=[t for t in TOPICS if t != topic]),
                    use(employee_id="E-3"),
                ],
                "not_applicable",
                topic=topic,
            ),
        )
    ),
]
