"""Who may approve or waive: a supervisor who has not been relieved of it."""

from schemas.registry import EmployeeChanged

RELIEVED = frozenset({"suspended", "separated"})


def has_authority(entry: EmployeeChanged | None) -> bool:
    """Whether somebody, by their entry on the roster, is a supervisor and was not relieved."""
    return entry is not None and entry.data.is_supervisor and entry.data.status not in RELIEVED
