"""What the console is asked about: a department with many findings, made up and put into
Elasticsearch as the indexer would."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import orjson
from elasticsearch import Elasticsearch

from schemas.verdicts import VERDICT_KINDS
from services.indexer.bulk import requests
from services.indexer.documents import Action, Record, actions
from services.order.clauses import CLAUSES
from services.runtime import topics
from services.runtime.indices import Indices

UNITS = tuple(f"Unit {number}" for number in range(40))
SYSTEMS = tuple(f"system-{number}" for number in range(12))
FAMILIES = ("generative", "perceptive", "predictive")
DAYS = 330
_EMPLOYEES = 2000
_LED = 20
"""By one supervisor: the chain of command below E-2 holds 420 people, and E-2 leads 20 of them."""
_CLAUSES = [clause.id for clause in CLAUSES if clause.how != "informative"]
_LOT = 5000


def fill(url: str, indices: Indices, findings: int, now: datetime) -> None:
    """Index so many findings with their history and events, and twice as many dossiers."""
    made = _actions(indices, findings, now)
    with Elasticsearch(url, request_timeout=120) as client:
        while lot := list(islice(made, _LOT)):
            for request in requests(lot, 2500, 8_000_000):
                parts = [part for action in request for part in (action.header, action.document)]
                # Typed as mappings; bytes are passed on as they are.
                answer = client.bulk(operations=parts, filter_path="errors")  # type: ignore[arg-type]
                if answer["errors"]:
                    raise RuntimeError("Elasticsearch refused what was made up")
        client.indices.refresh(index=f"{indices.prefix}-*")


def _actions(indices: Indices, findings: int, now: datetime) -> Iterator[Action]:
    for place, (topic, values) in enumerate(_values(findings, now)):
        record = Record(topic, 0, place, 0, b"", b"\n".join(values))
        yield from actions(record, indices, place * 10)


def _values(findings: int, now: datetime) -> Iterator[tuple[str, Iterable[bytes]]]:
    chance = random.Random(1)
    yield topics.EVENTS, [orjson.dumps(each) for each in _registry(now)]
    for number in range(2 * findings):
        about = _about(number, chance, now)
        yield topics.METRICS, [orjson.dumps(_dossier(number, about, chance))]
        if number < findings:
            finding = orjson.dumps(_finding(number, about, chance))
            yield topics.FINDINGS, [finding]
            yield topics.FINDING_HISTORY, [finding]
            yield topics.EVENTS, [orjson.dumps(_use(number, about))]


_About = dict[str, str]


def _about(number: int, chance: random.Random, now: datetime) -> _About:
    at = now - timedelta(minutes=chance.randrange(DAYS * 1440))
    person = chance.randrange(_EMPLOYEES)
    return {
        "occurred_at": at.isoformat(),
        "employee_id": f"E-{person}",
        "supervisor_id": f"E-{person // _LED}",
        "unit": chance.choice(UNITS),
        "system_id": chance.choice(SYSTEMS),
        "family": FAMILIES[number % 3],
    }


def _dossier(number: int, about: _About, chance: random.Random) -> dict[str, object]:
    about = {name: value for name, value in about.items() if name != "supervisor_id"}
    clauses = chance.sample(_CLAUSES, 12)
    nothing: list[str] = []
    found = (clauses[:4], clauses[4:5], clauses[5:], *[nothing] * 4)
    lists: dict[str, list[str]] = dict(zip(VERDICT_KINDS, found, strict=True))
    if number % 4:
        lists["violation"] = []
    duty = {"clause": "D.2", "rule": "r", "state": "open", "deadline": about["occurred_at"]}
    delay = {"name": "approval_delay", "clause": "C.1.a", "seconds": chance.random() * 9000}
    return {
        "dossier": f"use/{number}", "kind": "use", "revision": 1, **about,
        "judged_at": about["occurred_at"], "edition": "390.01", "capability": "text",
        "obligations": [duty] * (number % 20 == 0), "measures": [delay], **lists,
    }  # fmt: skip


def _finding(number: int, about: _About, chance: random.Random) -> dict[str, object]:
    clause = chance.choice(_CLAUSES)
    verdict = chance.choices(("violation", "undetermined", "cured"), (6, 3, 1))[0]
    group = f"use/{number}" if number % 3 else f"system/{about['system_id']}"
    given = {} if number % 10 else {"review": _given_to(chance, about)}
    return {
        "finding_id": f"f-{number}", "revision": 1, "state": "open", "clause": clause,
        "rule": "made_up", "title": f"What {clause} asks for", "subject": f"use/{number}",
        "verdict": verdict, "severity": chance.choice(("low", "medium", "high")), "group": group,
        "sentence": f"Possible violation of {clause}: the draft was used and nobody had approved",
        "reason": "the draft was used in a report and nobody had approved it by then",
        "evidence": [{"source": "/vendors/acme/x", "id": f"e-{number}"}], **about,
        "first_found_at": about["occurred_at"], "judged_at": about["occurred_at"],
        "edition": "390.01", "log_partition": 0, "log_offset": number,
        "basis": {"version": 1, "settings": {}, "remedy": "an approval before the use", "facts": [
            {"source": "/records/registry", "id": f"s-{about['system_id']}",
             "type": "registry.system.changed.v1", "subject": f"system/{about['system_id']}",
             "valid_from": "2020-01-01T00:00:00Z"}]},
        **given,
    }  # fmt: skip


def _given_to(chance: random.Random, about: _About) -> dict[str, object]:
    """A review in which a finding was given to some supervisor."""
    to = f"E-{chance.randrange(_EMPLOYEES // _LED)}"
    act = {"event_id": "act", "action": "assigned", "actor_id": "E-1", "assignee_id": to}
    last = {**act, "at": about["occurred_at"]}
    return {"assignee_id": to, "unchanged_since": 1, "acts": ["act"], "last": last}


def _event(kind: str, subject: str, at: str, name: str, /, **data: object) -> dict[str, object]:
    return {
        "specversion": "1.0", "id": name, "source": "/vendors/acme/x", "type": kind,
        "subject": subject, "time": at, "receivedtime": at, "datacontenttype": "application/json",
        "data": data,
    }  # fmt: skip


def _use(number: int, about: _About) -> dict[str, object]:
    return _event(
        "ai.use.recorded.v1", f"use/{number}", about["occurred_at"], f"e-{number}",
        use_id=str(number), system_id=about["system_id"], employee_id=about["employee_id"],
        family=about["family"], capability="text", purpose="report_writing",
    )  # fmt: skip


def _registry(now: datetime) -> Iterator[dict[str, object]]:
    begun = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    text = {clause.id: clause.title * 5 for clause in CLAUSES}
    yield _event(
        "registry.policy.changed.v1", "policy/390.01", begun, "p-1", edition="390.01",
        effective_on="2020-01-01", policy={"text": text},
    )  # fmt: skip
    for system in SYSTEMS:
        yield _event(
            "registry.system.changed.v1", f"system/{system}", begun, f"s-{system}",
            system_id=system, name=system, vendor="Acme", third_party=True, families=[],
            capabilities=[], publicly_accessible=False, permitted_transfers=[], approved_from=begun,
        )  # fmt: skip
    for number in range(_EMPLOYEES):
        person, subject = f"E-{number}", f"employee/E-{number}"
        yield _event(
            "registry.employee.changed.v1", subject, begun, f"r-{number}", employee_id=person,
            unit=UNITS[number % len(UNITS)], is_supervisor=number < 100, status="active",
            supervisor_id=f"E-{number // _LED}" if number // _LED != number else None,
        )  # fmt: skip
        done = (now - timedelta(days=number % 400)).isoformat()
        yield _event(
            "registry.training.completed.v1", subject, done, f"t-{number}", employee_id=person,
            course="AI", topics=list("abcdefg"),
        )  # fmt: skip
