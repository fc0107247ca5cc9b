"""The department of the demonstration: its sources of events, its people and its systems."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.events import Event

from . import telling
from .telling import event

SINCE = datetime(2025, 1, 1, 8, tzinfo=UTC)
"""Start of 2025 where the department is: before anything that is judged."""

_DAY = 24 * 3600
_USE = ("ai.use.recorded.v1", "ai.output.used.v1", "ai.output.shared.v1")
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


SOURCES = (
    Source(
        telling.HR,
        "Human resources",
        ("registry.employee.changed.v1", "registry.training.completed.v1"),
        holds=("training",),
        of_record=True,
    ),
    Source(
        telling.PSIT,
        "Public Safety IT",
        (
            "registry.system.changed.v1",
            "registry.waiver.granted.v1",
            "oversight.event.retracted.v1",
        ),
        of_record=True,
    ),
    Source(
        telling.RMS,
        "Records",
        (*_APPROVAL, _LEAD, "oversight.action.taken.v1"),
        holds=("approval", "lead", "action"),
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
    Source(telling.REPORT_WRITER, "Acme", (*_USE, _HEARTBEAT), ("report-writer",)),
    Source(telling.REDACTOR, "Acme", (*_USE, _HEARTBEAT), ("redactor",)),
    Source(telling.IMAGE_STUDIO, "Lumen", (*_USE, _HEARTBEAT), ("image-studio",)),
    Source(telling.FACE_SEARCH, "Visage", (*_USE, _HEARTBEAT), ("face-search",)),
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


def facts(alpr_users: Iterable[str] = ()) -> list[Event]:
    """Systems and people. The searches of the sample name people by pseudonyms, which the roster
    must know too: each gets a unit by the digits of the pseudonym."""
    users = sorted(set(alpr_users))
    return [*_systems(), *_people(), *(_officer(user, int(user[:4], 16)) for user in users)]


def _people() -> list[Event]:
    return [
        _employee("L-1", "headquarters", None, is_supervisor=True, role="lieutenant"),
        *(
            _employee(sergeant, unit, "L-1", is_supervisor=True, role="sergeant")
            for unit, sergeant in UNITS.items()
        ),
        *(_officer(name, number) for number, name in enumerate(OFFICERS)),
        _employee("E-190", "patrol", "S-1", status="separated"),
    ]


def _officer(employee_id: str, number: int) -> Event:
    unit, sergeant = list(UNITS.items())[number % len(UNITS)]
    return _employee(employee_id, unit, sergeant, role="officer")


def _employee(employee_id: str, unit: str, supervisor_id: str | None, **data: Any) -> Event:
    whole = {"employee_id": employee_id, "unit": unit, "supervisor_id": supervisor_id}
    defaults: dict[str, Any] = {"is_supervisor": False, "status": "active"}
    kind = "registry.employee.changed.v1"
    return event(telling.HR, kind, f"employee/{employee_id}", SINCE, **(whole | defaults | data))


def _systems() -> list[Event]:
    text = ["text", "transcription", "translation"]
    return [
        _system("report-writer", "Acme", "generative", text),
        _system("redactor", "Acme", "generative", ["redaction"]),
        _system("image-studio", "Lumen", "generative", ["image", "graphics"]),
        _system("face-search", "Visage", "perceptive", ["face_recognition"]),
        _system("alpr", "Keystone", "perceptive", ["alpr"]),
    ]


def _system(system_id: str, vendor: str, family: str, capabilities: list[str]) -> Event:
    return event(
        telling.PSIT,
        "registry.system.changed.v1",
        f"system/{system_id}",
        SINCE,
        system_id=system_id,
        name=system_id.replace("-", " ").capitalize(),
        vendor=vendor,
        third_party=True,
        families=[family],
        capabilities=capabilities,
        publicly_accessible=False,
        approved_from=SINCE.isoformat(),
        city_it_coordinated_on="2024-11-04",
        ai_officer_engaged_on="2024-10-01",
        safeguards={"from": SINCE.isoformat()},
        exchange_agreement={"from": SINCE.isoformat()},
        permitted_transfers=[],
    )
