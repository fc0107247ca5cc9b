"""Who is told of what and when: the plan, without servers and without a clock."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Alert
from schemas.verdicts import DossierMetrics, Finding
from services.alerter.duties import Duties
from services.alerter.known import Known, entry_key
from services.alerter.plan import MOST_FINDINGS, Plan
from services.alerter.recipients import Directory
from services.alerter.rules import Rules
from services.alerter.schedule import Schedule
from services.indexer import documents
from services.order import scenario as s
from tests.alerting import PEOPLE, duty, email, finding, judged, reviewed, roster
from tests.unit.test_fold import Live

ZONE = ZoneInfo("America/Los_Angeles")
NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE).astimezone(UTC)
LOUD = Schedule(ZONE)
HOURS = {"high": 24, "medium": 72, "low": 168}
RULES = Rules(
    schedule=LOUD,
    review_times={name: timedelta(hours=hours) for name, hours in HOURS.items()},
    gather=timedelta(),
)
PSIT = "psit@example.org"


class World:
    """A plan and its time; all that is planned is sent at once."""

    def __init__(self, rules: Rules = RULES, at: datetime = NOON, **directory: Any) -> None:
        self.now = at
        self.plan = Plan(rules, begun_at=at - timedelta(days=30))
        self.directory = replace(Directory(roster(), (PSIT,)), **directory)
        self.alerts: list[Alert] = []
        self.dossiers: list[DossierMetrics] = []

    def learn(self, *findings: Finding) -> "World":
        for each in findings:
            self.plan.learn(Known.of(each), self.now)
        return self

    def judge(self, *dossiers: DossierMetrics) -> "World":
        for each in dossiers:
            self.plan.duties.learn(each, self.now)
        self.dossiers += dossiers
        return self

    def after(self, **duration: float) -> list[str]:
        """Let time pass; whom that tells, and why."""
        self.now += timedelta(**duration)
        return self.step()

    def step(self, state: str = "sent") -> list[str]:
        planned = self.plan.next(self.now, self.directory)
        for alert in planned:
            self.settle(alert, state)
        return said(planned)

    def settle(self, alert: Alert, state: str = "sent") -> None:
        settled = alert.model_copy(update={"state": state, "settled_at": self.now})
        self.alerts.append(settled)
        self.plan.recall(settled)

    def restarted(self) -> "World":
        """Another process that has only the topics."""
        other = World(self.plan.rules, self.now)
        other.directory = self.directory
        other.plan.begun_at = self.plan.begun_at
        other.alerts = list(self.alerts)
        for alert in self.alerts:
            other.plan.recall(alert)
        for known in self.plan.findings.values():
            other.plan.learn(known, self.now)
        return other.judge(*self.dossiers)


def said(alerts: Iterable[Alert]) -> list[str]:
    found = []
    for alert in alerts:
        if alert.digest:
            found.append(f"{alert.recipient} digest")
        for line in alert.lines:
            standing = f" {line.standing}" if line.what == "changed" else ""
            found.append(f"{alert.recipient} {line.what}{standing} {len(line.findings)}")
        found += [f"{alert.recipient} {each.clause} {len(each.duties)}" for each in alert.duties]
    return found


def f(number: int = 1, **changes: Any) -> Finding:
    return finding(number, changes.pop("at", NOON), **changes)


def test_the_first_is_told_at_once_and_the_next_together() -> None:
    world = World().learn(f(1))
    assert world.step() == ["person/S-1 opened 1"]
    world.learn(f(2, group="x"), f(3, group="x"), f(4))
    assert world.step() == []
    assert world.after(minutes=14) == []
    assert world.after(minutes=1) == ["person/S-1 opened 1", "person/S-1 opened 2"]
    assert len(world.alerts) == 2
    assert world.after(days=1) == []


def test_what_is_found_in_one_moment_is_one_message() -> None:
    world = World(Rules(LOUD, RULES.review_times, gather=timedelta(seconds=2)))
    assert world.learn(f(1, group="x")).step() == []
    world.learn(f(2, group="x"))
    assert world.after(seconds=2) == ["person/S-1 opened 2"]


def test_high_severity_waits_a_minute_only() -> None:
    world = World().learn(f(1, severity="high"))
    assert world.step() == ["person/S-1 opened 1"]
    world.learn(f(2, severity="high"), f(3))
    assert world.after(seconds=59) == []
    assert world.after(seconds=1) == ["person/S-1 opened 1", "person/S-1 opened 1"]


@pytest.mark.parametrize(
    ("changes", "directory", "told"),
    [
        ({}, {}, ["person/S-1"]),
        ({"employee_id": None}, {}, [f"psit/{PSIT}"]),
        ({"employee_id": "S-1"}, {}, ["person/L-1"]),
        ({"employee_id": "L-1"}, {}, [f"psit/{PSIT}"]),
        ({}, {"roster": roster(S_1={"status": "separated"})}, ["person/L-1"]),
        ({}, {"roster": roster(S_1={"email": None})}, ["person/L-1"]),
        ({}, {"roster": roster(S_1={"email": "a@b\nBcc: x@y"})}, ["person/L-1"]),
        # Two entries of one person: the address counts, not the id.
        ({}, {"roster": roster(S_1={"email": email("O-1").upper()})}, ["person/L-1"]),
        ({"employee_id": "L-1"}, {"psit": (email("L-1"), PSIT)}, [f"psit/{PSIT}"]),
        ({"employee_id": "L-1"}, {"psit": (email("L-1").upper(),)}, []),
        ({"review": reviewed("new", NOON, "S-2")}, {}, ["person/S-2"]),
        ({"review": reviewed("acknowledged", NOON, "S-2")}, {}, ["person/S-2"]),
        ({"review": reviewed("new", NOON, "O-1")}, {}, ["person/S-1"]),
        ({"review": reviewed("acknowledged", NOON)}, {}, []),
        ({"review": reviewed("dismissed", NOON, "S-2")}, {}, []),
        ({"shadow": True}, {}, []),
        ({"shadow": True}, {"webhooks": ("webhook/1",)}, []),
        ({}, {"webhooks": ("webhook/1",)}, ["person/S-1", "webhook/1"]),
        ({}, {"webhooks": ("webhook/1",), "mails": False}, ["webhook/1"]),
        ({}, {"mails": False}, []),
    ],
)
def test_who_is_told(changes: dict[str, Any], directory: dict[str, Any], told: list[str]) -> None:
    world = World(**directory).learn(f(1, **changes))
    assert world.step() == [f"{name} opened 1" for name in told]


def test_whom_nobody_can_be_told_of_is_counted() -> None:
    world = World(psit=()).learn(f(1, employee_id=None), f(2))
    world.step()
    assert world.plan.unreachable == {f(1).finding_id}


def test_somebody_who_is_not_on_the_roster_yet_is_waited_for() -> None:
    world = World(roster=roster(O_1={}))
    unknown = f(1, employee_id="O-9")
    assert world.learn(unknown).step() == []
    assert world.plan.unknown == {unknown.finding_id}
    assert world.after(seconds=10) == [f"psit/{PSIT} opened 1"]
    assert not world.plan.unknown


def test_a_new_supervisor_is_told_and_the_old_one_of_the_end() -> None:
    world = World().learn(f(1))
    world.step()
    world.directory = Directory(roster(O_1={"supervisor_id": "S-2"}), (PSIT,))
    assert world.step() == ["person/S-2 opened 1"]
    world.learn(f(1, revision=2, state="withdrawn", verdict="compliant"))
    assert world.after(hours=1) == [
        "person/S-1 changed withdrawn 1",
        "person/S-2 changed withdrawn 1",
    ]


def test_whoever_was_told_is_told_what_became_of_it() -> None:
    world = World().learn(f(1))
    world.step()
    world.learn(f(1, revision=2, verdict="cured"))
    assert world.after(hours=1) == ["person/S-1 changed cured 1"]
    world.learn(f(1, revision=3, state="withdrawn", verdict="compliant"))
    assert world.after(hours=1) == ["person/S-1 changed withdrawn 1"]
    assert world.after(hours=200) == []
    world.learn(f(1, revision=4))
    assert world.after(hours=1) == ["person/S-1 opened 1"]


def test_what_comes_and_goes_before_it_was_told_is_not_told() -> None:
    world = World().learn(f(1))
    world.step()
    world.learn(f(2))
    assert world.step() == []
    world.learn(f(2, revision=2, state="withdrawn", verdict="compliant"))
    assert world.after(hours=1) == []


def test_nobody_acknowledges() -> None:
    world = World().learn(f(1, severity="high"))
    assert world.step() == ["person/S-1 opened 1"]
    assert world.after(hours=19, minutes=59) == []
    assert world.after(minutes=1) == ["person/S-1 reminder 1"]
    assert world.after(hours=3, minutes=59) == []
    assert world.after(minutes=1) == ["person/L-1 escalated 1"]
    assert world.after(hours=23) == []
    assert world.after(hours=1) == [f"psit/{PSIT} escalated 1"]
    assert world.after(days=9) == []


def test_somebody_acknowledges() -> None:
    world = World().learn(f(1, severity="high"))
    world.step()
    world.learn(f(1, severity="high", revision=2, review=reviewed("acknowledged", NOON)))
    assert world.after(days=9) == []


def test_steps_up_the_chain_can_be_switched_off() -> None:
    world = World(replace(RULES, escalation_steps=0, reminder=timedelta()))
    world.learn(f(1)).step()
    assert not any(world.after(days=3) for _ in range(5))


def test_a_message_that_never_arrived_goes_up_the_chain() -> None:
    world = World().learn(f(1))
    assert world.step("failed") == ["person/S-1 opened 1"]
    assert world.after(minutes=15) == ["person/L-1 escalated 1"]


def test_a_deadline_of_its_own_is_reminded_of() -> None:
    deadline = NOON + timedelta(hours=30)
    world = World().learn(f(1, deadline=deadline, review=reviewed("new", NOON)))
    world.step()
    assert world.after(hours=26) == ["person/S-1 deadline 1"]
    assert world.after(hours=1) == []


def test_quiet_hours_hold_back_all_but_high_severity() -> None:
    rules = Rules(Schedule(ZONE, time(20), time(6)), RULES.review_times, gather=timedelta())
    world = World(rules, NOON + timedelta(hours=9)).learn(f(1), f(2, severity="high"), f(3))
    assert world.step() == ["person/S-1 opened 1"]
    assert world.after(hours=8, minutes=59) == []
    assert world.after(minutes=1) == ["person/S-1 opened 1", "person/S-1 opened 1"]
    assert [alert.lines[0].severity for alert in world.alerts] == ["high", "medium"]


@pytest.mark.parametrize("day", [datetime(2026, 3, 8), datetime(2026, 11, 1)])
def test_quiet_hours_end_at_six_by_the_clock_also_when_it_is_set(day: datetime) -> None:
    quiet = Schedule(ZONE, time(20), time(6))
    six = day.replace(hour=6, tzinfo=ZONE).astimezone(UTC)
    assert not quiet.is_quiet(six)
    assert quiet.is_quiet(six - timedelta(seconds=1))
    assert quiet.is_quiet(day.replace(hour=23, tzinfo=ZONE))
    assert not Schedule(ZONE, time(9), time(17)).is_quiet(day.replace(hour=8, tzinfo=ZONE))
    assert not LOUD.is_quiet(six)


def test_the_digest_comes_once_a_day() -> None:
    rules = Rules(Schedule(ZONE, digest_at=time(8)), RULES.review_times, gather=timedelta())
    world = World(rules).learn(f(1), f(2, severity="low"))
    assert world.step() == ["person/S-1 opened 1", "person/S-1 opened 1"]
    assert world.after(hours=19, minutes=59) == []
    assert world.after(minutes=1) == ["person/S-1 digest"]
    numbers = next(alert.digest for alert in world.alerts if alert.digest)
    assert (numbers.high, numbers.medium, numbers.low, numbers.overdue) == (0, 1, 1, 0)
    assert world.after(minutes=5) == []
    assert world.restarted().step() == []


def test_what_was_found_before_the_first_start_is_one_digest() -> None:
    rules = Rules(Schedule(ZONE, digest_at=time(8)), RULES.review_times, gather=timedelta())
    world = World(rules)
    world.plan.begun_at = NOON
    long_ago = NOON - timedelta(days=2)
    world.learn(*(f(n, at=long_ago, severity="low") for n in range(100)))
    assert world.step() == ["person/S-1 digest"]
    assert world.after(hours=1) == []


def test_what_was_found_too_long_ago_is_told_in_digests_only() -> None:
    assert World().learn(f(1, at=NOON - timedelta(days=15))).step() == []
    unlimited = Rules(LOUD, RULES.review_times, gather=timedelta(), oldest=None)
    world = World(unlimited).learn(f(1, at=NOON - timedelta(days=15)))
    assert world.step() == ["person/S-1 opened 1"]


def test_while_a_message_waits_no_other_is_planned_for_the_same_recipient() -> None:
    world = World().learn(f(1), f(2, employee_id=None))
    planned = world.plan.next(world.now, world.directory)
    assert said(planned) == ["person/S-1 opened 1", f"psit/{PSIT} opened 1"]
    world.settle(planned[1])
    world.learn(f(3), f(4, employee_id=None))
    assert world.after(hours=5) == [f"psit/{PSIT} opened 1"]
    world.settle(planned[0])
    assert world.step() == ["person/S-1 opened 1"]


def test_a_message_is_withheld_from_somebody_whom_it_has_come_to_be_about() -> None:
    world = World().learn(f(1))
    (planned,) = world.plan.next(world.now, world.directory)
    assert world.plan.may_be_sent(planned, world.directory)
    world.learn(f(1, revision=2, employee_id="S-1"))
    assert not world.plan.may_be_sent(planned, world.directory)


def test_a_message_names_no_more_findings_than_a_record_holds() -> None:
    world = World().learn(*(f(n, group="x") for n in range(MOST_FINDINGS + 5)))
    assert world.step() == [f"person/S-1 opened {MOST_FINDINGS}"]
    assert len(world.alerts[0].model_dump_json()) < 500_000
    assert world.after(hours=1) == ["person/S-1 opened 5"]


def test_an_entry_is_the_same_as_in_the_inbox() -> None:
    """Where several are told of in one line: what a rule names as their cause."""
    told = {"group": "system/a", "clause": "C.1", "subject": "use/1", "verdict": "violation"}
    assert entry_key("system/a", "C.1") == documents.entry_key(told)


IN_A_DAY = NOON + timedelta(hours=24)
IN_A_MONTH = NOON + timedelta(days=30)


def test_an_open_duty_is_reminded_of_once_hours_before_it_lapses() -> None:
    world = World().judge(judged("use/1", NOON, duty(IN_A_DAY)))
    assert world.after(hours=19, minutes=59) == []
    assert world.after(minutes=1) == ["person/S-1 D.2 1"]
    assert world.after(hours=1) == []
    world.judge(judged("use/1", world.now, duty(IN_A_DAY), revision=2))
    assert world.after(hours=1) == []
    assert world.restarted().after(minutes=20) == []
    assert world.after(days=1) == []


def test_a_lead_is_reminded_of_by_what_the_checker_says_of_it() -> None:
    """And nothing else of that use: what settles is no duty."""
    live = Live()
    live.tell([*s.department(), s.face_search(), s.used_as_lead(s.after(1))], s.after(1))
    world = World(at=s.after(1)).judge(*live.metrics.values())
    assert world.after(hours=19, minutes=59) == []
    assert world.after(minutes=1) == [f"psit/{PSIT} D.2 1"]

    other = World(at=s.after(1)).judge(*live.metrics.values())
    other.after(hours=1)
    live.tell([s.documented(s.after(2))], s.after(2))
    assert other.judge(*live.metrics.values()).after(hours=22) == []


def test_what_is_known_for_long_is_reminded_of_days_before() -> None:
    audit = duty(IN_A_MONTH, clause="H.2", rule="yearly_audit")
    world = World().judge(judged("system/x", NOON, audit, employee_id=None))
    assert world.after(days=26, hours=23) == []
    assert world.after(hours=1) == [f"psit/{PSIT} H.2 1"]
    assert world.after(days=3) == []


def test_a_duty_that_was_fulfilled_is_not_reminded_of() -> None:
    world = World().judge(judged("use/1", NOON, duty(IN_A_DAY)))
    world.after(hours=19)
    world.judge(judged("use/1", world.now, revision=2))
    assert world.after(hours=4) == []
    assert world.restarted().after(minutes=1) == []


@pytest.mark.parametrize(
    "dossier",
    [
        judged("use/1", NOON, duty(NOON + timedelta(minutes=5))),
        judged("use/1", NOON, duty(IN_A_DAY, state="overdue")),
        judged("use/1", NOON, duty(None)),
        judged("use/1", NOON - timedelta(days=2), duty(NOON)),
    ],
    ids=["evidence that settles", "overdue", "no deadline", "lapsed"],
)
def test_what_is_no_open_duty_is_not_reminded_of(dossier: DossierMetrics) -> None:
    world = World().judge(dossier)
    assert [*world.step(), *world.after(minutes=2), *world.after(hours=23)] == []


def test_a_duty_that_is_learnt_of_late_is_reminded_of_at_once() -> None:
    world = World(at=NOON + timedelta(hours=23))
    world.judge(judged("use/1", NOON + timedelta(hours=22), duty(IN_A_DAY)))
    assert world.step() == ["person/S-1 D.2 1"]


def test_another_deadline_is_another_duty() -> None:
    world = World().judge(judged("use/1", NOON, duty(IN_A_DAY)))
    assert world.after(hours=20) == ["person/S-1 D.2 1"]
    later = IN_A_DAY + timedelta(days=1)
    world.judge(judged("use/1", world.now, duty(later), revision=2))
    assert world.after(hours=23, minutes=59) == []
    assert world.after(minutes=1) == ["person/S-1 D.2 1"]


def test_what_is_due_at_one_time_is_one_message() -> None:
    world = World()
    for number in range(3):
        at = IN_A_DAY + timedelta(minutes=4 * number)
        world.judge(judged(f"use/{number}", NOON, duty(at), duty(at, clause="B.3.a")))
    assert world.after(hours=20) == ["person/S-1 B.3.a 1", "person/S-1 D.2 1"]
    assert world.after(minutes=8) == []
    assert world.after(minutes=7) == ["person/S-1 B.3.a 2", "person/S-1 D.2 2"]
    assert len(world.alerts) == 2


@pytest.mark.parametrize(
    ("employee_id", "directory", "told"),
    [
        ("O-1", {}, ["person/S-1"]),
        ("S-1", {}, ["person/L-1"]),
        ("L-1", {}, [f"psit/{PSIT}"]),
        (None, {}, [f"psit/{PSIT}"]),
        ("O-1", {"roster": roster(S_1={"email": "not an address"})}, ["person/L-1"]),
        ("O-1", {"webhooks": ("webhook/1",)}, ["person/S-1", "webhook/1"]),
        ("L-1", {"psit": ()}, []),
    ],
)
def test_who_is_reminded(employee_id: str, directory: dict[str, Any], told: list[str]) -> None:
    world = World(**directory)
    world.judge(judged("use/1", NOON, duty(IN_A_DAY), employee_id=employee_id))
    assert world.after(hours=20) == [f"{name} D.2 1" for name in told]
    world.directory = replace(world.directory, roster=roster(O_1={"supervisor_id": "S-2"}))
    assert world.after(minutes=20) == []


def test_duties_of_which_nobody_can_be_told_are_counted() -> None:
    world = World(psit=())
    world.judge(*(judged(f"use/{n}", NOON, duty(IN_A_DAY), employee_id=n) for n in ("O-1", None)))
    assert world.after(hours=20) == ["person/S-1 D.2 1"]
    assert world.plan.duties.unreachable == 1
    world.after(days=1)
    assert world.plan.duties.unreachable == 0


def test_a_reminder_that_reaches_nobody_goes_up_the_chain() -> None:
    world = World().judge(judged("use/1", NOON, duty(IN_A_DAY)))
    world.now += timedelta(hours=20)
    assert world.step("failed") == ["person/S-1 D.2 1"]
    assert world.after(minutes=15) == ["person/L-1 D.2 1"]
    assert world.after(hours=1) == []


def test_a_reminder_is_withheld_once_nothing_of_it_is_open() -> None:
    world = World().judge(*(judged(f"use/{n}", NOON, duty(IN_A_DAY)) for n in range(2)))
    world.now += timedelta(hours=20)
    (planned,) = world.plan.next(world.now, world.directory)
    world.judge(judged("use/0", world.now, revision=2))
    assert world.plan.may_be_sent(planned, world.directory)
    world.judge(judged("use/1", world.now, revision=2))
    assert not world.plan.may_be_sent(planned, world.directory)


def test_a_reminder_that_would_be_in_quiet_hours_comes_before_them() -> None:
    rules = replace(RULES, schedule=Schedule(ZONE, time(20), time(6)))
    lapses = NOON + timedelta(hours=15)
    world = World(rules).judge(judged("use/1", NOON, duty(lapses)))
    assert world.after(hours=7, minutes=44) == []
    assert world.after(minutes=1) == ["person/S-1 D.2 1"]


def test_in_quiet_hours_only_what_lapses_in_them_is_told() -> None:
    rules = replace(RULES, schedule=Schedule(ZONE, time(20), time(6)))
    midnight = NOON + timedelta(hours=12)
    world = World(rules, midnight)
    world.judge(judged("use/1", midnight, duty(midnight + timedelta(hours=3))))
    world.judge(judged("use/2", midnight, duty(midnight + timedelta(hours=7))))
    assert world.step() == ["person/S-1 D.2 1"]
    assert world.after(hours=6) == ["person/S-1 D.2 1"]


def test_reminders_can_be_switched_off() -> None:
    world = World(replace(RULES, reminder=timedelta()))
    world.judge(judged("use/1", NOON, duty(IN_A_DAY)))
    assert world.after(hours=23) == []


def test_no_more_is_kept_of_duties_than_is_open() -> None:
    world = World()
    for number in range(50):
        world.judge(judged(f"use/{number}", NOON, duty(NOON + timedelta(minutes=5))))
        world.judge(judged(f"use/x{number}", NOON, duty(IN_A_DAY)))
    world.after(hours=20)
    world.after(hours=5)
    assert vars(world.plan.duties) | {"_rules": RULES} == vars(Duties(RULES))


# What may happen, in any order.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "verdict": st.sampled_from(["violation", "undetermined", "cured"]),
        "state": st.sampled_from(["open", "withdrawn"]),
        "severity": st.sampled_from(["low", "medium", "high"]),
        "employee_id": st.sampled_from([*PEOPLE, None]),
        "shadow": st.booleans(),
        "review": st.builds(
            reviewed,
            st.sampled_from(["new", "acknowledged", "dismissed", "confirmed"]),
            st.just(NOON),
            st.sampled_from([*PEOPLE, None]),
        ),
        "group": st.sampled_from(["x", "y"]),
    },
)
LEARNT = st.tuples(st.just("learn"), st.integers(1, 4), CHANGES)
PASSED = st.tuples(st.just("pass"), st.integers(0, 200_000), st.none())
KILLED = st.tuples(st.just("kill"), st.integers(0, 2), st.none())
STORY = st.lists(st.one_of(LEARNT, PASSED, KILLED), max_size=25)
FULL = Rules(
    Schedule(ZONE, time(20), time(6), time(8)), RULES.review_times, gather=timedelta(seconds=2)
)


def played(story: list[Any], each: Callable[[World, list[Alert]], None]) -> World:
    """Live through a story. Killed: what was planned is in the topic, or (0) even that is not; then
    it is sent by the next process."""
    world = World(FULL, psit=(PSIT, email("O-2")))
    revisions = dict.fromkeys(range(1, 5), 0)
    for kind, number, changes in story:
        if kind == "learn":
            revisions[number] += 1
            world.learn(f(number, **{"revision": revisions[number]} | changes))
        elif kind == "pass":
            world.now += timedelta(seconds=number)
        planned = [] if kind == "kill" and number == 0 else advanced(world)
        each(world, planned)
        if kind == "kill":
            world = resumed(world, planned)
        else:
            for alert in planned:
                world.settle(alert)
    return world


def advanced(world: World) -> list[Alert]:
    return world.plan.next(world.now, world.directory)


def resumed(world: World, planned: list[Alert]) -> World:
    for alert in planned:
        world.alerts.append(alert)
    other = world.restarted()
    waiting = list(other.plan.waiting.values())
    assert sorted(a.alert_id for a in waiting) == sorted(a.alert_id for a in planned)
    for alert in waiting:
        other.alerts.remove(alert)
        other.settle(alert)
    return other


@settings(max_examples=150, deadline=None)
@given(STORY)
def test_nobody_is_ever_told_of_themselves_or_of_what_is_tried_out(story: list[Any]) -> None:
    def look(world: World, planned: list[Alert]) -> None:
        for alert in planned:
            for line in alert.lines:
                for each in line.findings:
                    known = world.plan.findings[each.finding_id]
                    own = known.employee_id or ""
                    assert alert.recipient not in (f"person/{own}", f"psit/{email(own)}")
                    assert not known.shadow
                    assert each.revision == known.revision

    played(story, look)


@settings(max_examples=150, deadline=None)
@given(STORY)
def test_nothing_is_told_twice_and_in_the_end_everybody_knows(story: list[Any]) -> None:
    world = played(story, lambda *_: None)
    for _ in range(40):  # until all windows and quiet hours have passed
        world.after(hours=1)
    ids = [alert.alert_id for alert in world.alerts]
    assert len(ids) == len(set(ids))
    for known in world.plan.findings.values():
        if known.shadow:
            continue
        told = world.plan.told[known.finding_id]
        if known.standing == "withdrawn":
            assert not {r for r in told if world.directory.may_tell(r, known)}
        elif known.is_open and known.status == "new":
            for recipient in world.directory.levels(known)[0]:
                assert told[recipient].standing == known.standing


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), CHANGES), max_size=10), st.randoms())
def test_order_and_repetition_do_not_matter(changes: list[Any], random: Any) -> None:
    findings = [f(number, revision=r + 1, **each) for r, (number, each) in enumerate(changes)]
    mixed = findings + findings[: len(findings) // 2]
    random.shuffle(mixed)
    one, other = World(FULL).learn(*findings), World(FULL).learn(*mixed)
    for hours in (0, 1, 20, 24, 100):
        assert one.after(hours=hours) == other.after(hours=hours)
    assert one.alerts == other.alerts


@settings(max_examples=100, deadline=None)
@given(STORY)
def test_whoever_starts_anew_goes_on_alike(story: list[Any]) -> None:
    world = played(story, lambda *_: None)
    # Whoever starts gathers anew what was not told yet: from the first look on, until the next.
    world.after(minutes=20)
    world.after(seconds=11)
    other = world.restarted()
    for _ in range(2):
        other.after(seconds=11)
        world.after(seconds=11)  # a digest may be due in them
    assert {n: t for n, t in other.plan.told.items() if t} == {
        n: t for n, t in world.plan.told.items() if t
    }
    for hours in (1, 20, 24):
        assert sorted(other.after(hours=hours)) == sorted(world.after(hours=hours))
