"""What the dashboards count, and where a number leads: to a list that asks for just that."""

from dataclasses import dataclass
from typing import Any

from schemas.verdicts import VERDICT_KINDS, VerdictKind
from services.runtime.search import Body

from .. import inbox
from ..inbox import Looking
from ..parameters import DashboardQuery, InboxQuery, link
from ..records.query import Reckoning, RecordsQuery, conditions

SHOWN: tuple[VerdictKind, ...] = ("violation", "undetermined", "cured")
"""Verdicts that are findings: those that need a person."""
OTHERS = tuple(kind for kind in VERDICT_KINDS if kind not in SHOWN)
_LONGEST = 200


@dataclass(frozen=True)
class Asked:
    """A query, what is needed to answer it, and links that ask for parts of it. `looking`: who
    looks, for they may not see every finding."""

    query: DashboardQuery
    on: Reckoning
    looking: Looking

    def records(self) -> list[Body]:
        """Filters on the metrics."""
        return conditions(RecordsQuery.model_validate(self._given()), self.on)

    def findings(self, **more: Any) -> list[Body]:
        """Filters on the findings: the inbox's own, of those that wait for somebody."""
        query = InboxQuery.model_validate({**self._given(), **more})
        filters = inbox.conditions(query, self.on.zone, self.looking)
        return [*filters, inbox.shown(query, self.looking)]

    def to_records(self, **more: Any) -> str | None:
        """To the dossiers behind a number; None where a name cannot be asked for."""
        return self._link("/records", more)

    def to_findings(self, **more: Any) -> str | None:
        """To the findings behind a number."""
        return self._link("/", more)

    def _given(self) -> dict[str, Any]:
        return self.query.model_dump(by_alias=True, exclude_defaults=True)

    def _link(self, path: str, more: dict[str, Any]) -> str | None:
        names = [value for value in more.values() if isinstance(value, str)]
        if not all(map(can_be_asked, names)):
            return None
        given = self.query.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return link(path, **{**given, **more})


def can_be_asked(name: str) -> bool:
    """Whether a list can be asked for a name as it stands: it is short, and not trimmed."""
    return 0 < len(name) <= _LONGEST and name == name.strip()
