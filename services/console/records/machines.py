"""AI systems: what is registered of them, and how they stand by the order's own rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from schemas.events import Event
from schemas.policy import Policy
from schemas.registry import SystemChanged, SystemChangedData, Validity
from services.order.case import Case
from services.order.outcome import Outcome
from services.order.registry import Registry, RegistryView
from services.order.rule import Rule
from services.order.rulebook import rulebook
from services.runtime.search import Body

from ..facts import Facts
from ..parameters import Page, Query
from ..store import Store

Standing = Literal[
    "approved", "not_approved", "unregistered", "audit_soon", "audit_overdue", "no_safeguards",
    "no_agreement",
]  # fmt: skip
STANDINGS: dict[Standing, str] = {
    "approved": "Approved now",
    "not_approved": "Registered, not approved now",
    "unregistered": "Seen in use, not registered",
    "audit_soon": "Approved, audit due soon",
    "audit_overdue": "Approved, audit overdue",
    "no_safeguards": "Approved, no safeguards in force",
    "no_agreement": "Approved, no agreement with its vendor in force",
}
_MOST = 1000


class SystemsQuery(Query):
    standing: Standing | None = None
    page: Page = 1


@dataclass(frozen=True)
class Machine:
    """A system. `data`: of its registration, if there is one. `audit`, `agreement`: what the rules
    for H.2 and B.4.b say of it. `audit_due`: when its next audit is. `uses`: dossiers of uses."""

    system_id: str
    data: SystemChangedData | None
    is_approved: bool = False
    is_safeguarded: bool = False
    audit: Outcome | None = None
    audit_due: datetime | None = None
    agreement: Outcome | None = None
    uses: int = 0
    findings: int = 0

    def has(self, standing: Standing) -> bool:
        """Whether it is one of those that a list is asked for."""
        if standing == "unregistered":
            return self.data is None
        if standing == "approved" or not self.is_approved:
            wanted: Standing = "approved" if self.is_approved else "not_approved"
            return self.data is not None and standing == wanted
        return {
            "audit_soon": self.audit is not None and self.audit.verdict == "pending",
            "audit_overdue": self.audit is not None and self.audit.verdict == "violation",
            "no_safeguards": not self.is_safeguarded,
            "no_agreement": self.agreement is not None and self.agreement.verdict == "violation",
        }.get(standing, False)


async def seen(store: Store, filters: list[Body]) -> dict[str, int]:
    """Uses by system, as far as they were judged. Raises Unavailable."""
    systems = {"systems": {"terms": {"field": "system_id", "size": _MOST}}}
    body = {
        "query": {"bool": {"filter": [{"term": {"kind": "use"}}, *filters]}},
        "size": 0,
        "aggs": systems,
    }
    response = await store.search(store.indices.metrics, body)
    return _buckets(response)


async def found(store: Store, filters: list[Body]) -> dict[str, int]:
    """Open findings by system. Raises Unavailable."""
    systems = {"systems": {"terms": {"field": "system_id", "size": _MOST}}}
    body = {"query": {"bool": {"filter": filters}}, "size": 0, "aggs": systems}
    return _buckets(await store.search(store.indices.findings, body))


def _buckets(response: Body) -> dict[str, int]:
    buckets = response["aggregations"]["systems"]["buckets"]
    return {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}


def machines(
    facts: Facts, now: datetime, uses: dict[str, int], findings: dict[str, int]
) -> list[Machine]:
    """Every system that is registered or was seen in use, by name."""
    policy = facts.policy(now)
    known = {entry.data.system_id: entry for entry in facts.systems(now)}
    made = []
    for system_id in sorted(known.keys() | uses.keys()):
        counts = uses.get(system_id, 0), findings.get(system_id, 0)
        entry = known.get(system_id)
        if entry is None:
            made.append(Machine(system_id, None, uses=counts[0], findings=counts[1]))
        else:
            made.append(_machine(entry, facts.registry, now, policy, *counts))
    return made


def matching(all_of_them: Iterable[Machine], query: SystemsQuery) -> list[Machine]:
    """Those that are asked for."""
    return [m for m in all_of_them if query.standing is None or m.has(query.standing)]


def _machine(
    entry: SystemChanged, known: Registry, now: datetime, policy: Policy, uses: int, findings: int
) -> Machine:
    case = _case(entry.subject, known, now, policy)
    audit = _rule("yearly_audit").check(case)
    since, until = entry.data.approved_from, entry.data.approved_to
    approved = None if since is None else Validity(**{"from": since, "to": until})  # type: ignore[arg-type]
    return Machine(
        entry.data.system_id,
        entry.data,
        is_approved=case.holds(approved, now),
        is_safeguarded=case.holds(entry.data.safeguards, now),
        audit=audit,
        audit_due=_audit_due(audit, policy),
        agreement=_rule("exchange_agreement").check(case),
        uses=uses,
        findings=findings,
    )


def _case(subject: str, known: Registry, now: datetime, policy: Policy) -> Case:
    """What the checker judges a system's standing duties by."""
    facts: tuple[Event, ...] = tuple(known.facts(subject))
    return Case(subject, facts, RegistryView(known, now, subject), now, now, policy, None)


def _rule(name: str) -> Rule:
    return next(rule for rule in rulebook() if rule.id == name)


def _audit_due(audit: Outcome, policy: Policy) -> datetime | None:
    """By when the next audit is: as the rule says where it is soon or was, else an interval after
    what the rule counts from."""
    if audit.verdict == "not_applicable" or audit.at is None:
        return None
    if audit.verdict in ("pending", "violation"):
        return audit.deadline
    return audit.at + timedelta(days=policy.audit.every_days)


def until(validity: Validity | None) -> date | datetime | None:
    """When something ends that was put in force; None: it has no end."""
    return validity.to if validity else None
