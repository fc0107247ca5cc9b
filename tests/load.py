"""A department's traffic, made up from a seed: in order and out of it, late, doubled, corrected."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.events import Event
from services.order import scenario as s

VENDOR = "/vendors/acme/x"
RMS = "/records/rms"
CONSOLE = "/console"
SOURCES = [VENDOR, RMS]
EVERY_TYPE = [
    "ai.use.recorded.v1",
    "ai.output.used.v1",
    "ai.output.shared.v1",
    "oversight.approval.decided.v1",
    "oversight.lead.documented.v1",
    "oversight.action.taken.v1",
    "oversight.complaint.decided.v1",
    "oversight.event.retracted.v1",
]


def registry(at: datetime) -> list[Event]:
    """Sources, people, systems, and a policy that settles in two seconds."""
    policy = s.policy_change(at, time={"settling_seconds": 2}, lead={"document_within_hours": 1})
    return [
        policy,
        s.source(VENDOR, at, allowed_types=EVERY_TYPE[:3], system_of_record=False),
        s.source(RMS, at, allowed_types=EVERY_TYPE[3:], system_of_record=True),
        *(fact.model_copy(update={"source": CONSOLE, "time": at}) for fact in s.department()),
    ]


def traffic(seed: int, uses: int, now: datetime) -> Iterator[Event]:
    """Events of so many uses within the last two hours, shuffled and with repetitions."""
    chance = random.Random(seed)
    events = [e for n in range(uses) for e in _use(chance, f"{seed}-{n}", now)]
    events += chance.sample(events, len(events) // 10)
    chance.shuffle(events)
    yield from (event.model_copy(update={"receivedtime": None}) for event in events)


def late_facts(seed: int) -> list[Event]:
    """Facts that change the past: a sergeant who was none, and again was one; a late system."""
    at = datetime.now(UTC) - timedelta(minutes=30 + seed)
    facts = [s.employee("S-1", at), s.supervisor("S-1", at + timedelta(minutes=10))]
    facts.append(s.system(f"late-{seed}", at - timedelta(days=1)))
    return [f.model_copy(update={"source": CONSOLE, "id": f"{f.id}-{seed}"}) for f in facts]


def _use(chance: random.Random, name: str, now: datetime) -> list[Event]:
    at = now - timedelta(seconds=chance.randint(60, 7200))
    use_id, known_as = f"U-{name}", f"use-{name}"
    common = {"use_id": use_id, "known_as": known_as}
    kind = chance.choice(["text", "text", "face", "plate", "share"])
    if kind == "share":
        who = chance.choice(["E-2", "E-9", "E-404"])
        recipient = ("employee", who)
        return [s.shared(at, recipient, share_id=f"SH-{name}", known_as=f"share-{name}")]
    if kind == "plate":
        number = chance.choice([None, "26-1"])
        return [s.plate_search(at, **common, purpose_text="theft", case_number=number)]
    if kind == "face":
        return [s.face_search(at, **common), *_lead(chance, name, use_id, at)]
    purpose = chance.choice(["report_writing"] * 9 + ["personal"])
    system = chance.choice(["writer"] * 5 + ["shadow", "late-1", "late-2"])
    recorded = s.use(at, **common, purpose=purpose, system_id=system)
    return [recorded, *_approval(chance, name, use_id, at, recorded)]


def _approval(
    chance: random.Random, name: str, use_id: str, at: datetime, recorded: Event
) -> list[Event]:
    used_at = at + timedelta(seconds=30)
    events = [s.output_used(used_at, use_id=use_id, known_as=f"output-{name}")]
    if chance.random() < 0.7:
        decided_at = used_at + timedelta(seconds=chance.choice([-20, -10, 0, 10]))
        decision = chance.choice(["approved"] * 5 + ["denied"])
        approver = chance.choice(["S-1"] * 5 + ["E-2"])
        decided = s.decided(
            decided_at,
            use_id=use_id,
            decision=decision,
            approver_id=approver,
            known_as=f"decision-{name}",
        )
        events.append(decided)
    if chance.random() < 0.05:
        wrong = s.retracted(used_at, recorded)
        events.append(wrong.model_copy(update={"id": f"retraction-{name}"}))
    return events


def _lead(chance: random.Random, name: str, use_id: str, at: datetime) -> list[Event]:
    events = []
    if chance.random() < 0.6:
        lead = s.used_as_lead(at + timedelta(seconds=5), use_id=use_id, known_as=f"lead-{name}")
        events.append(lead)
    if chance.random() < 0.3:
        grounds = [{"kind": "perceptive_result", "use_id": use_id}]
        events.append(
            s.action(
                at + timedelta(seconds=9),
                grounds,
                action_id=f"A-{name}",
                known_as=f"action-{name}",
            )
        )
    if chance.random() < 0.7:
        delay = timedelta(minutes=chance.choice([5, 50, 59, 70, 90]))
        events.append(s.documented(at + delay, use_id=use_id, known_as=f"doc-{name}"))
    return [event for event in events if event.time <= at + timedelta(hours=3)]
