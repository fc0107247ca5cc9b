"""What people decided on findings, beside them in the export."""

from collections.abc import AsyncIterator

from schemas.finding_review import ReviewStatus
from services.runtime.search import Body

from ..store import Store, sources
from .lists import Row

REVIEW = "review"
"""The field of a finding that the columns are made from."""
COLUMNS = (
    "assignee_id", "acknowledged_at", "dismissal_requested_by", "decision", "decided_by",
    "decided_at", "decision_reason", "decision_comment",
)  # fmt: skip
_DECISIONS: tuple[ReviewStatus, ...] = ("confirmed", "dismissed", "closed")
_FROM_REVIEW = ("assignee_id", "acknowledged_at", "dismissal_requested_by")


async def with_decisions(store: Store, found: AsyncIterator[list[Row]]) -> AsyncIterator[list[Row]]:
    """Rows of findings with these columns in place of their review. Raises Unavailable."""
    async for batch in found:
        decided = [row["finding_id"] for row in batch if row["status"] in _DECISIONS]
        acts = await _acts(store, decided) if decided else {}
        yield [_with(row, acts.get(row["finding_id"])) for row in batch]


async def _acts(store: Store, findings: list[str]) -> dict[str, Body]:
    """The latest decision on each finding. It is asked of the history, for a finding itself names
    what was done last, which may be a comment."""
    wanted = [
        {"terms": {"finding_id": findings}},
        {"terms": {"review.last.action": list(_DECISIONS)}},
    ]
    refused = {"exists": {"field": "review.last.refused"}}
    body: Body = {
        "query": {"bool": {"filter": wanted, "must_not": [refused]}},
        "sort": [{"revision": "desc"}],
        "collapse": {"field": "finding_id"},
        "size": len(findings),
        "_source": ["finding_id", "review.last"],
    }
    response = await store.search(store.indices.finding_history, body)
    return {each["finding_id"]: each["review"]["last"] for each in sources(response)}


def _with(row: Row, act: Body | None) -> Row:
    review, act = row.get(REVIEW) or {}, act or {}
    return {
        **{name: value for name, value in row.items() if name != REVIEW},
        **{name: review.get(name) for name in _FROM_REVIEW},
        "decision": act.get("action"),
        "decided_by": act.get("actor_id"),
        "decided_at": act.get("at"),
        "decision_reason": act.get("reason"),
        "decision_comment": act.get("comment"),
    }
