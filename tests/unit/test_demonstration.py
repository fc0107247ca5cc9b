"""The demonstration's day, judged at its end: every rule finds something, and nothing is amiss but
what is told."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy import demo
from deploy.demonstration import day, department, telling
from deploy.demonstration.results import gravest
from deploy.demonstration.story import WITHDRAWN, Story
from schemas.ai import OutputUsed
from schemas.events import dump
from schemas.oversight import ApprovalDecided, ApprovalRequested
from schemas.policy import Policy
from schemas.registry import SourceChanged, SourceChangedData
from schemas.verdicts import FINDING_KINDS, Verdict
from services.order.pile import Pile
from services.order.rulebook import rulebook
from services.runtime.admission import Admission

BASE = datetime(2026, 3, 4, 18, tzinfo=UTC)
POLICY = Policy.from_toml(demo.policies()[0])
STORIES = day.stories(BASE)
DAY = day.day(BASE)
UNREPORTED = "use/never-reported-by-the-system"
AHEAD = timedelta(minutes=1)

# What these must have shown when all is told; every other clause at least one finding.
_ALWAYS = {"compliant", "violation", "undetermined", WITHDRAWN}
WANTED = {
    "C.1.a": {*_ALWAYS, "pending", "waived", "not_applicable"},
    "C.1.b": {*_ALWAYS, "pending"},
    "D.2": {*_ALWAYS, "pending", "cured"},
    "D.4": {*_ALWAYS, "waived"},
    "F.1.c": {*_ALWAYS, "not_applicable"},
}
CURABLE = {"D.2", "C.2.a", "B.3.a", "E.1.c", "G.1", "H.1.a", "H.2"}


def judged(*, with_later: bool, hours: float = 0) -> list[Verdict]:
    """All verdicts ten minutes, or so many hours more, after the day; each phase is received a
    minute after the one before."""
    pile = Pile(POLICY)
    phases = [DAY.once, DAY.reported, DAY.later if with_later else ()]
    for fact in (*department.registrations(), *department.facts(BASE), *DAY.on_file):
        pile.add(fact)
    for minute, phase in enumerate(phases, 1):
        at = BASE + timedelta(minutes=minute)
        for event in phase:
            pile.add(event.model_copy(update={"receivedtime": at}))
    for event in DAY.refused:
        pile.refuse(event.source, BASE + timedelta(minutes=1))
    return list(pile.verdicts(BASE + timedelta(hours=hours, minutes=10), rulebook()))


def by_clause(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], str]:
    """As the demonstration looks at them: what a clause says of a subject."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault((verdict.clause, verdict.subject), []).append(verdict)
    return {key: gravest(verdict.verdict for verdict in told) for key, told in found.items()}


FIRST, LAST = judged(with_later=False), judged(with_later=True)
AT_FIRST, AT_LAST = by_clause(FIRST), by_clause(LAST)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.clause} {story.subject}")
def test_story_ends_as_told(story: Story) -> None:
    key = story.clause, story.subject
    why = [v.reason for v in LAST if (v.clause, v.subject) == key]
    if story.ends == WITHDRAWN:
        assert AT_FIRST[key] in FINDING_KINDS, why
        assert AT_LAST[key] == "compliant", why
    else:
        assert AT_LAST[key] == story.ends, why


def test_all_is_as_told_the_day_after() -> None:
    """But for what was pending: open duties have become overdue."""
    stands = by_clause(judged(with_later=True, hours=30))
    ends = {(s.clause, s.subject): s.ends for s in STORIES if s.ends != "pending"}
    told = {key: "compliant" if end == WITHDRAWN else end for key, end in ends.items()}
    assert {key: stands[key] for key in told} == told
    found = {key for key, verdict in stands.items() if verdict in FINDING_KINDS}
    assert found <= {(story.clause, story.subject) for story in STORIES}


def test_no_story_is_told_twice() -> None:
    keys = [(story.clause, story.subject) for story in STORIES]
    assert sorted(set(keys)) == sorted(keys)


def test_every_rule_finds_something() -> None:
    told = {(story.clause, story.subject) for story in STORIES}
    found = {
        verdict.rule
        for verdict in (*FIRST, *LAST)
        if verdict.verdict in FINDING_KINDS
        and (verdict.clause, verdict.subject) in told
        # Of it everything is in doubt: it shows nothing of a rule.
        and verdict.subject != UNREPORTED
    }
    assert found == {rule.id for rule in rulebook()}


def test_clauses_show_what_they_can() -> None:
    shown: dict[str, set[str]] = {}
    for story in STORIES:
        shown.setdefault(story.clause, set()).add(story.ends)
    assert {clause: shown[clause] for clause in WANTED} == WANTED
    assert shown.keys() == {rule.clause for rule in rulebook()}
    assert [clause for clause, ends in shown.items() if "compliant" not in ends] == []
    assert {clause for clause, ends in shown.items() if "cured" in ends} - {"G.1.c"} == CURABLE


def test_nothing_else_is_amiss() -> None:
    told = {(story.clause, story.subject) for story in STORIES}
    for stands in (AT_FIRST, AT_LAST):
        found = {key for key, verdict in stands.items() if verdict in FINDING_KINDS}
        assert found - told == set()


def test_two_products_wait_for_the_sergeant() -> None:
    """So that the page of approvals has something to decide."""
    about = DAY.events
    asked = {e.subject for e in about if isinstance(e, ApprovalRequested)}
    answered = {e.subject for e in about if isinstance(e, ApprovalDecided | OutputUsed)}
    assert len(asked - answered) == day.WAITING == 2


def test_every_event_may_be_sent_by_its_source() -> None:
    registered: dict[str, SourceChangedData] = {}
    for fact in department.registrations():
        assert isinstance(fact, SourceChanged)
        registered[fact.data.source] = fact.data
    for event in (*department.facts(BASE, ["00ff-user"]), *DAY.events):
        admission = Admission(event.source, registered[event.source], BASE, AHEAD)
        refusal = admission.refuse(event)
        assert (refusal is not None) == (event in DAY.refused), refusal


def test_the_same_day_is_told_in_the_same_bytes() -> None:
    assert [dump(e) for e in day.day(BASE).events] == [dump(e) for e in DAY.events]
    assert all(event.time <= BASE for event in DAY.events)
    facts = department.facts(BASE)
    sent = [e for e in (*facts, *DAY.events) if e.source != telling.PUBLIC_CHAT]
    keys = [(e.source, e.id) for e in sent]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("days", [-270, 300, 3000])
def test_it_is_told_alike_in_other_years(days: int) -> None:
    """Trainings and audits reach back far enough, and the last ones are recent."""
    base = BASE + timedelta(days=days)
    pile = Pile(POLICY)
    searched = telling.plate_search("first", datetime(2025, 6, 18, tzinfo=UTC), "00ff", "theft")
    told = [*department.registrations(), *department.facts(base, ["00ff"]), searched]
    for event in (*told, *day.routine(base)):
        pile.add(event)
    found = [v for v in pile.verdicts(base, rulebook()) if v.verdict in (*FINDING_KINDS, "pending")]
    assert [v for v in found if v.clause != "completeness"] == []


def test_policies_differ_by_their_day_only() -> None:
    first, second = map(Policy.from_toml, demo.policies())
    assert first.effective_on < second.effective_on == Policy().effective_on
    assert first == second.model_copy(update={"effective_on": first.effective_on})


def test_day_ends_when_it_was_first_told(tmp_path: Path) -> None:
    home = tmp_path / "state"
    assert demo.base_of(home, BASE) == BASE
    assert demo.base_of(home, BASE + timedelta(days=1)) == BASE
