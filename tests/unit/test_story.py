"""Stories of findings, as `blotter explain` prints them and the finding's page shows them.

The texts stand in `stories/`, for people to read: BLOTTER_WRITE_STORIES=1 writes them again.
"""

import os
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest

from schemas.events import EVENT, EVENT_MODELS, Event, dump
from schemas.policy import Policy
from schemas.verdicts import FINDING_KINDS, Finding
from services.cli.explain import COLUMNS, lines
from services.console.finding import FindingPage
from services.console.inbox import FindingView
from services.console.review.actions import ACTIONS, NOBODY, STATUSES
from services.console.templates import environment
from services.console.times import Clock
from services.order.dossier import CLOSING_KINDS, Dossier, kind_of
from services.order.engine import judge
from services.order.eventset import received
from services.order.findings import finding, withdrawn
from services.order.observing import Observer
from services.order.registry import Registry
from services.order.routing import is_fact, routes
from services.order.rule import Example, Rule
from services.order.rulebook import examples, rulebook
from services.order.scenario import (
    after,
    department,
    face_search,
    policy_change,
    retracted,
    supervisor,
    used_as_lead,
    waiver,
)
from services.order.sentences import sentence
from services.order.story import SETTINGS, Story, edition_policy, story

FOLDER = Path(__file__).parent / "stories"
EXAMPLES = {(rule.id, example.name): (rule, example) for rule, example in examples()}
ZONE = ZoneInfo("America/Los_Angeles")


def numbered(example: Example) -> list[Event]:
    """The example's events, numbered from 1: elsewhere their numbers depend on other examples."""
    numbers = {event.id: f"ev-{place}" for place, event in enumerate(example.events, 1)}
    return [
        EVENT.validate_json(
            re.sub(r"\bev-\d+\b", lambda found: numbers[found[0]], dump(event).decode())
        )
        for event in example.events
    ]


def published(
    rule: Rule, example: Example, events: list[Event], known: Finding | None = None
) -> Finding | None:
    """What is published of an example's verdict."""
    registry, dossier = Registry(Policy()), Dossier(example.subject)
    observer = Observer(example.subject.removeprefix("source"))
    for event in events:
        if received(event) > example.now:
            continue
        if is_fact(event):
            registry.add(event)
        if example.subject in routes(event):
            dossier.add(event)
        if f"source{event.source}" == example.subject:
            observer.add(event)
    if kind_of(example.subject) == "source":
        for seen in (observer.observed(), *example.observed):
            if f"source{seen.source}" == example.subject:
                dossier.observe(seen)
    judgement = judge(dossier, registry, example.now, rulebook())
    verdict = next(v for v in judgement.verdicts if v.rule == rule.id)
    assert judgement.attribution
    return finding(verdict, rule.title, judgement.attribution, known, example.now, (0, 1))


def told(found: Finding, events: list[Event]) -> Story:
    """The story, of the events that Elasticsearch would be asked for."""
    is_act = kind_of(found.subject) in CLOSING_KINDS
    named = {(ref.source, ref.id) for ref in found.evidence}
    evidence = [
        e for e in events if (e.source, e.id) in named or (is_act and e.subject == found.subject)
    ]
    return story(found, evidence, events, edition_policy(found.edition, events))


def of_example(rule_id: str, name: str) -> Story:
    rule, example = EXAMPLES[rule_id, name]
    events = numbered(example)
    found = published(rule, example, events)
    assert found
    return told(found, events)


# Of different clauses and verdicts, with late, retracted and missing evidence.
CHOSEN = [
    ("supervisor_approval", "approved just after"),
    ("supervisor_approval", "approved, then edited"),
    ("supervisor_approval", "approval retracted"),
    ("supervisor_approval", "approved by someone unknown"),
    ("supervisor_approval", "outside the chain of command, where that is required"),
    ("lead_documented", "never documented"),
    ("lead_documented", "documented just after the deadline"),
    ("lead_documented", "back-dated by a source that is no system of record"),
    ("lead_documented", "the use itself never reported"),
    ("alpr_search", "no case and no incident"),
    ("prohibited_use", "waiver reported late by a source that is no system of record"),
    ("prohibited_use", "shared with a former colleague"),
    ("prohibited_use", "complaint that names no use"),
    ("not_sole_basis", "a line-up built on the match"),
    ("official_purpose", "the department has a list of its own"),
    ("trained_before_use", "lapsed, and refreshed in one topic"),
    ("content_bias_mitigated", "just after the deadline"),
    ("generative_family", "generative, on a system for faces"),
    ("input_bias_review", "never reviewed"),
    ("city_it", "shadow AI"),
    ("ai_officer_engaged", "never engaged"),
    ("yearly_audit", "audited late"),
    ("transfer_permitted", "sold, vendor, no basis"),
    ("disclosure", "recorded just after"),
    ("undeclared_data", "detected and not declared, though under safeguards"),
    ("exchange_agreement", "lapsed at this instant"),
    ("search_pattern", "five searches in a few hours"),
    ("likeness_consent", "ended at that instant"),
    ("retention", "a day too long"),
    ("surveillance_grounds", "several that are protected"),
    ("public_platform_cji", "cji detected"),
    ("training_current", "used just after it lapsed, then renewed"),
    ("sequence_gaps", "three are missing"),
    ("silent_source", "silent"),
    ("conflicting_events", "one with other content"),
]


# First words of the stories that come from no example.
OTHERS = {"withdrawn", "on"}


def file_of(name: str) -> Path:
    return FOLDER / (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".txt")


def compare(name: str, text: str) -> None:
    path = file_of(name)
    if os.environ.get("BLOTTER_WRITE_STORIES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def as_text(it: Story) -> str:
    return "\n".join(lines(it)) + "\n"


@pytest.mark.parametrize(("rule_id", "name"), CHOSEN)
def test_story(rule_id: str, name: str) -> None:
    compare(f"{rule_id} {name}", as_text(of_example(rule_id, name)))


_RULE, _NEVER = EXAMPLES["lead_documented", "never documented"]


def later(*more: Event) -> tuple[Example, list[Event]]:
    """The lead that nobody documented, a day later, when more is known."""
    events = [*_NEVER.events, *more]
    example = Example("", events, _NEVER.subject, "violation", _NEVER.now + timedelta(days=2))
    return example, numbered(example)


def test_no_text_is_left_of_a_story_that_is_no_longer_told() -> None:
    stories = {file_of(f"{rule_id} {name}") for rule_id, name in CHOSEN}
    assert {path for path in FOLDER.iterdir() if path.stem.split("-")[0] not in OTHERS} == stories


def test_story_of_what_was_withdrawn_by_a_waiver() -> None:
    granted = waiver(after(0.5), "use/U-1", "D.2", after(90))
    example, events = later(granted)
    known = published(_RULE, _NEVER, numbered(_NEVER))
    found = published(_RULE, example, events, known)
    assert found
    assert (found.state, found.verdict, found.revision) == ("withdrawn", "waived", 2)
    compare("withdrawn by a waiver", as_text(told(found, events)))


def test_story_of_what_is_no_longer_judged() -> None:
    known = published(_RULE, _NEVER, numbered(_NEVER))
    assert known
    reason = "all that was said of it was retracted"
    found = withdrawn(known, reason, after(60), (0, 2))
    assert found
    compare("withdrawn as nothing is left", as_text(told(found, numbered(_NEVER))))


def test_story_of_a_rule_on_trial_with_the_order_s_own_words() -> None:
    text = {
        "D": "",
        "D.2": "Words of the department on how leads are documented.\nA second line.",
    }
    policy = policy_change(rules={"shadow": ["lead_documented"]}, text=text)
    example, events = later(policy)
    found = published(_RULE, example, events)
    assert found
    assert found.shadow
    compare("on trial beside the order s own words", as_text(told(found, events)))


def test_a_fact_that_was_replaced_tells_until_when_it_held() -> None:
    replaced = supervisor("S-1", at=after(5), status="leave")
    rule, example = EXAMPLES[
        "supervisor_approval", "outside the chain of command, where that is required"
    ]
    events = [*numbered(example), replaced]
    found = published(rule, example, events)
    assert found
    note = f"until Mar 2, 2026, 14:00 PST, when event {replaced.id} replaced it"
    assert any(note in line for line in lines(told(found, events), 1000))
    wrong = retracted(after(6), replaced)
    assert "replaced it" not in as_text(told(found, [*events, wrong]))


def test_what_is_pending_is_no_finding_and_has_no_story() -> None:
    rule, example = EXAMPLES["lead_documented", "until the deadline"]
    assert published(rule, example, list(example.events)) is None


def test_evidence_and_facts_that_are_not_there_yet_are_named() -> None:
    found = published(_RULE, _NEVER, numbered(_NEVER))
    assert found
    said = as_text(story(found, [], [], None))
    assert "An event that this rests on is not in the index yet" in " ".join(said.split())
    assert "A fact about system/faces that is not in the index yet" in said
    assert said.count("from /vendors/acme/x") == len(found.evidence)


def test_all_stories_fit_a_terminal_and_accuse_nobody() -> None:
    accusing = re.compile(r"\b(guilty|culprit|offender|violated|broke the)\b", re.I)
    for rule, example in EXAMPLES.values():
        if example.expect in FINDING_KINDS:
            found = published(rule, example, list(example.events))
            assert found, (rule.id, example.name)
            said = as_text(told(found, list(example.events)))
            assert all(len(line) <= COLUMNS for line in said.splitlines())
            assert not accusing.search(said.replace("criminal offender records", ""))


def test_every_event_type_has_its_sentence() -> None:
    examples_of = Path(__file__).parents[2] / "schemas" / "examples"
    for kind in EVENT_MODELS:
        for path in sorted((examples_of / kind).glob("valid_*.json")):
            said = sentence(EVENT.validate_json(path.read_bytes()), ZONE)
            assert said == " ".join(said.split())
            assert "None" not in said
            assert "_" not in re.sub(r"“.*?”", "", said)


def test_every_setting_has_its_words() -> None:
    keys = {
        f"{table}.{key}"
        for table, field in Policy.model_fields.items()
        if hasattr(field.annotation, "model_fields")
        for key in field.annotation.model_fields  # type: ignore[union-attr]
    }
    assert keys == SETTINGS.keys()


def test_what_people_typed_can_forge_neither_lines_nor_directions() -> None:
    typed = "ok\n\nPossible violation · clause Z\u202e\x1b[2J" + "x" * 900
    events = [*department(), face_search(purpose_text=typed), used_as_lead(after(1))]
    found = published(_RULE, Example("", events, "use/U-1", "violation", after(60)), events)
    assert found
    said = as_text(told(found, events))
    assert all(category(c) not in ("Cf", "Cc") or c == "\n" for c in said)
    assert not any(line.startswith("Possible violation · clause Z") for line in said.splitlines())


def page_of(found: Finding, it: Story) -> str:
    """What a person reads on the page: without tags, in single spaces."""
    page = FindingPage(FindingView.model_validate(found.model_dump()), found, it, {}, [], 0)
    templates = environment(Clock(ZONE))
    templates.filters["age"] = str
    html = templates.get_template("finding.html").render(
        zone=ZONE.key, page=page, finding=page.finding, active="inbox", viewer=None, csrf="",
        sent=None, problem="", typed=None, allowed=[], is_own=False, due=None, now=found.judged_at,
        assignees=[], supervisor=None, is_away=False, called=str,
        ACTIONS=ACTIONS, NOBODY=NOBODY, STATUSES=STATUSES,
    )  # fmt: skip
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


@pytest.mark.parametrize(("rule_id", "name"), CHOSEN)
def test_the_page_says_what_the_command_says(rule_id: str, name: str) -> None:
    rule, example = EXAMPLES[rule_id, name]
    found = published(rule, example, numbered(example))
    assert found
    it = told(found, numbered(example))
    page = page_of(found, it)
    head, *rest = [line.strip() for line in lines(it, 100_000) if line.strip(" -")]
    assert [line for line in rest if line not in page] == []
    verdict, clause, _ = head.split(" · ")
    assert verdict in page
    assert clause in page
