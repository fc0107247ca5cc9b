"""A finding told to a person: the clause, what happened, what was missing, what it rests on.

The command line and the console show the same story, word for word. It accuses nobody.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.base import Model, Time
from schemas.events import Event
from schemas.oversight import EventRetracted
from schemas.policy import Policy
from schemas.registry import (
    AuditCompleted,
    ConsentChanged,
    EmployeeChanged,
    ProcurementChanged,
    SourceChanged,
    SystemChanged,
    TrainingCompleted,
    WaiverGranted,
)
from schemas.verdicts import Basis, EvidenceRef, FactRef, Finding

from .concordance import above, clause_table
from .eventset import EventSet, chronological, received
from .registry import Registry, instant, waiver_end
from .rulebook import rulebook
from .sentences import duration, listed, plain, sentence
from .times import said

VERDICTS = {
    "violation": "Possible violation",
    "undetermined": "Needs a look: could not be decided",
    "cured": "Mended late",
    "pending": "Still open",
    "waived": "Waived",
    "not_applicable": "Does not apply",
    "compliant": "As the order asks",
}
"""What each verdict is called."""
WITHDRAWN = "Withdrawn"
ON_TRIAL = "On trial – nobody is alerted"
"""Of a finding by a rule that is being tried out."""

_CAUTIONS = {
    "withdrawn": "This finding is withdrawn: what is known now gives no reason for it."
    " Its history stays.",
    "violation": "This is a possible violation, found by a rule. It is not a conclusion about"
    " anybody.",
    "undetermined": "A fact that is needed is missing or doubtful, so a person has to look.",
    "cured": "The duty was fulfilled, after its deadline.",
}
_WHY = {
    "withdrawn": "Why it was withdrawn",
    "violation": "What was missing or does not fit",
    "undetermined": "Why it could not be decided",
    "cured": "What was late",
}
_SNAPSHOTS = (SourceChanged, EmployeeChanged, SystemChanged, ProcurementChanged, ConsentChanged)

_EVERY = "every clause"
SETTINGS: dict[str, tuple[str, str]] = {
    "time.zone": ("Where the department is", _EVERY),
    "time.settling_seconds": ("Seconds to wait for evidence on its way", _EVERY),
    "time.back_dated_after_hours": ("Hours after which evidence counts as reported late", _EVERY),
    "time.dossier_closes_after_days": ("Days until a record is closed", _EVERY),
    "waiver.at_most_days": ("Days that a waiver lasts at most", _EVERY),
    "purpose.unofficial": ("Purposes that are not official", "B.2.a and F.1.d"),
    "purpose.unclear": ("Purposes that say too little", "B.2.a"),
    "purpose.searches": ("Searches that need a reason in words", "B.2.a"),
    "purpose.meaningless_reasons": ("Reasons that say nothing", "B.2.a"),
    "purpose.test_accounts": ("Accounts that may test a system", "B.2.a"),
    "training.topics": ("Topics that an employee is trained in", "B.2.b and G.1"),
    "training.refresh_after_days": ("Days that a training counts", "B.2.b and G.1"),
    "training.remind_days_before": ("Days before it lapses that training is due", "G.1"),
    "mitigation.within_days": ("Days in which bias is mitigated", "B.3.a and E.1.c"),
    "agreement.remind_days_before": ("Days before it ends that an agreement is due", "B.4.b"),
    "approval.chain_of_command_required": ("Approval by the chain of command only", "C.1"),
    "approval.exempt_purposes": ("Purposes that need no approval", "C.1"),
    "generated_text.capabilities": ("Capabilities that make text", "C.2 and C.2.a"),
    "generated_text.output_kinds": ("Outputs that are text", "C.2 and C.2.a"),
    "lead.document_within_hours": ("Hours in which a lead is documented", "D.2"),
    "face_recognition.required_fields": ("What a search by face states", "D.3"),
    "alpr.required_fields": ("What a search of licence plates states", "D.4"),
    "pattern.searches": ("Searches for one target that need a look", "F.1.a"),
    "pattern.within_days": ("Days in which such searches are counted", "F.1.a"),
    "audit.every_days": ("Days from one audit to the next", "H.2"),
    "audit.remind_days_before": ("Days before it is due that an audit is shown", "H.2"),
    "audit.elements": ("What an audit looks at", "H.2"),
    "completeness.silent_after_cadences": ("Intervals after which a source is silent", "the log"),
    "completeness.refused_at_most": ("Refused events in a day that are borne", "the log"),
    "completeness.clock_skew_at_most_seconds": (
        "Seconds by which a clock may be wrong",
        "the log",
    ),
    "completeness.shown_for_days": ("Days that refusals and a wrong clock are shown", "the log"),
    "rules.shadow": ("Rules on trial", "the department"),
}
"""Each key of the policy in words, and the clause that it serves."""


class Item(Model):
    """One statement. `label`: what stands before it, such as a time, which `time` holds too.

    `notes`: in smaller print. `event`: that it tells of.
    """

    text: str
    label: str = ""
    notes: list[str] = []
    time: Time | None = None
    event: EvidenceRef | None = None
    is_evidence: bool = False


class Section(Model):
    """A part of the story: `key` is one of clause, happened, why, remedy, facts, judged."""

    key: str
    title: str
    items: list[Item]


class Story(Model):
    """`trial`: empty, unless the rule is being tried out."""

    finding_id: str
    verdict: str
    clause: str
    severity: str
    trial: str
    sentence: str
    caution: str
    sections: list[Section]


def story(
    finding: Finding,
    evidence: Iterable[Event],
    facts: Iterable[Event],
    policy: Policy | None,
    left_out: int = 0,
) -> Story:
    """Tell a finding.

    `evidence`: events that it rests on, and others about its subject. `facts`: those that it names,
    and others about the same subjects, so that the end of their validity is known. `policy`: of its
    edition, if known. `left_out`: how many events of its subject are not in `evidence`.
    """
    teller = _Teller(finding, EventSet(evidence), EventSet(facts), policy)
    state = _state(finding)
    return Story(
        finding_id=finding.finding_id,
        verdict=WITHDRAWN if state == "withdrawn" else VERDICTS[finding.verdict],
        clause=finding.clause,
        severity=finding.severity,
        trial=ON_TRIAL if finding.shadow else "",
        sentence=finding.sentence,
        caution=_CAUTIONS.get(state, ""),
        sections=list(teller.sections(left_out)),
    )


def edition_policy(edition: str, changes: Iterable[Event]) -> Policy | None:
    """The policy of an edition, of all policies and retractions of policies that were reported."""
    found = [each for each in _registry(changes).editions() if each.edition == edition]
    return found[-1] if found else None


def policy_in_force(now: datetime, changes: Iterable[Event]) -> Policy:
    """The policy in force at a time, else the first to come."""
    known = _registry(changes)
    return known.policy_at(now) or known.editions()[0]


def _registry(changes: Iterable[Event]) -> Registry:
    known = Registry(Policy())
    for change in changes:
        known.add(change)
    return known


def _state(finding: Finding) -> str:
    return "withdrawn" if finding.state == "withdrawn" else finding.verdict


class _Teller:
    """What every part of a story needs."""

    def __init__(
        self, finding: Finding, evidence: EventSet, facts: EventSet, policy: Policy | None
    ) -> None:
        self._finding = finding
        self._evidence = list(evidence)
        self._facts = list(facts)
        self._by_key = {(e.source, e.id): e for e in (*self._facts, *self._evidence)}
        self._policy = policy
        self._zone: ZoneInfo = (policy or Policy()).tzinfo
        self._retracted = {
            (e.subject, e.data.event_source, e.data.event_id)
            for e in (*self._evidence, *self._facts)
            if isinstance(e, EventRetracted)
        }

    def sections(self, left_out: int) -> Iterator[Section]:
        why, basis = _WHY.get(_state(self._finding), "Why"), self._finding.basis
        yield Section(key="clause", title="The clause", items=list(self.clause()))
        yield Section(key="happened", title="What happened", items=self.happened(left_out))
        yield Section(key="why", title=why, items=list(self.why()))
        if basis is not None:
            title = "What would have made it compliant"
            remedy = Item(text=basis.remedy[:1].upper() + basis.remedy[1:])
            yield Section(key="remedy", title=title, items=[remedy])
            title = "Facts that were consulted"
            yield Section(key="facts", title=title, items=self.consulted(basis))
        yield Section(key="judged", title="How it was judged", items=list(self.judged()))

    def when(self, time: datetime) -> str:
        return said(time.astimezone(self._zone))

    def clause(self) -> Iterator[Item]:
        finding, policy = self._finding, self._policy
        entry = clause_table(policy or Policy()).get(finding.clause)
        title = entry.title if entry else finding.title
        note = [entry.note] if entry and entry.note else []
        yield Item(text=f"{finding.clause}: {title}", notes=note)
        text = policy.text if policy else {}
        for clause in reversed([finding.clause, *above(finding.clause)]):
            if text.get(clause):
                words = " ".join(text[clause].split())
                label = f"The order’s own words, {clause}, edition {finding.edition}"
                yield Item(text=f"“{words}”", label=label)

    def happened(self, left_out: int) -> list[Item]:
        named = {(ref.source, ref.id): ref for ref in self._finding.evidence}
        items = [self._event(e, (e.source, e.id) in named) for e in self._evidence]
        for key in named.keys() - self._by_key.keys():
            text = "An event that this rests on is not in the index yet, or cannot be read"
            items.append(_reference(text, named[key], is_evidence=True))
        if left_out > 0:
            items.append(Item(text=f"{left_out:,} more events about the same are not shown"))
        return items or [Item(text="No event about this is in the index yet")]

    def _event(self, event: Event, is_evidence: bool) -> Item:
        name = "Evidence: event" if is_evidence else "Event"
        notes = [f"{name} {event.id} from {event.source}", *self._lateness(event)]
        return Item(
            text=sentence(event, self._zone),
            label=self.when(event.time),
            notes=notes,
            time=event.time,
            event=EvidenceRef(source=event.source, id=event.id),
            is_evidence=is_evidence,
        )

    def _lateness(self, event: Event) -> Iterator[str]:
        """That it was reported late, where that matters, and that it was retracted."""
        delay = received(event) - event.time
        limit = timedelta(hours=(self._policy or Policy()).time.back_dated_after_hours)
        deadline = self._finding.deadline
        crossed = deadline is not None and event.time <= deadline < received(event)
        if delay > limit or crossed:
            at = self.when(received(event))
            yield f"Received {duration(delay.total_seconds())} later, on {at}"
        if self._is_retracted(event):
            yield "Retracted: it counts for nothing"

    def _is_retracted(self, event: Event) -> bool:
        return (event.subject, event.source, event.id) in self._retracted

    def why(self) -> Iterator[Item]:
        yield Item(text=self._finding.reason)
        if (deadline := self._finding.deadline) is not None:
            yield Item(text=f"The deadline was {self.when(deadline)}", time=deadline)

    def consulted(self, basis: Basis) -> list[Item]:
        items = [self._fact(ref) for ref in basis.facts]
        return items or [Item(text="None: no fact was needed, or none is on record")]

    def _fact(self, ref: FactRef) -> Item:
        fact = self._by_key.get((ref.source, ref.id))
        start = self.when(ref.valid_from)
        if fact is None:
            text = f"A fact about {ref.subject} that is not in the index yet"
            given = EvidenceRef(source=ref.source, id=ref.id)
            found = _reference(text, given, is_evidence=False)
            return found.model_copy(update={"notes": [f"From {start}", *found.notes]})
        notes = [f"{self._validity(fact)}", f"Event {fact.id} from {fact.source}"]
        return Item(
            text=sentence(fact, self._zone),
            notes=[*notes, *self._lateness(fact)],
            time=fact.time,
            event=EvidenceRef(source=fact.source, id=fact.id),
        )

    def _validity(self, fact: Event) -> str:
        start = self.when(fact.time)
        if not isinstance(fact, (*_SNAPSHOTS, TrainingCompleted, AuditCompleted, WaiverGranted)):
            return f"On {start}"
        ends = sorted(self._ends(fact))
        if not ends:
            return f"Valid from {start} until further notice"
        end, why = ends[0]
        return f"Valid from {start} until {self.when(end)}{why}"

    def _ends(self, fact: Event) -> Iterator[tuple[datetime, str]]:
        """When a fact stops to hold, and why; the first counts."""
        policy = self._policy or Policy()
        if isinstance(fact, _SNAPSHOTS):
            for other in self._facts:
                if _replaces(other, fact) and not self._is_retracted(other):
                    yield other.time, f", when event {other.id} replaced it"
        if isinstance(fact, ConsentChanged) and fact.data.until is not None:
            yield instant(fact.data.until, self._zone), ""
        if isinstance(fact, WaiverGranted):
            yield waiver_end(fact, policy), ""
        if isinstance(fact, TrainingCompleted):
            days = policy.training.refresh_after_days
            yield fact.time + timedelta(days=days), f", {days:g} days later"
        if isinstance(fact, AuditCompleted):
            days = policy.audit.every_days
            yield fact.time + timedelta(days=days), f", {days:g} days later"

    def judged(self) -> Iterator[Item]:
        finding = self._finding
        rule = next((rule for rule in rulebook() if rule.id == finding.rule), None)
        version = f", version {finding.basis.version}" if finding.basis else ""
        notes = [ON_TRIAL] if finding.shadow else []
        title = f": {rule.title}" if rule else ""
        yield Item(text=f"Rule {finding.rule}{version}{title}", notes=notes)
        settings = finding.basis.settings if finding.basis else {}
        for key, value in settings.items():
            yield setting_item(key, value)
        text = f"Edition {finding.edition} of the order"
        if self._policy is not None:
            text += f", in force from {said(self._policy.effective_on)}"
        yield Item(text=text)
        yield Item(text=f"First found {self.when(finding.first_found_at)}")
        last = f"Last changed {self.when(finding.judged_at)}, revision {finding.revision}"
        yield Item(text=last, notes=[f"Finding {finding.finding_id}"])


def setting_item(key: str, value: str) -> Item:
    """A key of the policy and its value (JSON) in words, and the clause that it serves."""
    words, clause = SETTINGS.get(key, (key, ""))
    note = f"Policy: {key}" + (f", for {clause}" if clause else "")
    return Item(text=f"{words}: {_in_words(json.loads(value))}", notes=[note])


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,g}" if abs(value) < 1e6 else f"{value:,}"
    if isinstance(value, list):
        return listed(_in_words(each) for each in value) or "none"
    return " or ".join(plain(part) for part in str(value).split("|"))


def _reference(text: str, ref: EvidenceRef, *, is_evidence: bool) -> Item:
    return Item(
        text=text, notes=[f"Event {ref.id} from {ref.source}"], event=ref, is_evidence=is_evidence
    )


def _replaces(other: Event, fact: Event) -> bool:
    """Whether the later of two facts takes the place of the other."""
    if (other.type, other.subject) != (fact.type, fact.subject):
        return False
    if chronological(other) <= chronological(fact):
        return False
    return not isinstance(fact, ConsentChanged) or _scope(other) == _scope(fact)


def _scope(consent: Event) -> tuple[str | None, str | None]:
    assert isinstance(consent, ConsentChanged)
    return consent.data.system_id, consent.data.use_id
