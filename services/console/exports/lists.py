"""What can be exported from the indices: row by row, in an order that does not change meanwhile.

No point in time is held open. Lists are read in the order of names that never change, so that each
record comes once at most, as it is when its turn has come.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.runtime.search import Body

from ..store import Store

Row = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """`index`, `query`: where the records are and which of them are asked for. `sort`: fields that
    no two of them share. `fields`: columns, in order; of a record's own fields."""

    name: str
    index: str
    query: Body
    sort: Sequence[str]
    fields: Sequence[str]


FINDING_FIELDS = (
    "finding_id", "revision", "state", "status", "clause", "rule", "title", "subject", "verdict",
    "severity", "sentence", "reason", "occurred_at", "deadline", "first_found_at", "judged_at",
    "edition", "employee_id", "supervisor_id", "unit", "system_id", "family", "shadow", "group",
    "evidence", "log_partition", "log_offset",
)  # fmt: skip
DOSSIER_FIELDS = (
    "dossier", "kind", "revision", "occurred_at", "judged_at", "edition", "employee_id", "unit",
    "system_id", "family", "capability", "violation", "undetermined", "cured", "pending",
    "compliant", "waived", "not_applicable", "obligations", "measures",
)  # fmt: skip
REJECTED_FIELDS = (
    "rejected_id", "source", "receivedtime", "topic", "partition", "offset", "item", "event_id",
    "event_type", "reason", "errors", "size_bytes", "sha256", "excerpt",
)  # fmt: skip


async def batches(store: Store, listing: Listing, size: int) -> AsyncIterator[list[Row]]:
    """All rows, a batch at a time. Raises Unavailable."""
    after: list[Any] | None = None
    while True:
        response = await store.ask(listing.index, _body(listing, size, after))
        hits = response["hits"]["hits"]
        yield [{name: hit["_source"].get(name) for name in listing.fields} for hit in hits]
        if len(hits) < size:
            return
        after = hits[-1]["sort"]


def _body(listing: Listing, size: int, after: list[Any] | None) -> Body:
    body: Body = {
        "query": listing.query,
        "sort": [{field: "asc"} for field in listing.sort],
        "size": size,
        "track_total_hits": False,
        "_source": list(listing.fields),
    }
    return body if after is None else {**body, "search_after": after}
