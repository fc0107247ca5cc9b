"""The list of dossiers: what was judged, and how it came out."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from schemas.verdicts import VERDICT_KINDS
from services.runtime.search import Body

from ..parameters import LAST_PAGE, PAGE_SIZE
from ..store import Store, sources, total
from .query import Reckoning, RecordsQuery, conditions


class DutyView(BaseModel):
    """A duty as it is stored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    clause: str = ""
    rule: str = ""
    state: str = ""
    deadline: datetime | None = None


class MeasureView(BaseModel):
    """A delay as it is stored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = ""
    clause: str = ""
    seconds: float = 0


class DossierView(BaseModel):
    """A dossier's metrics as they are stored; whatever is missing is shown as missing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    dossier: str
    kind: str = ""
    revision: int = 0
    occurred_at: datetime | None = None
    judged_at: datetime | None = None
    edition: str = ""
    employee_id: str | None = None
    unit: str | None = None
    system_id: str | None = None
    family: str | None = None
    capability: str | None = None
    compliant: list[str] = []
    violation: list[str] = []
    not_applicable: list[str] = []
    waived: list[str] = []
    pending: list[str] = []
    undetermined: list[str] = []
    cured: list[str] = []
    obligations: list[DutyView] = []
    measures: list[MeasureView] = []

    @property
    def verdicts(self) -> dict[str, list[str]]:
        """Clauses by verdict; only verdicts that it has."""
        found = {kind: list(getattr(self, kind)) for kind in VERDICT_KINDS}
        return {kind: clauses for kind, clauses in found.items() if clauses}


@dataclass(frozen=True)
class Records:
    """One page of the list."""

    dossiers: list[DossierView]
    total: int
    pages: int


def filters(query: RecordsQuery, on: Reckoning, own: list[Body]) -> Body:
    """`own`: what somebody may see."""
    return {"bool": {"filter": [*conditions(query, on), *own]}}


async def load(store: Store, query: RecordsQuery, on: Reckoning, own: list[Body]) -> Records:
    """Read one page, the latest act first. Raises Unavailable."""
    body = {
        "query": filters(query, on, own),
        "sort": [{"occurred_at": "desc"}, {"dossier": "asc"}],
        "from": (query.page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "track_total_hits": True,
    }
    response = await store.search(store.indices.metrics, body)
    count = total(response)
    found = [DossierView.model_validate(each) for each in sources(response)]
    return Records(found, count, min(-(-count // PAGE_SIZE), LAST_PAGE))
