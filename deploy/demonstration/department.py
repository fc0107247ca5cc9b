"""The department of the demonstration: its sources of events, its people and its systems."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.events import Event

from . import filing, telling
from .telling import event

SINCE = datetime(2024, 1, 1, 8, tzinfo=UTC)
"""Start of 2024 where the department is, when its order took effect: before all that is judged."""

_SEARCHES_SINCE = datetime(2025, 6, 1, tzinfo=UTC)
"""Before the first search of the sample."""

_DAY = 24 * 3600
_USE = ("ai.use.recorded.v1", "ai.output.used.v1", "ai.output.shared.v1")
_RETENTION = "ai.retention.reported.v1"
_HEARTBEAT = "ai.source.heartbeat.v1"
_APPROVAL = ("oversight.approval.requested.v1", "oversight.approval.decided.v1")
_LEAD = "oversight.lead.documented.v1"


@dataclass(frozen=True)
class Source:
    """A source as it is registered. `holds`: kinds of evidence that this system of record holds.

    `cadence_seconds`: how often it reports; until it has, absence of its evidence is not asserted.
    """

    name: str
    owner: str
    types: tuple[str, ...]
    systems: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    of_record: bool = False
    cadence_seconds: int | None = None


def _vendor(name: str, owner: str) -> Source:
    """An AI system that reports its own uses."""
    return Source(name, owner, (*_USE, _RETENTION, _HEARTBEAT), (name.rsplit("/", 1)[1],))


SOURCES = (
    Source(
        telling.HR,
        "Human resources",
        (
            "registry.employee.changed.v1",
            "registry.training.completed.v1",
            "registry.consent.changed.v1",
        ),
        holds=("training",),
        of_record=True,
    ),
    Source(
        telling.PSIT,
        "Public Safety IT",
        (
            "registry.system.changed.v1",
            "registry.procurement.changed.v1",
            "registry.audit.completed.v1",
            "registry.waiver.granted.v1",
            "oversight.event.retracted.v1",
        ),
        of_record=True,
    ),
    Source(
        telling.RMS,
        "Records",
        (
            *_APPROVAL,
            _LEAD,
            "oversight.action.taken.v1",
            "oversight.review.completed.v1",
            "oversight.mitigation.recorded.v1",
            "oversight.disclosure.recorded.v1",
        ),
        holds=("approval", "lead", "action", "review", "disclosure"),
        of_record=True,
    ),
    Source(
        telling.CAD,
        "Dispatch",
        (_LEAD, _HEARTBEAT),
        holds=("lead",),
        of_record=True,
        cadence_seconds=_DAY,
    ),
    Source(
        telling.PAPER,
        "Records, who type in what was signed on paper once a day",
        (*_APPROVAL, _HEARTBEAT),
        holds=("approval",),
        of_record=True,
        cadence_seconds=_DAY,
    ),
    Source(
        telling.STANDARDS,
        "Professional standards",
        ("oversight.complaint.decided.v1",),
        holds=("complaint",),
        of_record=True,
    ),
    Source(telling.NOTEBOOK, "Officers' own note-taking app", (_LEAD,)),
    Source(telling.ALPR, "ALPR audit export", _USE, ("alpr",), of_record=True),
    Source(telling.WEB_PROXY, "City IT, who see which websites are used", _USE),
    _vendor(telling.REPORT_WRITER, "Acme"),
    _vendor(telling.REDACTOR, "Acme"),
    _vendor(telling.IMAGE_STUDIO, "Lumen"),
    _vendor(telling.FACE_SEARCH, "Visage"),
    _vendor(telling.TRANSLATOR, "Babel"),
    _vendor(telling.PUBLIC_CHAT, "Parley"),
    _vendor(telling.HOTSPOTS, "Foresight"),
    _vendor(telling.INTERVIEWS, "Scribe"),
    _vendor(telling.DISPATCH_AUDIO, "Scribe"),
    Source(telling.GUNSHOT_DETECTOR, "Echo", (_HEARTBEAT,), cadence_seconds=5),
)

UNITS = {"patrol": "S-1", "investigations": "S-2", "traffic": "S-3"}
"""Each unit's sergeant."""

OFFICERS = tuple(f"E-{number}" for number in range(101, 113))


def registrations() -> list[Event]:
    """The sources, as registered before anything happened.

    `blotter source add` registers from now on, and waits for no evidence of the time before.
    """
    return [
        event(
            "/console",
            "registry.source.changed.v1",
            f"source{source.name}",
            SINCE,
            source=source.name,
            owner=source.owner,
            allowed_types=source.types,
            system_ids=source.systems or None,
            system_of_record=source.of_record,
            holds=source.holds or None,
            cadence_seconds=source.cadence_seconds,
            status="active",
        )
        for source in SOURCES
    ]


def facts(base: datetime, alpr_users: Iterable[str] = ()) -> list[Event]:
    """Systems and people at a time, and that they were audited and trained. The searches of the
    sample name people by pseudonyms, which the roster must know too: each gets a unit by the
    digits of the pseudonym."""
    users = sorted(set(alpr_users))
    known = [*_people(), *(_officer(user, int(user[:4], 16)) for user in users)]
    courses = [
        filing.trained(who, at)
        for who in [*OFFICERS, *users]
        for at in filing.regularly(base, _SEARCHES_SINCE)
    ]
    return [*_systems(base), *known, *courses]


def _people() -> list[Event]:
    return [
        filing.employee(
            "L-1",
            SINCE,
            unit="headquarters",
            supervisor_id=None,
            is_supervisor=True,
            role="lieutenant",
        ),
        *(
            filing.employee(
                sergeant,
                SINCE,
                unit=unit,
                supervisor_id="L-1",
                is_supervisor=True,
                role="sergeant",
            )
            for unit, sergeant in UNITS.items()
        ),
        *(_officer(name, number) for number, name in enumerate(OFFICERS)),
        filing.employee("E-190", SINCE, status="separated"),
    ]


def _officer(employee_id: str, number: int) -> Event:
    unit, sergeant = list(UNITS.items())[number % len(UNITS)]
    return filing.employee(employee_id, SINCE, unit=unit, supervisor_id=sergeant, role="officer")


_TEXT = ["text", "transcription", "translation"]
_SYSTEMS: dict[str, dict[str, Any]] = {
    "report-writer": {
        "vendor": "Acme",
        "families": ["generative"],
        "capabilities": _TEXT,
        "retention_days": 365,
        "permitted_transfers": ["mutual aid agreement"],
    },
    "redactor": {
        "vendor": "Acme",
        "families": ["generative"],
        "capabilities": ["redaction"],
        "retention_days": 60,
    },
    "face-search": {
        "vendor": "Visage",
        "families": ["perceptive"],
        "capabilities": ["face_recognition"],
    },
    "alpr": {"vendor": "Keystone", "families": ["perceptive"], "capabilities": ["alpr"]},
    "hotspots": {
        "vendor": "Foresight",
        "families": ["predictive"],
        "capabilities": ["crime_forecast"],
    },
    **{
        name: {"vendor": "Scribe", "families": ["generative"], "capabilities": ["transcription"]}
        for name in ("interviews", "dispatch-audio")
    },
}
"""Systems that are in order; those that are not are part of a story."""


def _systems(base: datetime) -> Iterator[Event]:
    for name, data in _SYSTEMS.items():
        yield filing.system(name, SINCE, **data)
        yield from audits(name, base)


def audits(system_id: str, base: datetime) -> Iterator[Event]:
    """A system was audited in every year."""
    for at in filing.regularly(base, SINCE):
        if at > SINCE:
            yield filing.audited(system_id, at)
