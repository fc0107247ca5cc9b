"""What is somebody's to look at: what was given to them, and what today's roster makes theirs."""

from services.runtime.roster import Roster
from services.runtime.search import Body

from .access.viewer import Viewer
from .inbox import any_of


def mine(viewer: Viewer, roster: Roster) -> Body:
    """A filter on findings.

    What was given to nobody, or to somebody who is not on duty, is for the nearest supervisor who
    is, as for alerts; and where there is none, for PSIT. Never what is about themselves.
    """
    given = {"term": {"review.assignee_id": viewer.actor_id}}
    left = {"bool": {"filter": [_waits_for_roster(roster), _theirs(viewer, roster)]}}
    me = {"term": {"employee_id": viewer.actor_id}}
    return {"bool": {"filter": [any_of([given, left])], "must_not": [me]}}


def _waits_for_roster(roster: Roster) -> Body:
    given: Body = {"exists": {"field": "review.assignee_id"}}
    away = {"terms": {"review.assignee_id": sorted(roster.off_duty)}}
    return any_of([{"bool": {"must_not": [given]}}, away])


def _theirs(viewer: Viewer, roster: Roster) -> Body:
    led: Body = {"terms": {"employee_id": sorted(roster.looked_after_by(viewer.actor_id))}}
    if viewer.role != "psit":
        return led
    somebodys = {"terms": {"employee_id": sorted(roster.looked_after)}}
    return any_of([led, {"bool": {"must_not": [somebodys]}}])
