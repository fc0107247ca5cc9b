"""What nobody may record or retract, because it is about themselves."""

from collections.abc import Collection

from schemas.events import Event
from schemas.registry import WaiverGranted

_ABOUT = {
    "registry.employee.changed.v1": "your own entry in the roster",
    "registry.training.completed.v1": "your own training",
    "registry.consent.changed.v1": "your own consent",
}


def refusal(event: Event, actor_id: str, own_uses: Collection[str]) -> str | None:
    """Why this person may not state this, or retract it; None: they may. `own_uses`: subjects of
    uses that are theirs, the event's among them if it is one."""
    what = None
    if event.type in _ABOUT and getattr(event.data, "employee_id", None) == actor_id:
        what = _ABOUT[event.type]
    elif isinstance(event, WaiverGranted):
        if event.subject == f"employee/{actor_id}":
            what = "a waiver for yourself"
        elif event.subject in own_uses:
            what = "a waiver for your own use"
        elif event.data.approver_id == actor_id:
            what = "a waiver that you approved yourself"
    if what is None:
        return None
    return f"This is {what}. Nobody records what is about themselves: ask somebody else to do it."
