"""What people do with a finding: in the checker's fold, whatever comes in whatever order."""

from datetime import datetime
from itertools import count
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ai import UseRecorded
from schemas.events import Event
from schemas.finding_review import ReviewAction
from schemas.policy import Policy
from schemas.records import DossierEntry, DossierRecord
from schemas.verdicts import Finding
from services.order import scenario as s
from services.order.fold import Fold
from services.order.marks import mark_of
from services.order.reviewing import allowed, status
from services.order.routing import is_fact, is_review, routes
from services.order.rulebook import rulebook

_numbers = count(1)
HIGH, MEDIUM = "prohibited_use", "lead_documented"
TEXTS = {"reason": "a duplicate of another report", "comment": "seen", "assignee_id": "S-2"}


class Desk:
    """A fold with one finding of each severity in it, and the people who act on them."""

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {}
        self.fold = Fold(0, {}, rulebook(), Policy())
        self.published: list[Finding] = []
        self.offset = 0
        used = [s.use(purpose="personal"), s.face_search(), s.used_as_lead(s.after(1))]
        self.tell([*s.department(), *used], s.after(30))
        self.tell([], s.after(60))

    def tell(self, events: list[Event], tick: datetime) -> list[Finding]:
        entries = []
        for event in events:
            if is_fact(event) or is_review(event):
                entries.append(DossierEntry(dossier=None, event=event))
            for subject in routes(event):
                if isinstance(event, UseRecorded) and subject.startswith("employee/"):
                    entries.append(DossierEntry(dossier=subject, mark=mark_of(event)))
                else:
                    entries.append(DossierEntry(dossier=subject, event=event))
        record = DossierRecord(input="in/0", tick=tick, entries=entries)
        step = self.fold.apply(self.offset, record)
        self.offset += 1
        for key, value in step.writes.items():
            self.state.pop(key, None)
            if value is not None:
                self.state[key] = value
        assert not step.failures
        self.published += step.findings
        return step.findings

    def restart(self) -> None:
        self.fold = Fold(0, dict(self.state), rulebook(), Policy())

    def finding(self, rule: str) -> Finding:
        return next(f for f in reversed(self.published) if f.rule == rule)

    def act(self, rule: str, action: str, actor: str = "S-1", **given: Any) -> Finding:
        """Act on the finding as it stands; returns what is published."""
        known = self.finding(rule)
        self.tell([acted(known, action, actor, **given)], s.after(61))
        return self.finding(rule)


def acted(known: Finding, action: str, actor: str = "S-1", **given: Any) -> Event:
    data = {"finding_id": known.finding_id, "expected_revision": known.revision}
    data |= {"actor_id": actor, "action": action, **TEXTS, **given}
    at, subject = s.after(61), f"finding/{known.finding_id}"
    return s.event(
        "review.finding.acted.v1", subject, at, "/console", known_as=f"a-{next(_numbers)}", **data
    )


def why(finding: Finding) -> str:
    assert finding.review is not None
    return finding.review.last.refused or ""


def test_the_usual_way_of_a_finding() -> None:
    desk = Desk()
    first = desk.finding(MEDIUM)
    assert (first.review, first.revision, status(first)) == (None, 1, "new")
    seen = desk.act(MEDIUM, "acknowledged")
    assert seen.review is not None
    assert (status(seen), seen.revision, seen.review.acknowledged_at) == (
        "acknowledged", 2, s.after(61),
    )  # fmt: skip
    given_on = desk.act(MEDIUM, "assigned", assignee_id="S-2")
    assert given_on.review is not None
    assert (status(given_on), given_on.review.assignee_id) == ("acknowledged", "S-2")
    given_back = desk.act(MEDIUM, "assigned", assignee_id=None)
    assert given_back.review is not None
    assert (given_back.review.assignee_id, why(given_back)) == (None, "")
    desk.act(MEDIUM, "assigned", assignee_id="S-2")
    for action, then in (
        ("commented", "acknowledged"),
        ("information_requested", "information_requested"),
        ("confirmed", "confirmed"),
        ("closed", "closed"),
        ("reopened", "acknowledged"),
        ("dismissed", "dismissed"),
    ):
        now = desk.act(MEDIUM, action, "S-2")
        assert (status(now), why(now)) == (then, "")
        desk.restart()
    assert now.review is not None
    assert (now.review.assignee_id, len(now.review.acts)) == ("S-2", now.revision - 1)


def test_two_people_at_once_the_second_is_refused_and_can_act_again() -> None:
    desk = Desk()
    known = desk.finding(MEDIUM)
    first, second = acted(known, "confirmed", "S-1"), acted(known, "dismissed", "S-2")
    told = desk.tell([first, second], s.after(61))
    assert [status(f) for f in told] == ["confirmed", "confirmed"]
    assert "revision 1 was seen" in why(told[1])
    assert told[1].review is not None
    assert [told[1].review.last.actor_id, told[1].review.acts] == ["S-2", [first.id, second.id]]
    # Whoever saw the first action has seen how it stands.
    assert why(desk.act(MEDIUM, "closed", expected_revision=2)) == ""
    assert "revision 9 was seen" in why(desk.act(MEDIUM, "reopened", expected_revision=9))


def test_high_severity_is_dismissed_by_two_people() -> None:
    desk = Desk()
    assert desk.finding(HIGH).severity == "high"
    assert "two people" in why(desk.act(HIGH, "dismissed"))
    asked = desk.act(HIGH, "dismissal_requested")
    assert status(asked) == "dismissal_requested"
    assert "dismissed" not in allowed(asked, "S-1")
    assert "who asked" in why(desk.act(HIGH, "dismissed"))
    assert status(desk.act(HIGH, "dismissed", "S-2")) == "dismissed"


@pytest.mark.parametrize("action", get_args(ReviewAction))
def test_nobody_acts_on_a_finding_about_themselves(action: str) -> None:
    desk = Desk()
    about = desk.finding(MEDIUM)
    assert about.employee_id == "E-1"
    assert allowed(about, "E-1") == ()
    refused = desk.act(MEDIUM, action, "E-1")
    assert (why(refused), status(refused)) == (
        "nobody acts on a finding about themselves", "new",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("dismissed", {"reason": "  "}, "needs a reason"),
        ("dismissed", {"reason": None}, "needs a reason"),
        ("commented", {"comment": None}, "needs a text"),
        ("information_requested", {"comment": ""}, "must say what"),
        ("assigned", {"assignee_id": "E-1"}, "whom it is about"),
        ("closed", {}, "that is new"),
        ("dismissal_requested", {}, "that is new"),
    ],
)
def test_what_is_missing_is_said(action: str, given: dict[str, Any], told: str) -> None:
    assert told in why(Desk().act(MEDIUM, action, **given))


def test_an_action_told_twice_counts_once() -> None:
    desk = Desk()
    event = acted(desk.finding(MEDIUM), "acknowledged")
    assert len(desk.tell([event, event], s.after(61))) == 1
    desk.restart()
    assert desk.tell([event], s.after(62)) == []


def test_an_action_on_an_unknown_finding_changes_nothing() -> None:
    desk = Desk()
    known = desk.finding(MEDIUM).model_copy(update={"finding_id": "f-nobody-has-it"})
    assert desk.tell([acted(known, "acknowledged")], s.after(61)) == []


def test_another_verdict_is_to_be_looked_at_anew() -> None:
    desk = Desk()
    desk.act(MEDIUM, "assigned", assignee_id="S-2")
    desk.act(MEDIUM, "dismissed")
    desk.tell([s.documented(s.after(40), known_as="doc", received=s.after(70))], s.after(71))
    cured = desk.finding(MEDIUM)
    assert (cured.verdict, status(cured)) == ("cured", "new")
    assert cured.review is not None
    assert (cured.review.assignee_id, cured.review.unchanged_since) == ("S-2", cured.revision)
    stale = cured.model_copy(update={"revision": cured.revision - 1})
    desk.tell([acted(stale, "acknowledged")], s.after(72))
    assert "had changed" in why(desk.finding(MEDIUM))


def test_a_withdrawn_finding_can_only_be_commented() -> None:
    desk = Desk()
    desk.tell(
        [s.documented(s.after(2), known_as="doc", received=s.after(70))],
        s.after(71),
    )
    withdrawn = desk.finding(MEDIUM)
    assert (withdrawn.state, allowed(withdrawn, "S-1")) == ("withdrawn", ("commented",))
    assert "withdrawn" in why(desk.act(MEDIUM, "confirmed"))
    assert why(desk.act(MEDIUM, "commented")) == ""


PEOPLE = st.sampled_from(["E-1", "S-1", "S-2", "P-1"])
ACTIONS = st.sampled_from(get_args(ReviewAction))


@given(acts=st.lists(st.tuples(PEOPLE, ACTIONS, st.integers(0, 2)), max_size=12), cut=st.integers())
@settings(max_examples=150, deadline=None)
def test_whatever_people_do(acts: list[tuple[str, str, int]], cut: int) -> None:
    desk = Desk()
    asked: str | None = None
    for number, (actor, action, behind) in enumerate(acts):
        if number == cut % 5:
            desk.restart()
        before = desk.finding(HIGH)
        after = desk.act(HIGH, action, actor, expected_revision=max(1, before.revision - behind))
        assert after.revision == before.revision + 1
        assert after.verdict == before.verdict
        if why(after):
            assert status(after) == status(before)
            continue
        assert actor != "E-1"
        assert action in allowed(before, actor)
        if action == "dismissed":
            assert asked not in (None, actor)
        if action == "dismissal_requested":
            asked = actor
        elif status(after) != "dismissal_requested":
            asked = None
