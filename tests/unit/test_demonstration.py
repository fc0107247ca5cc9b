"""The demonstration's day, judged at its end: every rule shows every verdict that it can."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from deploy import demo
from deploy.demonstration import day, department
from deploy.demonstration.day import Story
from schemas.events import Event, dump
from schemas.policy import Policy
from schemas.verdicts import FINDING_KINDS, Verdict
from services.order.rulebook import rulebook
from tests.casebook import judge_all

BASE = datetime(2026, 3, 4, 18, tzinfo=UTC)
POLICY = Policy.from_toml(demo.policies()[0])
STORIES = day.stories(BASE)
PHASES = [events for _, events in day.day(BASE)]

# What each rule must have shown when all is told. Only D.2 may be fulfilled late, and only rules
# that wait for evidence can be pending.
_ALWAYS = {"compliant", "violation", "undetermined", "withdrawn"}
WANTED = {
    "C.1.a": {*_ALWAYS, "pending", "waived", "not_applicable"},
    "C.1.b": {*_ALWAYS, "pending"},
    "D.2": {*_ALWAYS, "pending", "cured"},
    "D.4": {*_ALWAYS, "waived"},
    "F.1.c": {*_ALWAYS, "not_applicable"},
}


def received(events: Sequence[Event], minutes: float) -> list[Event]:
    """As intake hands them on, so many minutes after the day's end."""
    at = BASE + timedelta(minutes=minutes)
    return [event.model_copy(update={"receivedtime": at}) for event in events]


def verdicts(*phases: Sequence[Event]) -> dict[tuple[str, str], Verdict]:
    """Verdicts by clause and subject, ten minutes after the day."""
    facts = [*department.registrations(), *department.facts()]
    told = [event for number, phase in enumerate(phases) for event in received(phase, number + 1)]
    now = BASE + timedelta(minutes=10)
    return {(v.clause, v.subject): v for v in judge_all([*facts, *told], now, POLICY, rulebook())}


AT_FIRST = verdicts(*PHASES[:-1])
AT_LAST = verdicts(*PHASES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.clause} {story.subject}")
def test_story_ends_as_told(story: Story) -> None:
    last = AT_LAST[story.clause, story.subject]
    if story.ends == "withdrawn":
        assert AT_FIRST[story.clause, story.subject].verdict in FINDING_KINDS
        assert last.verdict == "compliant", last.reason
    else:
        assert last.verdict == story.ends, last.reason


def test_every_rule_shows_every_verdict_it_can() -> None:
    shown: dict[str, set[str]] = {}
    for story in STORIES:
        shown.setdefault(story.clause, set()).add(story.ends)
    assert shown == WANTED
    assert shown.keys() == {rule.clause for rule in rulebook()}


def test_nothing_else_is_amiss() -> None:
    told = {(story.clause, story.subject) for story in STORIES}
    found = {key for key, verdict in AT_LAST.items() if verdict.verdict in FINDING_KINDS}
    assert found - told == set()


def test_every_event_may_be_sent_by_its_source() -> None:
    registered = {one.name: one for one in department.SOURCES}
    for event in [*department.facts(["00ff-user"]), *chain.from_iterable(PHASES)]:
        sender = registered[event.source]
        assert event.type in sender.types
        system_id = getattr(event.data, "system_id", None)
        assert not sender.systems or system_id is None or system_id in sender.systems


def test_the_same_day_is_told_in_the_same_bytes() -> None:
    again = [events for _, events in day.day(BASE)]
    assert [[dump(e) for e in events] for events in again] == [
        [dump(e) for e in events] for events in PHASES
    ]
    keys = [(e.source, e.id) for events in PHASES for e in events]
    assert len(keys) == len(set(keys))
    assert all(event.time <= BASE for events in PHASES for event in events)


def test_policies_differ_by_their_day_only() -> None:
    first, second = map(Policy.from_toml, demo.policies())
    assert first.effective_on < second.effective_on == Policy().effective_on
    assert first == second.model_copy(update={"effective_on": first.effective_on})


def test_day_ends_when_it_was_first_told(tmp_path: Path) -> None:
    home = tmp_path / "state"
    assert demo.base_of(home, BASE) == BASE
    assert demo.base_of(home, BASE + timedelta(days=1)) == BASE
