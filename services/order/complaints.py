"""F.1: complaints about an employee's use of AI that were sustained. Shared by its rules."""

from collections.abc import Mapping

from schemas import oversight

from .case import Case
from .outcome import Outcome


def judge_complaints(case: Case, allegations: Mapping[str, str]) -> list[Outcome]:
    """One outcome for each complaint about one of these allegations, each with its words.

    A complaint that names a use is in the dossier of that use, and in no employee's.
    """
    found = case.of(oversight.ComplaintDecided)
    return [
        _decided(case, c, allegations[c.data.allegation])
        for c in found
        if c.data.allegation in allegations
    ]


def _decided(case: Case, complaint: oversight.ComplaintDecided, what: str) -> Outcome:
    if case.registry.policy(complaint.time) is None:
        reason = "the complaint was decided before the order took effect"
        return Outcome("not_applicable", reason, (complaint,), complaint.time)
    # What was complained about is the use; where none is named, only the decision has a time.
    at = case.recorded.time if case.recorded else complaint.time
    if complaint.data.finding == "sustained":
        reason = f"a complaint against {complaint.data.employee_id} about {what} was sustained"
        return Outcome("violation", reason, (complaint,), at)
    reason = f"a complaint about {what} was not sustained"
    return Outcome("compliant", reason, (complaint,), at)
