"""The fold: whatever the order of arrival, the live state says what a judgement of the log says."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ai import UseRecorded
from schemas.events import Event
from schemas.policy import Policy
from schemas.records import DossierEntry, DossierRecord, GivenBack
from schemas.registry import SourceChanged
from schemas.verdicts import FINDING_KINDS, DossierMetrics, Finding, Verdict, VerdictKind
from services.order import scenario as s
from services.order.case import Case
from services.order.closing import CLOSED
from services.order.findings import finding_id
from services.order.fold import Fold, Step
from services.order.marks import mark_of
from services.order.observing import Observer
from services.order.outcome import Outcome
from services.order.routing import is_fact, routes
from services.order.rule import Rule
from services.order.rulebook import examples, rulebook
from services.order.saying import RULE_GONE, Said
from tests.casebook import judge_all

POLICY = Policy()
APPROVAL = "supervisor_approval"
CASES = [(rule, example) for rule, example in examples() if "before the order" not in example.name]


def entries(event: Event) -> list[DossierEntry]:
    facts = [DossierEntry(dossier=None, event=event)] if is_fact(event) else []
    return facts + [_entry(subject, event) for subject in routes(event)]


def _entry(subject: str, event: Event) -> DossierEntry:
    if isinstance(event, UseRecorded) and subject.startswith("employee/"):
        return DossierEntry(dossier=subject, mark=mark_of(event))
    return DossierEntry(dossier=subject, event=event)


Told = dict[tuple[str, str], str]
"""What was said, by subject and rule, but for what does not apply."""


def told_of(verdicts: Iterable[Verdict]) -> Told:
    return {(v.subject, v.rule): v.verdict for v in verdicts if v.verdict != "not_applicable"}


def in_full(said: Finding | Verdict) -> tuple[object, ...]:
    names = Verdict.model_fields.keys() & Finding.model_fields.keys()
    return tuple(getattr(said, name) for name in sorted(names))


def assert_agree(live: "Live", expected: Sequence[Verdict]) -> None:
    """What the fold keeps, and what it has published, is what these verdicts say."""
    assert live.told() == told_of(expected)
    found = {finding_id(v): in_full(v) for v in expected if v.verdict in FINDING_KINDS}
    assert {key: in_full(f) for key, f in live.findings().items()} == found


def record(events: list[Event], tick: datetime, name: str = "in/0") -> DossierRecord:
    observers: dict[str, Observer] = {}
    for event in events:
        observers.setdefault(event.source, Observer(event.source)).add(event)
    return DossierRecord(
        input=name,
        tick=tick,
        entries=[entry for event in events for entry in entries(event)],
        observed=[observer.observed() for observer in observers.values()],
    )


class Live:
    """A fold with the state that its host would keep."""

    def __init__(
        self, policy: Policy = POLICY, judged_per_record: int = 1000, uses_wait: float = 0
    ) -> None:
        self.policy = policy
        self.settings = (judged_per_record, timedelta(seconds=uses_wait))
        self.state: dict[str, bytes] = {}
        self.rules: Sequence[Rule] = rulebook()
        self.fold = Fold(0, {}, self.rules, self.policy, *self.settings)
        self.published: list[Finding] = []
        self.metrics: dict[str, DossierMetrics] = {}
        self.offset = 0

    def tell(self, events: list[Event], tick: datetime, name: str = "in/0") -> Step:
        return self.take(record(events, tick, name))

    def take(self, told: DossierRecord) -> Step:
        step = self.fold.apply(self.offset, told)
        self.offset += 2  # transaction markers take offsets too
        for key, value in step.writes.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        self.published += step.findings
        self.metrics |= {metrics.dossier: metrics for metrics in step.metrics}
        return step

    def restart(self) -> None:
        self.fold = Fold(0, dict(self.state), self.rules, self.policy, *self.settings)

    def findings(self) -> dict[str, Finding]:
        latest = {f.finding_id: f for f in self.published}
        return {key: f for key, f in latest.items() if f.state == "open"}

    def open_of(self, rule: str) -> list[VerdictKind]:
        return [f.verdict for f in self.findings().values() if f.rule == rule]

    def told(self) -> Told:
        dossiers = {
            key.removeprefix("dossier\n"): Said.read(value)
            for key, value in self.state.items()
            if key.startswith("dossier\n")
        }
        return {
            (subject, rule): verdict
            for subject, said in dossiers.items()
            for verdict, rules in said.told.items()
            for rule in rules
        }


def received_at(event: Event, time: datetime) -> Event:
    return event.model_copy(update={"receivedtime": event.receivedtime or time})


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_live_says_what_a_judgement_of_the_log_says(data: st.DataObject) -> None:
    _, example = data.draw(st.sampled_from(CASES))
    log = [received_at(event, event.time) for event in example.events]
    told = data.draw(st.permutations(log + data.draw(st.lists(st.sampled_from(log), max_size=4))))
    wait = data.draw(st.sampled_from([0, 1]))
    live = Live(judged_per_record=data.draw(st.integers(1, 5)), uses_wait=wait)
    early = min(event.time for event in log)
    while told:
        size = data.draw(st.integers(1, len(told)))
        live.tell(told[:size], early, data.draw(st.sampled_from(["in/0", "in/1"])))
        told = told[size:]
        if data.draw(st.booleans()):
            live.restart()
    registered = {e.data.source for e in log if isinstance(e, SourceChanged)}
    for name in ("in/0", "in/1", *sorted(registered)):
        live.tell([], example.now, name)
    while live.fold.progress().backlog:
        live.tell([], example.now)

    expected = judge_all(log, example.now, POLICY, rulebook())
    assert_agree(live, expected)


def test_a_replay_publishes_the_same_revisions() -> None:
    log = [*s.department(), s.face_search(), s.used_as_lead(s.after(1))]
    first, again = Live(), Live()
    for live in (first, again):
        live.tell(log, s.after(2))
        live.tell([], s.after(30))
        live.tell([s.documented(s.after(40), known_as="doc")], s.after(41))
        again.restart()
    assert [f.model_dump() for f in first.published] == [f.model_dump() for f in again.published]
    told = [(f.verdict, f.revision) for f in first.published if f.rule == "lead_documented"]
    assert told == [("violation", 1), ("cured", 2)]


def test_a_record_applied_before_does_nothing() -> None:
    live = Live()
    live.tell([*s.department(), s.use(purpose="personal")], s.after(1))
    live.restart()
    assert live.fold.apply(0, record([s.use(use_id="U-2")], s.after(1))) == Step()


def test_an_input_that_falls_silent_delays_judgement() -> None:
    live = Live()
    live.tell([], s.after(0), "records/0")
    live.tell([*s.department(), s.use(), s.output_used(s.after(1))], s.after(30))
    assert live.findings() == {}
    live.tell([], s.after(30), "records/0")
    assert live.open_of(APPROVAL) == ["violation"]


def test_evidence_that_arrives_late_withdraws_the_finding() -> None:
    live = Live()
    live.tell([*s.department(), s.use(), s.output_used(s.after(1))], s.after(2))
    live.tell([s.decided(s.after(0.5), received=s.after(3))], s.after(3))
    assert live.open_of(APPROVAL) == []
    assert [(f.state, f.verdict) for f in live.published if f.rule == APPROVAL] == [
        ("open", "violation"),
        ("withdrawn", "compliant"),
    ]


def test_a_retraction_withdraws_the_finding() -> None:
    live = Live()
    wrong = s.use(purpose="personal")
    live.tell([*s.department(), wrong], s.after(1))
    live.tell([s.retracted(s.after(2), wrong)], s.after(2))
    told = [f.state for f in live.published if f.rule == "prohibited_use"]
    assert told == ["open", "withdrawn"]


def test_a_fact_that_changes_the_past_is_worked_off_in_chunks() -> None:
    live = Live(judged_per_record=10)
    uses = [
        e
        for n in range(35)
        for e in (
            s.use(use_id=f"U-{n}"),
            s.output_used(s.after(1), use_id=f"U-{n}"),
            s.decided(s.after(0.5), use_id=f"U-{n}"),
        )
    ]
    live.tell([*s.department(), *uses], s.after(5))
    assert live.open_of(APPROVAL) == []
    live.tell([s.employee("S-1", s.after(-1))], s.after(5))
    assert 0 < len(live.open_of(APPROVAL)) <= 10
    live.restart()
    for _ in range(3):
        live.tell([], s.after(5))
    assert len(live.open_of(APPROVAL)) == 35
    assert live.fold.progress().backlog == 0


def test_a_dossier_in_which_nothing_is_open_closes_and_says_so_when_more_comes() -> None:
    live = Live()
    live.tell([*s.department(), s.use(known_as="the-use")], s.after(1))
    live.tell([], s.NINE + timedelta(days=31))
    stored = Said.read(live.state["dossier\nuse/U-1"])
    assert stored.closed is not None
    assert not any(key.startswith("event\nuse/U-1\n") for key in live.state)
    live.tell([s.use(known_as="the-use")], s.NINE + timedelta(days=32))
    assert live.findings() == {}
    live.tell([s.output_used(s.after(1))], s.NINE + timedelta(days=33))
    assert {f.reason for f in live.findings().values()} == {CLOSED}


def test_the_same_id_with_other_bytes_has_one_outcome() -> None:
    one = s.use(known_as="same", received=s.after(1))
    other = s.use(known_as="same", purpose="personal", received=s.after(2))
    department = s.department()
    outcomes = []
    for order in ([one, other], [other, one]):
        live = Live()
        for event in order:
            live.tell([*department, event], s.after(3))
        outcomes.append((live.told(), [in_full(f) for f in live.findings().values()]))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0]["use/U-1", "prohibited_use"] == "compliant"


@pytest.mark.parametrize("by_shape", [False, True])
@pytest.mark.parametrize("crashing", ["F.1.c", "D.2"])
def test_a_rule_that_crashes_is_undetermined_and_stops_no_other(
    crashing: str, by_shape: bool
) -> None:
    def crash(_: object) -> None:
        raise ZeroDivisionError

    changes = {"check": crash, "settled": crash if by_shape else None}
    broken = [
        type(r)(**{**r.__dict__, **changes}) if r.clause == crashing else r for r in rulebook()
    ]
    log = [*s.department(), s.plate_search()]
    verdicts = {v.clause: v for v in judge_all(log, s.after(1), POLICY, broken)}
    assert verdicts[crashing].verdict == "undetermined"
    assert "ZeroDivisionError" in verdicts[crashing].reason
    assert verdicts["D.4"].verdict == "violation"


def test_a_source_is_waited_for_from_its_registration_on() -> None:
    rms = s.source("/records/rms", s.after(0.5), system_of_record=True)
    live = Live()
    live.tell([*s.department(), rms, s.use(), s.output_used(s.after(1))], s.after(30))
    assert live.findings() == {}
    live.tell([s.decided(s.after(0.9), received=s.after(30))], s.after(31), "/records/rms")
    live.tell([], s.after(40))
    assert [f for f in live.published if f.rule == APPROVAL] == []


def test_a_suspended_source_is_waited_for_no_longer() -> None:
    live = Live()
    rms = s.source("/records/rms", s.after(0.5), system_of_record=True)
    live.tell([*s.department(), rms, s.use(), s.output_used(s.after(1))], s.after(30))
    suspended = s.source("/records/rms", s.after(30), status="suspended")
    live.tell([suspended], s.after(31))
    live.restart()
    live.tell([], s.after(32))
    assert live.open_of(APPROVAL) == ["violation"]


def test_a_dossier_that_cannot_be_judged_is_shown_and_keeps_its_events() -> None:
    live = Live()
    live.rules = [*rulebook(), cast(Rule, SimpleNamespace(id="broken", version=1))]
    live.restart()
    step = live.tell([s.use()], s.after(1))
    assert ("use/U-1", "AttributeError") in step.failures
    assert any(key.startswith("event\n") for key in step.writes)
    # It is tried again after a while, also by a fold that was restarted meanwhile.
    live.restart()
    assert live.tell([], s.after(1.5)).failures == []
    assert ("use/U-1", "AttributeError") in live.tell([], s.after(3)).failures


def test_what_a_rule_declares_may_fail_too() -> None:
    def crash(_: object) -> str:
        raise ZeroDivisionError

    declared: list[dict[str, object]] = [{"group": crash}, {"settings": ("no.such",)}]
    for broken in declared:
        live = Live()
        live.rules = with_changes("prohibited_use", **broken)
        live.restart()
        live.tell([*s.department(), s.use(purpose="personal")], s.after(1))
        assert set(live.open_of("prohibited_use")) == {"undetermined"}
        assert live.open_of("supervisor_approval") == []


def test_a_suspension_to_come_is_none_yet() -> None:
    live = Live()
    rms = s.source("/records/rms", s.after(0.5), system_of_record=True)
    to_come = s.source("/records/rms", s.after(100), system_of_record=True, status="suspended")
    live.tell([*s.department(), rms, to_come, s.use(), s.output_used(s.after(1))], s.after(30))
    assert live.open_of("supervisor_approval") == []
    live.tell([], s.after(101))
    assert live.open_of("supervisor_approval") == ["violation"]


def test_a_use_sent_anew_long_after_it_was_retracted_is_judged() -> None:
    live = Live()
    wrong = s.use(known_as="wrong")
    live.tell([*s.department(), wrong, s.retracted(s.after(1), wrong)], s.after(1))
    live.tell([], s.NINE + timedelta(days=40))
    live.tell([s.use(purpose="personal", known_as="right")], s.NINE + timedelta(days=41))
    assert live.open_of("prohibited_use") == ["violation"]


def test_a_retraction_of_a_closed_dossiers_event_is_shown() -> None:
    live = Live()
    wrong = s.use(purpose="personal", known_as="wrong-use")
    live.tell([*s.department(), wrong], s.after(1))
    live.tell([], s.NINE + timedelta(days=31))
    live.tell([s.retracted(s.after(800), wrong)], s.NINE + timedelta(days=34))
    assert {f.reason for f in live.findings().values()} == {CLOSED}


def with_changes(rule_id: str, **changes: object) -> list[Rule]:
    return [type(r)(**{**r.__dict__, **changes}) if r.id == rule_id else r for r in rulebook()]


def test_state_that_other_rules_have_left_is_judged_again() -> None:
    live = Live(judged_per_record=2)
    live.tell([*s.department(), *(s.plate_search(use_id=f"U-{n}") for n in range(5))], s.after(1))
    before = live.findings()
    assert {f.subject for f in before.values() if f.rule == "alpr_search"} == {
        f"use/U-{n}" for n in range(5)
    }

    def lenient(case: Case) -> Outcome:
        return Outcome("compliant", "anything goes", (case.use,), case.use.time)

    live.rules = with_changes("alpr_search", check=lenient, version=2)
    live.restart()
    while live.fold.progress().backlog:
        live.tell([], s.after(1))
    assert {f for f in live.findings().values() if f.rule == "alpr_search"} == set()
    assert all(f.revision == 2 for f in live.published if f.state == "withdrawn")


def test_state_of_the_same_rules_is_not_judged_again() -> None:
    live = Live()
    live.tell([*s.department(), s.plate_search()], s.after(1))
    live.restart()
    assert live.fold.progress().backlog == 0


def test_a_rule_that_is_gone_withdraws_what_it_found() -> None:
    live = Live()
    live.tell([*s.department(), s.plate_search()], s.after(1))
    live.rules = [rule for rule in rulebook() if rule.id != "alpr_search"]
    live.restart()
    live.tell([], s.after(1))
    gone = [f for f in live.published if f.rule == "alpr_search" and f.state == "withdrawn"]
    assert [f.reason for f in gone] == [RULE_GONE]


def test_a_dossier_given_back_is_judged_when_it_is_whole() -> None:
    live = Live()
    wrong = s.use(purpose="personal", known_as="wrong")
    live.tell([*s.department(), wrong], s.after(1))
    assert [f.verdict for f in live.findings().values() if f.clause == "F.1.c"] == ["violation"]
    archive = [s.use(known_as="right"), s.output_used(s.after(0.5))]
    parts = [
        DossierRecord(
            input="/recheck",
            entries=[DossierEntry(dossier="use/U-1", event=event)],
            given_back=GivenBack(
                subject="use/U-1", complete_to=s.after(1), part=number, parts=len(archive)
            ),
        )
        for number, event in enumerate(archive)
    ]
    live.take(parts[0])
    live.restart()
    live.tell([], s.after(400))
    revisions = [f.revision for f in live.published if f.clause == "F.1.c"]
    assert revisions == [1]
    live.take(parts[1])
    assert [f.state for f in live.published if f.clause == "F.1.c"] == ["open", "withdrawn"]
    assert not any(key.endswith("\nwrong") and "event\nuse/" in key for key in live.state)


def test_nobody_waits_for_the_recheck() -> None:
    live = Live()
    live.tell([*s.department(), s.use()], s.after(1))
    live.take(DossierRecord(input="/recheck", entries=[]))
    assert live.fold.now == s.after(1)
    assert live.fold.progress().inputs.keys() == {"in/0"}


def test_a_rule_on_trial_is_marked_and_not_counted() -> None:
    trial = s.policy_change(rules={"shadow": ["alpr_search"]})
    live = Live()
    step = live.tell([trial, *s.department(), s.plate_search()], s.after(1))
    (found,) = [f for f in step.findings if f.rule == "alpr_search"]
    assert found.shadow
    (metrics,) = [m for m in step.metrics if m.dossier == "use/U-1"]
    assert "D.4" not in metrics.violation
    promoted = s.policy_change(s.after(-1), rules={"shadow": []})
    live.tell([promoted], s.after(1))
    assert [f.shadow for f in live.published if f.rule == "alpr_search"] == [True, False]


def test_a_later_edition_counts_for_standing_duties_from_its_day_on() -> None:
    day = date(2026, 4, 1)
    later = s.policy_change(edition="390.02", effective_on=day, rules={"shadow": ["yearly_audit"]})
    live = Live()
    live.tell([*s.department(), later], s.after(1))
    live.tell([], datetime(2026, 4, 1, 7, tzinfo=UTC))
    assert live.told()["system/writer", "yearly_audit"] == "compliant"
    assert "H.2" not in live.metrics["system/writer"].compliant


def test_a_dossier_does_not_close_on_what_is_put_off() -> None:
    """Its time to close comes while a fact that concerns it still waits for its turn."""
    live = Live(judged_per_record=1)
    officer, *others = s.department()
    uses = [received_at(s.use(use_id=f"U-{n}"), s.after(0)) for n in range(3)]
    live.tell([*others, *uses], s.after(1))
    assert "undetermined" in live.open_of("unlawful_use")
    live.tell([officer], s.after(2))
    live.tell([], s.after(24 * 90))
    while live.fold.progress().backlog:
        live.tell([], s.after(24 * 90))
    assert live.open_of("unlawful_use") == []
