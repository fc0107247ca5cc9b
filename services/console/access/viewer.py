"""Who looks at a page: what they may do, and which findings they may see."""

from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request

from schemas.accounts import Account, Role

Permission = Literal[
    "review", "approvals", "approve", "registry", "dashboards", "export", "everything", "accounts"
]
"""review: act on findings. approvals: see what was asked for and decided. approve: decide on it.
registry: change who and what there is. dashboards, export: as they say. everything: see all
findings and sources, not only those of one's own people. accounts: who may sign in."""

_ALL: frozenset[Permission] = frozenset(
    ("review", "approvals", "approve", "registry", "dashboards", "export", "everything", "accounts")
)
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "supervisor": frozenset(("review", "approvals", "approve", "export")),
    "psit": _ALL - {"accounts"},
    "auditor": frozenset(("approvals", "dashboards", "export", "everything")),
    "administrator": _ALL,
}
ROLES: dict[Role, str] = {
    "supervisor": "Supervisor",
    "psit": "Public Safety IT",
    "auditor": "Auditor (reads only)",
    "administrator": "Administrator",
}
"""What to call each role."""


class Forbidden(Exception):
    """It was understood and is refused: the text says why, as a sentence in plain words."""


@dataclass(frozen=True)
class Viewer:
    """Somebody who is signed in. `chain`: employee ids of everybody in their chain of command;
    looked up for supervisors alone, who see no more than that."""

    account: Account
    chain: frozenset[str] = frozenset()

    @property
    def actor_id(self) -> str:
        """Under which name what they do is recorded: their employee id."""
        return self.account.employee_id

    @property
    def role(self) -> Role:
        return self.account.role

    def may(self, permission: Permission) -> bool:
        """Whether their role allows it."""
        return permission in PERMISSIONS[self.role]

    def scope(self) -> list[dict[str, Any]]:
        """Elasticsearch filters on findings: those that they may see. Empty: all.

        A supervisor sees what is about their people or was given to them, and never what is about
        themselves.
        """
        if self.may("everything"):
            return []
        mine = [
            {"terms": {"employee_id": sorted(self.chain)}},
            {"term": {"review.assignee_id": self.actor_id}},
        ]
        me = {"term": {"employee_id": self.actor_id}}
        return [{"bool": {"should": mine, "minimum_should_match": 1, "must_not": [me]}}]


def viewer_of(request: Request) -> Viewer:
    """Who asks; every page of an area has somebody."""
    viewer: Viewer = request.state.viewer
    return viewer


def require(request: Request, permission: Permission) -> Viewer:
    """Who asks, if their role allows it. Raises Forbidden, which becomes a page."""
    viewer = viewer_of(request)
    if not viewer.may(permission):
        raise Forbidden(
            f"Your account has the role “{ROLES[viewer.role]}”, which does not include this."
        )
    return viewer
