"""Whose decision on a product counts under clause C.1: a supervisor's on duty, never a maker's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.oversight import ApprovalDecided
from schemas.registry import EmployeeChanged

from .authority import RELIEVED


@dataclass(frozen=True)
class Approvers:
    """Who may decide on one product. `maker`: who used the system. `makers`: they, and whoever put
    the product to use. `employee`: the roster's entry of somebody at a time."""

    maker: str
    makers: frozenset[str]
    employee: Callable[[str, datetime], EmployeeChanged | None]
    chain_required: bool

    def objection(self, decision: ApprovalDecided) -> str | None:
        """Why a decision does not count, or None."""
        approver_id = decision.data.approver_id
        if approver_id in self.makers:
            return f"{approver_id} decided on a product of their own"
        approver = self.employee(approver_id, decision.time)
        if approver is None:
            return None
        if not approver.data.is_supervisor:
            return f"{approver_id}, who decided, was no supervisor at that time"
        if approver.data.status in RELIEVED:
            return f"{approver_id}, who decided, was {approver.data.status} at that time"
        if self._is_outside_chain(decision) and self._chain(decision)[1] is None:
            return f"{approver_id} is not in the chain of command of {self.maker}"
        return None

    def doubt(self, decision: ApprovalDecided, what: str) -> str | None:
        """What the roster leaves open of a decision to which nothing is objected, or None. `what`
        was decided on, in words."""
        approver_id = decision.data.approver_id
        if self.employee(approver_id, decision.time) is None:
            return f"{approver_id} decided on {what}, but is not on the roster"
        if self._is_outside_chain(decision):
            _, unknown = self._chain(decision)
            if unknown is not None:
                return (
                    f"{approver_id} decided on {what}, but the roster does not say whether in the"
                    f" chain of command of {self.maker}: nobody is named above {unknown}"
                )
        return None

    def _is_outside_chain(self, decision: ApprovalDecided) -> bool:
        """Whether the chain of command is required, and the approver not known to be in it."""
        return self.chain_required and decision.data.approver_id not in self._chain(decision)[0]

    def _chain(self, decision: ApprovalDecided) -> tuple[list[str], str | None]:
        """The chain of command above the person who used the system, nearest first; and after whom
        the roster loses it, or None: a superior on the roster who names nobody is its end."""
        chain: list[str] = []
        person = self.maker
        while True:
            entry = self.employee(person, decision.time)
            above = entry.data.supervisor_id if entry else None
            if above is None or above in chain:
                return chain, None if entry and chain else person
            chain.append(above)
            person = above


def by_time(decisions: Iterable[ApprovalDecided]) -> list[ApprovalDecided]:
    """Of a denial and an approval at the same instant, the denial counts as the later."""
    return sorted(decisions, key=lambda d: (d.time, not approves(d), d.source, d.id))


def approves(decision: ApprovalDecided) -> bool:
    """Whether it is an approval, and no denial."""
    return decision.data.decision == "approved"
