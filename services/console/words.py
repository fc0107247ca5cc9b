"""Plain words for what the records say. Nothing here accuses anybody."""

from functools import cache

from services.order.clauses import CLAUSES
from services.order.sentences import plain
from services.order.story import ON_TRIAL, VERDICTS, WITHDRAWN

__all__ = ["ON_TRIAL", "VERDICTS", "plain"]

SHORT_VERDICTS = {**VERDICTS, "undetermined": "Needs a look"}
PLURAL_VERDICTS = {
    **SHORT_VERDICTS,
    "violation": "Possible violations",
    "undetermined": "Need a look",
}
SEVERITIES = {"high": "High", "medium": "Medium", "low": "Low"}
SORTS = {
    "pressing": "Most pressing first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "severity": "Most severe first",
    "occurred": "Latest act first",
    "deadline": "Earliest deadline first",
}
TRIALS = {"only": "Only these", "all": "Shown too"}
FILTERS = {
    "q": "Search",
    "state": "State",
    "verdict": "Verdict",
    "severity": "Severity",
    "clause": "Clause",
    "system": "System",
    "unit": "Unit",
    "employee": "Employee",
    "family": "Kind of AI",
    "from": "From",
    "to": "To",
    "entry": "Entry",
    "view": "View",
    "status": "Status",
    "assignee": "Given to",
    "trial": "Rules on trial",
    "source": "Source",
    "reason": "Reason",
}


def verdict(state: str, kind: str) -> str:
    """What to call a finding."""
    return WITHDRAWN if state == "withdrawn" else VERDICTS.get(kind, plain(kind))


def heading(name: str) -> str:
    """`documentation_delay` as a heading."""
    words = plain(name)
    return words[:1].upper() + words[1:]


@cache
def clauses() -> dict[str, str]:
    """What each clause of General Order 390.01 asks."""
    return {clause.id: clause.title for clause in CLAUSES}
