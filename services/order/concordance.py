"""How the order's own text, our clause table and the rules meet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schemas.policy import ClauseEntry, Policy

from .clauses import CLAUSES
from .official import parent
from .rulebook import rulebook

BY_DESIGN = "completeness"
"""The clause of rules about the log itself, which no order has."""


def clause_table(policy: Policy) -> dict[str, ClauseEntry]:
    """The clause table that a policy goes by: its own, else that of General Order 390.01."""
    if policy.clauses:
        return policy.clauses
    return {
        clause.id: ClauseEntry(
            title=clause.title,
            how=clause.how,
            rules=[rule.id for rule in rulebook() if clause.id in (rule.clause, *rule.also)],
            note=clause.note,
        )
        for clause in CLAUSES
    }


@dataclass(frozen=True)
class Concordance:
    """How a text and a clause table meet.

    `lacking`: clauses that ask for something and have no rule. `informative`: without a rule, and
    needing none. `homeless`: rules, by id, with the clause that they name and the text lacks
    (empty: none). `absent`: the table's clauses that the text does not have. `by_design`: rules
    that belong to no clause.
    """

    lacking: list[str]
    informative: list[str]
    homeless: dict[str, str]
    absent: list[str]
    by_design: list[str]


def concordance(text: Mapping[str, str], table: Mapping[str, ClauseEntry]) -> Concordance:
    """Compare a text's clauses with a table's."""
    judged = {clause for clause in text if clause in table and table[clause].rules}
    headings = _headings(text, table, judged)
    without = [clause for clause in text if clause not in judged | headings]
    informative = [clause for clause in without if _is_informative(clause, table)]
    homes: dict[str, str] = {}
    for clause, entry in table.items():
        for rule in entry.rules:
            homes.setdefault(rule, clause)
    housed = {rule for clause in judged for rule in table[clause].rules}
    by_design = [rule.id for rule in rulebook() if rule.clause == BY_DESIGN]
    strays = [rule.id for rule in rulebook() if rule.id not in {*housed, *by_design}]
    return Concordance(
        lacking=[clause for clause in without if clause not in informative],
        informative=informative,
        homeless={rule: homes.get(rule, "") for rule in strays},
        absent=[clause for clause in table if clause not in text and clause != BY_DESIGN],
        by_design=by_design,
    )


def _headings(
    text: Mapping[str, str], table: Mapping[str, ClauseEntry], judged: Iterable[str]
) -> set[str]:
    """Clauses which only introduce those below: no entry of their own, and either a rule below, or
    words that break off."""
    parents = {higher for clause in text for higher in above(clause)}
    covered = {higher for clause in judged for higher in above(clause)}
    broken_off = {clause for clause in parents if text.get(clause, "").endswith((":", "-", "–"))}
    wordless = {clause for clause in text if not text[clause]}
    return (covered | broken_off | wordless) - table.keys()


def above(clause: str) -> Iterator[str]:
    """What a clause stands under, the nearest first."""
    while clause := parent(clause):
        yield clause


def _is_informative(clause: str, table: Mapping[str, ClauseEntry]) -> bool:
    """A clause that the table does not know asks as little as the one above it."""
    entry = next((table[c] for c in (clause, *above(clause)) if c in table), None)
    return entry is not None and entry.how == "informative"
