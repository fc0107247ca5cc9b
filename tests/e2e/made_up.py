"""A made-up department, put into Elasticsearch by the indexer's own code."""

import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from schemas.verdicts import VERDICT_KINDS, DossierMetrics, Finding, PartitionProgress
from services.indexer.bulk import Bulk, Limits
from services.indexer.documents import Record, actions
from services.runtime import topics
from services.runtime.elasticsearch import connect, create_indices
from services.runtime.health import Health
from services.runtime.indices import Indices

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 12, 20, 18, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{7*7}}\u202e"
LONG = "W" * 180
CROWD = 3000

_CLAUSES = {
    "C.1.a": ("high", "report-writer", "generative", "text"),
    "C.2": ("medium", "report-writer", "generative", "text"),
    "D.2": ("medium", "face-match", "perceptive", "face_recognition"),
    "D.4": ("low", "plate-reader", "perceptive", "alpr"),
    "F.1.c": ("high", "plate-reader", "perceptive", "alpr"),
    "E.1.a": ("medium", "forecast", "predictive", "crime_forecast"),
}
_REASONS = {
    "C.1.a": "the draft was used in a report at 14:05 and no supervisor had approved it by then",
    "C.2": "the transcription was used with no accuracy review on record",
    "D.2": "used as a lead on Oct 14 at 09:12 and not documented within 24 hours",
    "D.4": "the search names neither a case nor an incident",
    "F.1.c": "the stated purpose of the search was personal",
    "E.1.a": "no review of the inputs covers the day on which the forecast was used",
}
_OPENINGS = {
    "violation": "Possible violation of {}",
    "undetermined": "Could not be decided under {}",
    "cured": "Mended after its deadline under {}",
}
_FACT = {
    "source": "/records/registry", "id": "s-1", "type": "registry.system.changed.v1",
    "subject": "system/face-match", "valid_from": NOW - timedelta(days=100),
}  # fmt: skip
SOURCES = ("/records/rms", "/vendors/acme/face-match", "/vendors/acme/forgotten")
TRIALS = 7
UNITS = ("Patrol North", "Patrol South", "Investigations", "Records", "Traffic")


def finding(number: int, clause: str, **changes: Any) -> Finding:
    """A finding on a use, a few hours older for each number."""
    chance = random.Random(f"{number}{clause}")
    severity, system, family, _ = _CLAUSES[clause]
    happened = NOW - timedelta(hours=7 * (number % 300) + 1)
    verdict = chance.choices(list(_OPENINGS), (6, 3, 1))[0]
    # The same words about the same person would be one entry.
    reason = f"{_REASONS[clause]} (use {number})"
    given: dict[str, Any] = {
        "finding_id": f"f-{clause.lower()}-{number}",
        "revision": 1,
        "state": "open",
        "clause": clause,
        "rule": "made_up",
        "title": f"What clause {clause} asks for, in plain words",
        "subject": f"use/{number}",
        "verdict": verdict,
        "severity": severity,
        "group": f"use/{number}",
        "sentence": f"{_OPENINGS[verdict].format(clause)}: {reason}",
        "reason": reason,
        "evidence": [{"source": f"/vendors/acme/{system}", "id": f"e-{number}-0"}],
        "deadline": happened + timedelta(hours=24) if clause == "D.2" else None,
        "occurred_at": happened,
        "first_found_at": happened + timedelta(minutes=6),
        "judged_at": happened + timedelta(minutes=6),
        "edition": "390.01",
        "employee_id": f"E-{chance.randrange(10, 60)}",
        "supervisor_id": "E-2",
        "unit": chance.choice(UNITS),
        "system_id": system,
        "family": family,
        "basis": {
            "version": 3,
            "settings": {"lead.document_within_hours": "24.0"},
            "facts": [_FACT],
            "remedy": f"what clause {clause} asks for, done in time",
        },
        "log_partition": number % 4,
        "log_offset": number,
    }
    return Finding.model_validate({**given, **changes})


def findings() -> list[Finding]:
    """Ordinary ones, a crowd with one cause, and what tends to break pages."""
    made = [finding(n, list(_CLAUSES)[n % len(_CLAUSES)]) for n in range(240)]
    made += [
        finding(
            10_000 + n,
            "F.1.c",
            group="system/plate-reader",
            verdict="violation",
            sentence="Possible violation of F.1.c: searched through an account shared by a unit",
        )
        for n in range(CROWD)
    ]
    made.append(finding(241, "D.2", state="withdrawn", verdict="compliant", revision=3))
    bare = dict.fromkeys(
        ("deadline", "occurred_at", "employee_id", "supervisor_id", "unit", "system_id", "family")
    )
    made.append(finding(242, "C.2", evidence=[], sentence="Could not be decided", **bare))
    texts = ("title", "subject", "group", "sentence", "reason", "rule")
    hostile = dict.fromkeys((*texts, "employee_id", "unit", "system_id"), HOSTILE)
    made.append(
        finding(
            243,
            "C.1.a",
            finding_id="f/../<b>?x=1&y",
            evidence=[{"source": "/vendors/acme/x", "id": HOSTILE}],
            occurred_at=NOW,
            first_found_at=NOW,
            **hostile,
        )
    )
    made.append(finding(244, "C.1.a", sentence=LONG * 2, unit=LONG, employee_id=LONG, group=LONG))
    made += [finding(500 + n, "D.4", shadow=True, verdict="violation") for n in range(TRIALS)]
    gap = "numbers 17 to 19 of instance a never came"
    of_source = finding(
        300, "D.2", finding_id="f-gap", verdict="violation", family=None,
        subject="source/vendors/acme/face-match", group="source/vendors/acme/face-match",
        reason=gap, sentence=f"Possible violation of completeness: {gap}",
    )  # fmt: skip
    made.append(of_source.model_copy(update={"clause": "completeness"}))
    return made


def _event(
    sender: str, kind: str, subject: str, hours: float, number: str, /, **data: Any
) -> bytes:
    happened = NOW - timedelta(days=60) + timedelta(hours=hours)
    received = happened + timedelta(seconds=2 if number != "late" else 90_000)
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": number,
            "source": sender,
            "type": kind,
            "subject": subject,
            "time": happened.isoformat(),
            "receivedtime": received.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def events() -> list[bytes]:
    """The story of use 2 (clause D.2), and a hostile one."""
    use, face = "use/2", "/vendors/acme/face-match"
    who = {"use_id": "2", "employee_id": "E-17"}
    hostile = {"system_id": HOSTILE, "employee_id": HOSTILE, "purpose_text": HOSTILE}
    base = {"family": "perceptive", "capability": "face_recognition", "purpose": "investigation"}
    kinds = ("ai.use.recorded.v1", "ai.output.used.v1", "oversight.lead.documented.v1")
    return [
        _event(face, kinds[0], use, 0, "e-2-0", system_id="face-match", **who, **base,
               case_number="25-104882", purpose_text="robbery suspect on store video"),
        _event(face, kinds[1], use, 0.3, "e-2-1", output_id="o-1", output_kind="match",
               used_for="lead", treated_as="lead", **who),
        _event("/records/rms", kinds[2], use, 49, "late", report_number="R-2025-3391", **who),
        _event("/vendors/acme/x", kinds[0], HOSTILE, 1, HOSTILE, use_id=HOSTILE, **hostile, **base),
    ]  # fmt: skip


def _employee(employee_id: str, hours: float) -> bytes:
    """E-2 is everybody's supervisor, and nobody theirs."""
    leads = employee_id == "E-2"
    return _event(
        "/records/registry", "registry.employee.changed.v1", f"employee/{employee_id}", hours,
        f"roster-{employee_id}", employee_id=employee_id, name=f"Officer {employee_id}",
        email=f"{employee_id.lower()}@example.org", unit="Records", is_supervisor=leads,
        supervisor_id=None if leads else "E-2", status="active",
    )  # fmt: skip


def registry() -> list[bytes]:
    """A system and its later snapshot, the sources, and the policy with the order's own words."""
    sender, day = "/records/registry", -24 * 40
    system = {
        "system_id": "face-match", "name": "Face Match", "vendor": "Acme", "third_party": True,
        "families": ["perceptive"], "capabilities": ["face_recognition"],
        "publicly_accessible": False, "permitted_transfers": [],
    }  # fmt: skip
    kind = "registry.system.changed.v1"
    made = [
        _event(sender, kind, "system/face-match", day, "s-1", **system),
        _event(sender, kind, "system/face-match", 24 * 30, "s-2", **system),
    ]
    for number, name in enumerate(SOURCES[:2]):
        made.append(
            _event(
                "/console", "registry.source.changed.v1", f"source{name}", day, f"r-{number}",
                source=name, owner="Records unit" if number == 0 else "Acme", allowed_types=[],
                system_of_record=number == 0, cadence_seconds=3600 if number == 0 else None,
                status="active" if number == 0 else "suspended",
            )
        )  # fmt: skip
    made += [_employee(f"E-{number}", day) for number in (2, *range(10, 60))]
    text = {
        "C": "", "C.1": "These products are approved first:",
        "C.1.a": "what a machine wrote, as this made-up order has it;",
        "D": "", "D.2": "In this made-up order, whoever follows a lead writes it down.",
        "Z": "", "Z.1": "A clause that no rule knows.",
    }  # fmt: skip
    policy = {"text": text, "rules": {"shadow": ["alpr_search"]}}
    about = {"edition": "390.01", "effective_on": "2025-09-30", "policy": policy}
    changed = "registry.policy.changed.v1"
    return [*made, _event("/console", changed, "policy/390.01", day, "p-1", **about)]


def source_metrics(number: int) -> DossierMetrics:
    """What the checker says of one source."""
    at = NOW - timedelta(minutes=number)
    given: dict[str, Any] = {
        "dossier": f"source{SOURCES[number]}", "kind": "source", "revision": 1,
        "occurred_at": at, "judged_at": NOW, "edition": "390.01",
        **{kind: [] for kind in VERDICT_KINDS}, "obligations": [], "measures": [],
        "source": {
            "accepted": 12_345 * (number + 1), "refused": 20, "missing": 3 * number,
            "conflicts": number, "skew_seconds": 90.5 * number, "last_received": at,
        },
    }  # fmt: skip
    return DossierMetrics.model_validate(given)


def metrics(number: int) -> DossierMetrics:
    """A dossier with verdicts on a few clauses."""
    chance = random.Random(number)
    clause = chance.choice(list(_CLAUSES))
    _, system, family, capability = _CLAUSES[clause]
    lists: dict[str, list[str]] = {kind: [] for kind in VERDICT_KINDS}
    for each in _CLAUSES:
        kind = chance.choices(VERDICT_KINDS, (60, 6, 20, 1, 4, 3, 2))[0]
        lists[kind].append(each)
    happened = NOW - timedelta(hours=chance.randrange(1, 24 * 81))
    duty = {"clause": "D.2", "rule": "made_up", "deadline": happened + timedelta(hours=24)}
    given = {
        "dossier": f"use/{number}",
        "kind": "use",
        "revision": 1,
        "occurred_at": happened,
        "judged_at": NOW,
        "edition": "390.01",
        "employee_id": f"E-{chance.randrange(10, 60)}",
        "unit": chance.choice(UNITS) if number else HOSTILE,
        "system_id": system if number else HOSTILE,
        "family": family,
        "capability": capability,
        "obligations": [{**duty, "state": chance.choice(["open", "overdue"])}] * (number % 9 == 0),
        "measures": [
            {"name": "documentation_delay", "clause": "D.2", "seconds": chance.random() * 90_000},
            {"name": "approval_delay", "clause": "C.1.a", "seconds": chance.random() * 9000},
        ],
        **lists,
    }
    return DossierMetrics.model_validate(given)


def rejected(number: int) -> dict[str, Any]:
    reasons = [
        "data.purpose: is not one of the values of the contract",
        "signature: the sender is not registered",
        "time: must be an RFC 3339 time with offset (got string of 10 characters)",
        HOSTILE,
    ]
    return {
        "rejected_id": f"r-{number}",
        "source": ["/vendors/acme/face-match", "/records/rms", HOSTILE][number % 3],
        "receivedtime": (NOW - timedelta(minutes=number)).isoformat(),
        "topic": "ai.intake.vendors.acme.face-match",
        "partition": 0,
        "offset": number,
        "item": None if number % 2 else 3,
        "event_id": None if number % 5 else HOSTILE,
        "reason": reasons[number % 4],
        "errors": [
            {"field": "data.purpose", "message": "is unknown", "kind": "string of 7 characters"}
        ],
        "size_bytes": 812,
        "sha256": "ab" * 32,
        "excerpt": '{"specversion":"1.0","id":"' + HOSTILE + '"}',
    }


def _records() -> Iterator[tuple[str, bytes, bytes]]:
    for found in findings():
        for revision in range(1, found.revision + 1):
            value = found.model_copy(update={"revision": revision}).model_dump_json().encode()
            yield topics.FINDINGS, b"", value
            yield topics.FINDING_HISTORY, b"", value
    yield topics.EVENTS, b"", b"\n".join([*events(), *registry()])
    made = [metrics(number) for number in range(1500 - len(SOURCES))]
    for each in [*made, *map(source_metrics, range(len(SOURCES)))]:
        yield topics.METRICS, b"", each.model_dump_json(exclude_none=True).encode()
    for number in range(60):
        yield topics.REJECTED, b"", orjson.dumps(rejected(number))
    for partition in range(4):
        progress = PartitionProgress(
            partition=partition, offset=1000, now=NOW - timedelta(seconds=partition * 40),
            inputs={"ai.intake.records.rms": NOW}, backlog=partition * 3, dossiers=375,
        )  # fmt: skip
        yield topics.METRICS, b"progress/", progress.model_dump_json().encode()


async def fill(url: str, prefix: str, empty: bool = False, more: Iterable[bytes] = ()) -> None:
    """Create the indices and, unless they shall be empty, index the made-up department. `more`:
    further events of it."""
    indices = Indices(prefix)
    client = connect(url)
    try:
        await create_indices(client, indices)
        if not empty:
            made = [
                action
                for offset, (topic, key, value) in enumerate(
                    [*_records(), (topics.EVENTS, b"", b"\n".join(more))]
                )
                for action in actions(Record(topic, 0, offset, 0, key, value), indices)
            ]
            await Bulk(client, indices, Limits(1000, 5_000_000, 2, 0.2, 1), Health(60)).settle(made)
        await client.indices.refresh(index=f"{prefix}-*")
    finally:
        await client.close()


def new_prefix() -> str:
    return "t" + uuid.uuid4().hex[:8]
