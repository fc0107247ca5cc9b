"""Requests for an approval as an export hands them out."""

from collections.abc import AsyncIterator
from typing import Any

from .requests import Line, Tab, is_of

COLUMNS = (
    "asked_at", "employee_id", "use_id", "output_id", "output_digest", "locator", "addressed_to",
    "system_id", "capability", "purpose", "case_number", "used_at", "decision", "decided_by",
    "decided_at", "event_source", "event_id",
)  # fmt: skip


async def rows(found: AsyncIterator[list[Line]], tab: Tab) -> AsyncIterator[list[dict[str, Any]]]:
    """A row for every request of a tab, the newest first."""
    async for lines in found:
        yield [_row(line) for line in lines if is_of(line, tab)]


def _row(line: Line) -> dict[str, Any]:
    asked = line.request.data
    use = line.use.data if line.use else None
    decision = line.decision
    return {
        "asked_at": line.request.time,
        "employee_id": asked.employee_id,
        "use_id": asked.use_id,
        "output_id": asked.output_id,
        "output_digest": asked.output_digest,
        "locator": asked.locator,
        "addressed_to": asked.approver_id,
        "system_id": use.system_id if use else None,
        "capability": use.capability if use else None,
        "purpose": use.purpose if use else None,
        "case_number": use.case_number if use else None,
        "used_at": line.used_at,
        "decision": decision.data.decision if decision else None,
        "decided_by": decision.data.approver_id if decision else None,
        "decided_at": decision.time if decision else None,
        "event_source": line.request.source,
        "event_id": line.request.id,
    }
