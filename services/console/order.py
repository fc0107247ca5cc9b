"""The order in force: each clause in our words, in its own, and what judges it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schemas.policy import ClauseEntry, Policy
from services.order.concordance import Concordance, clause_table, concordance
from services.order.rule import Rule
from services.order.rulebook import rulebook
from services.order.story import policy_in_force
from services.runtime import findings
from services.runtime.search import Body

from .access import viewer_of
from .context import Context
from .inbox import ON_TRIAL, OPEN
from .parameters import NoQuery, parse
from .store import Store

HOW = {
    "automated": "Automated: decided by what systems and registries report",
    "attested": "Attested: a person must have said so, entitled to and in time",
    "informative": "Informative: nobody can violate it",
}


@dataclass(frozen=True)
class RuleLine:
    """A rule of a clause; `rule` is None where the clause table names one that there is not."""

    id: str
    rule: Rule | None
    on_trial: bool


@dataclass(frozen=True)
class ClauseLine:
    """`ours`: None where only the order's text has the clause. `text`: empty if not loaded."""

    id: str
    ours: ClauseEntry | None
    how: str
    text: str
    rules: list[RuleLine]
    findings: int


@dataclass(frozen=True)
class OrderPage:
    """`met`: how the text (or, where none is loaded, our clause table) meets the rules."""

    policy: Policy
    clauses: list[ClauseLine]
    met: Concordance

    @property
    def has_text(self) -> bool:
        """Whether the order's own text is loaded."""
        return bool(self.policy.text)


def routes(context: Context) -> list[BaseRoute]:
    """The page of the order; it counts findings that the viewer may see."""

    async def page(request: Request) -> Response:
        parse(NoQuery, request.query_params)
        found = await load(context.store, datetime.now(UTC), viewer_of(request).scope())
        return context.render(request, "order.html", page=found, active="order")

    return [Route("/order", page)]


async def load(store: Store, now: datetime, scope: list[Body]) -> OrderPage:
    """Read everything. Raises Unavailable."""
    changes, counted = await asyncio.gather(
        findings.policies(store.ask, store.indices),
        store.search(store.indices.findings, _counts(scope)),
    )
    buckets = counted["aggregations"]["clauses"]["buckets"]
    counts = {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}
    return page_of(policy_in_force(now, changes), counts)


def page_of(policy: Policy, counts: dict[str, int]) -> OrderPage:
    """The page of a policy; `counts`: open findings by clause."""
    table = clause_table(policy)
    text = policy.text
    names = [*text, *(clause for clause in table if clause not in text)]
    lines = [_line(name, table.get(name), policy, counts.get(name, 0)) for name in names]
    words = text or {clause: entry.title for clause, entry in table.items()}
    return OrderPage(policy, lines, concordance(words, table))


def _line(name: str, ours: ClauseEntry | None, policy: Policy, found: int) -> ClauseLine:
    known = {rule.id: rule for rule in rulebook()}
    ids = ours.rules if ours else []
    return ClauseLine(
        id=name,
        ours=ours,
        how=HOW[ours.how] if ours else "",
        text=policy.text.get(name, ""),
        rules=[RuleLine(i, known.get(i), i in policy.rules.shadow) for i in ids],
        findings=found,
    )


def _counts(scope: list[Body]) -> Body:
    return {
        "query": {"bool": {"filter": [OPEN, *scope], "must_not": [ON_TRIAL]}},
        "size": 0,
        "aggs": {"clauses": {"terms": {"field": "clause", "size": 1000}}},
    }
