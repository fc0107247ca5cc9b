"""The events that all contenders are given: a department's hours, made up from a seed.

Of the uses 85 % are uncontroversial; the others lack an approval, a review, a case number or a
reason, come late, or rest on a system that nobody registered. The registry changes meanwhile, and
some events are sent twice. Same seed, same sizes and same `now`: same bytes.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from schemas.events import EVENT, Event, dump
from services.order import scenario as s
from services.order.eventset import by_receipt, received

from .sizes import Sizes

CONSOLE = "/console"
WRITER = "/vendors/acme/writer"
PLATES = "/vendors/orbit/plates"
FACES = "/vendors/iris/faces"
RECORDS = "/records/rms"
SOURCES = (CONSOLE, WRITER, PLATES, FACES, RECORDS)
BEFORE = timedelta(days=100)
DOUBLED = 0.02
_PER_SUPERVISOR = 10
_HEARTBEAT = timedelta(minutes=5)
_VENDOR_TYPES = [
    "ai.use.recorded.v1",
    "ai.output.used.v1",
    "ai.output.shared.v1",
    "ai.source.heartbeat.v1",
]
_RECORD_TYPES = [
    "oversight.approval.decided.v1",
    "oversight.review.completed.v1",
    "oversight.disclosure.recorded.v1",
    "oversight.lead.documented.v1",
    "oversight.action.taken.v1",
    "oversight.event.retracted.v1",
    "ai.source.heartbeat.v1",
]
_REASONS = ("stolen vehicle", "burglary suspect", "robbery, vehicle of interest", "hit and run")


@dataclass(frozen=True)
class Load:
    """A load on disk, one event as JSON a line.

    `facts`: the registry as it is before, `events`: the load; both as they stand in the log, with
    `receivedtime`, in its order. `sent[source]`: what each source sends, facts (by the console)
    included, without `receivedtime`, with repetitions. `sent_events`: how many these are.
    `begin`, `end`: the hours they are spread over.
    """

    folder: Path
    facts_count: int
    count: int
    uses: int
    sent_events: int
    begin: datetime
    end: datetime

    @property
    def facts(self) -> Path:
        """Path of the registry's facts."""
        return self.folder / "facts.ndjson"

    @property
    def events(self) -> Path:
        """Path of the events."""
        return self.folder / "events.ndjson"

    @property
    def sent(self) -> dict[str, Path]:
        """Path of what each source sends."""
        return {name: _sent(self.folder, name) for name in SOURCES}

    def digest(self) -> str:
        """SHA-256 of the events."""
        return sha256(self.facts.read_bytes() + self.events.read_bytes()).hexdigest()


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends."""
    with path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\n")


def read(path: Path) -> Iterator[Event]:
    """The events of a file."""
    return map(EVENT.validate_json, lines(path))


def write(folder: Path, sizes: Sizes, now: datetime) -> Load:
    """Make the load up to `now`, which counts as the time of the last receipt."""
    folder.mkdir(parents=True, exist_ok=True)
    begin = now - timedelta(hours=sizes.hours)
    facts = [_received(fact, begin - BEFORE) for fact in registry(begin - BEFORE, sizes.employees)]
    made, uses = _traffic(sizes, begin, now)
    _write(folder / "facts.ndjson", facts)
    _write(folder / "events.ndjson", made)
    chance = random.Random(sizes.seed)
    sent = 0
    for source in SOURCES:
        own = [event for event in (*facts, *made) if event.source == source]
        doubled = _doubled(chance, [e.model_copy(update={"receivedtime": None}) for e in own])
        sent += len(doubled)
        _write(_sent(folder, source), doubled)
    load = Load(folder, len(facts), len(made), uses, sent, begin, now)
    told = asdict(load) | {"folder": str(folder)}
    (folder / "load.json").write_text(json.dumps(told, default=str, indent=1))
    return load


def registry(at: datetime, employees: int) -> list[Event]:
    """Policy, sources, systems and people, all in order, since long before the load."""
    people = [s.supervisor(f"S-{n}", at) for n in range(_supervisors(employees))]
    for n in range(employees):
        people.append(s.employee(f"E-{n}", at, supervisor_id=_sergeant(n, employees)))
    known = [person.subject.removeprefix("employee/") for person in people]
    trained = [s.trained(at, employee_id=name) for name in known]
    systems = [
        _system("writer", at),
        _system("faces", at, families=["perceptive"], capabilities=["face_recognition"]),
        _system("plates", at, families=["perceptive"], capabilities=["alpr"]),
    ]
    sources = [
        s.source(name, at, allowed_types=_VENDOR_TYPES, cadence_seconds=600)
        for name in (WRITER, PLATES, FACES)
    ]
    sources.append(s.source(RECORDS, at, allowed_types=_RECORD_TYPES, system_of_record=True))
    audits = [s.audited(at, system_id=name) for name in ("writer", "faces", "plates")]
    facts = [
        s.policy_change(at, lead={"document_within_hours": 2}),
        *sources,
        *systems,
        *audits,
        *people,
        *trained,
    ]
    return [_named(fact, f"fact-{n}", CONSOLE) for n, fact in enumerate(facts)]


def _system(name: str, at: datetime, **data: Any) -> Event:
    long_ago = at - timedelta(days=5)
    since = {
        "approved_from": at,
        "safeguards": {"from": at},
        "exchange_agreement": {"from": at},
        "ai_officer_engaged_on": long_ago.date(),
        "city_it_coordinated_on": long_ago.date(),
    }
    return s.system(name, at, **(since | data))


def _supervisors(employees: int) -> int:
    return max(1, employees // _PER_SUPERVISOR)


def _sergeant(employee: int, employees: int) -> str:
    return f"S-{employee % _supervisors(employees)}"


def _traffic(sizes: Sizes, begin: datetime, end: datetime) -> tuple[list[Event], int]:
    """So many events in order of their receipt, and how many of them are uses."""
    chance = random.Random(sizes.seed)
    seconds = (end - begin).total_seconds()
    found = list(_heartbeats(begin, end))
    number = 0
    while len(found) < sizes.events:
        at = begin + timedelta(seconds=chance.uniform(0, seconds))
        events = _subject(chance, number, at, sizes.employees)
        found += [event for event in events if received(event) <= end]
        number += 1
    found = sorted(found[: sizes.events], key=by_receipt)
    return found, sum(event.type == "ai.use.recorded.v1" for event in found)


def _heartbeats(begin: datetime, end: datetime) -> Iterator[Event]:
    at = begin
    number = 0
    while at < end:
        for source in SOURCES[1:]:
            beat = s.heartbeat(at, source, emitted=number)
            yield _received(_named(beat, f"beat-{number}", source), at)
        at += _HEARTBEAT
        number += 1


def _subject(chance: random.Random, number: int, at: datetime, employees: int) -> list[Event]:
    """All events of one use (seldom: of a fact that changes, or of something passed on)."""
    employee = chance.randrange(employees)
    who = {"employee_id": f"E-{employee}"}
    kind = chance.random()
    if kind < 0.01:
        events = [_changed(chance, at, employee, employees)]
    elif kind < 0.03:
        recipient = ("employee", f"E-{chance.randrange(employees)}")
        events = [s.shared(at, recipient, share_id=f"SH-{number}", **who)]
    elif kind < 0.70:
        events = [_plate_search(chance, number, at, who)]
    elif kind < 0.78:
        events = _face_search(chance, number, at, who)
    else:
        events = _text(chance, number, at, who, _sergeant(employee, employees))
    return [_arrived(chance, event, f"{number}-{n}") for n, event in enumerate(events)]


def _changed(chance: random.Random, at: datetime, employee: int, employees: int) -> Event:
    """A fact of the registry that changes during the load."""
    name = f"E-{employee}"
    if chance.random() < 0.5:
        return s.trained(at, employee_id=name)
    unit = chance.choice(["patrol", "detectives", "traffic"])
    return s.employee(name, at, unit=unit, supervisor_id=_sergeant(employee, employees))


def _use(chance: random.Random, number: int) -> dict[str, Any]:
    """What every record of a use says besides."""
    return {
        "use_id": f"U-{number}",
        "incident_number": f"I-26-{number % 9973:06d}",
        "input_digest": f"{chance.getrandbits(256):064x}",
        "output_digest": f"{chance.getrandbits(256):064x}",
        "data_classes": [],
        "detected": [],
        "scanner": "blotter/1",
        "model": {"provider": "acme", "name": "drafter", "version": "4.2"},
        "latency_ms": round(chance.uniform(100, 4000), 1),
        "input_tokens": chance.randrange(50, 3000),
        "output_tokens": chance.randrange(50, 900),
    }


def _plate_search(chance: random.Random, number: int, at: datetime, who: dict[str, str]) -> Event:
    """Most name a reason and a case; some say nothing, some say too little."""
    stated = {
        "purpose_text": chance.choice(_REASONS),
        "case_number": f"26-{number % 9973:06d}",
        "target_digest": f"{chance.getrandbits(256):064x}",
    }
    flaw = chance.random()
    if flaw < 0.05:
        stated["purpose_text"] = "test"
    elif flaw < 0.10:
        stated["case_number"] = " "
    return s.plate_search(at, **(_use(chance, number) | {"incident_number": None} | who | stated))


def _face_search(
    chance: random.Random, number: int, at: datetime, who: dict[str, str]
) -> list[Event]:
    """A search by face, whose lead is written down; now and then too late or not at all."""
    use = {"use_id": f"U-{number}"}
    stated = {"case_number": f"26-{number % 9973:06d}", "purpose_text": chance.choice(_REASONS)}
    if chance.random() > 0.05:
        stated["authorization_ref"] = f"FR-{number}"
    events = [s.face_search(at, **(_use(chance, number) | who | stated))]
    lead = {"output_id": f"O-{number}", "treated_as": "lead"}
    events.append(
        s.used_as_lead(at + timedelta(seconds=chance.uniform(30, 600)), **use, **who, **lead)
    )
    if chance.random() > 0.05:
        written = at + timedelta(minutes=chance.uniform(11, 240))
        events.append(s.documented(written, report_number=f"R-{number}", **use, **who))
    return events


def _text(
    chance: random.Random, number: int, at: datetime, who: dict[str, str], sergeant: str
) -> list[Event]:
    """A draft that is reviewed twice, approved and used in a report that says so; each of these
    steps is sometimes left out."""
    use = {"use_id": f"U-{number}"}
    reviewer = {"reviewer_id": who["employee_id"]}
    output = {"output_id": f"O-{number}", "document_id": f"D-{number}"}
    system = "shadow" if chance.random() < 0.01 else "writer"
    made = s.use(at, **(_use(chance, number) | who | {"system_id": system}))
    used_at = at + timedelta(seconds=chance.uniform(120, 1200))
    said = {"disclosure": "Drafted with generative AI.", "final_document": True}
    steps = [
        s.reviewed(at + timedelta(seconds=40), "accuracy", **use, **reviewer),
        s.reviewed(at + timedelta(seconds=50), "content_bias", **use, **reviewer),
        s.decided(at + timedelta(seconds=100), approver_id=sergeant, **use),
    ]
    if chance.random() < 0.2:
        steps.pop(chance.randrange(len(steps)))
    if chance.random() < 0.02:
        said = {}
    return [made, *steps, s.output_used(used_at, **use, **who, **output, **said)]


_SENDERS = {"writer": WRITER, "shadow": WRITER, "plates": PLATES, "faces": FACES}


def _arrived(chance: random.Random, event: Event, name: str) -> Event:
    """Sent by whom it belongs to, and received a moment later; one in a hundred hours later."""
    data: Any = event.data
    if event.type.startswith("registry."):
        source = CONSOLE
    elif event.type.startswith("oversight."):
        source = RECORDS
    elif event.type == "ai.output.used.v1":
        source = FACES if data.output_kind == "match" else WRITER
    else:
        source = _SENDERS[data.system_id]
    late = chance.uniform(600, 3 * 3600) if chance.random() < 0.01 else chance.uniform(0.02, 3)
    return _received(_named(event, name, source), event.time + timedelta(seconds=late))


def _named(event: Event, name: str, source: str) -> Event:
    return event.model_copy(update={"id": f"{event.type.split('.')[1]}-{name}", "source": source})


def _received(event: Event, at: datetime) -> Event:
    return event.model_copy(update={"receivedtime": at})


def _doubled(chance: random.Random, events: list[Event]) -> list[Event]:
    """Some are sent again, a few events later."""
    places = sorted(chance.sample(range(len(events)), int(len(events) * DOUBLED)), reverse=True)
    for place in places:
        events.insert(min(len(events), place + chance.randrange(1, 50)), events[place])
    return events


def _sent(folder: Path, source: str) -> Path:
    return folder / f"sent{source.replace('/', '.')}.ndjson"


def _write(path: Path, events: list[Event]) -> None:
    path.write_bytes(b"".join(dump(event) + b"\n" for event in events))
