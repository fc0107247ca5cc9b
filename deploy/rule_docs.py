"""`python -m deploy.rule_docs [--check | --policy FILE]`: docs/rules.md and docs/coverage.md, from
the rule files.

`--check` changes nothing and exits 1 if a document differs from what would be written. `--policy`
prints the coverage of the order whose clause table that policy brings.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import shorten

from deploy.native.settings import ROOT
from schemas.policy import ClauseEntry, Policy
from schemas.verdicts import FINDING_KINDS, VERDICT_KINDS
from services.cli.failures import Failure
from services.cli.policy_file import read_policy
from services.order.clauses import CLAUSES
from services.order.concordance import clause_table
from services.order.rule import Example, Rule
from services.order.rulebook import examples, rulebook

DOCS = ROOT / "docs"
ORDER = [clause.id for clause in CLAUSES]
NO_RULE = "**none yet**"
NONE_NEEDED = "none needed"

_LONGEST_VALUE = 80
_HEADER = "<!-- Made by `make generate` from the rule files: change those, not this. -->\n"
_RULES = """# Rules

Each rule is one file in `services/order/rules/`; its examples are tests (`changing-a-rule.md` tells
how to change one). An example *fires* if it ends in a finding: a verdict that needs a person.
*Asks for* is what a finding shows as what would have been compliant. Settings are keys of the
policy (`deploy/policy.toml`), here with their defaults.
"""
_COVERAGE = """# Coverage of {order}

Every clause with the rule that judges it, and how many examples of that rule end in which verdict
(under the default policy). *Automated* clauses are decided by what systems and registries report;
for *attested* ones a person has to say that it was done, and Blotter checks that somebody entitled
said so in time; *informative* ones ask for nothing that anybody could violate.
"""


def documents() -> dict[str, str]:
    """Each document's text by its file name."""
    by_rule = _by_rule()
    return {"rules.md": rules_page(by_rule), "coverage.md": f"{_HEADER}\n{coverage_page(by_rule)}"}


def rules_page(by_rule: Sequence[tuple[Rule, Sequence[Example]]]) -> str:
    """Every rule: what it looks at, and what each of its examples ends in."""
    return "\n".join([_HEADER, _RULES, *(_rule_section(*item) for item in by_rule)])


def coverage_page(
    by_rule: Sequence[tuple[Rule, Sequence[Example]]], policy: Policy | None = None
) -> str:
    """The matrix of clauses, rules and the verdicts of examples, and what is left to build.

    `policy`: with another order's clause table; by default that of General Order 390.01.
    """
    policy = policy or Policy()
    table = clause_table(policy)
    order = policy.edition if policy.clauses else "General Order 390.01"
    head = ["clause", "asks", "judged", "rule", *VERDICT_KINDS]
    rows = [r for item in table.items() for r in _coverage_rows(*item, by_rule, policy)]
    parts = [_COVERAGE.format(order=order), _totals(table, by_rule, policy), _table(head, rows)]
    if unused := [rule for rule, _ in by_rule if rule.clause_in(policy) is None]:
        told = ", ".join(f"`{rule.id}`" for rule in unused)
        parts.append(f"This order names none of these rules, and they are not judged: {told}.\n")
    return "\n".join(parts)


def _by_rule() -> list[tuple[Rule, Sequence[Example]]]:
    """Rules in the order of the clauses, with their examples."""
    shown: dict[str, list[Example]] = {rule.id: [] for rule in sorted(rulebook(), key=_place)}
    for rule, example in examples():
        shown[rule.id].append(example)
    by_id = {rule.id: rule for rule in rulebook()}
    return [(by_id[rule_id], some) for rule_id, some in shown.items()]


def _place(rule: Rule) -> tuple[int, str]:
    return ORDER.index(rule.clause), rule.id


def _rule_section(rule: Rule, shown: Sequence[Example]) -> str:
    also = f" · covers {', '.join(rule.also)} too" if rule.also else ""
    facts = (
        f"`{rule.id}` · version {rule.version} · severity {rule.severity} · "
        f"looks at: {', '.join(rule.kinds)}{also}"
    )
    parts = [f"## {rule.clause} {rule.title}\n", facts + "\n", f"Asks for: {rule.remedy}.\n"]
    if rule.settings:
        parts.append(f"Settings: {', '.join(map(_setting, rule.settings))}.\n")
    fires = [e for e in shown if e.expect in FINDING_KINDS]
    rests = [e for e in shown if e.expect not in FINDING_KINDS]
    for what, some in (("Fires", fires), ("Does not fire", rests)):
        rows = [[example.name, example.expect] for example in some]
        parts.append(_table([what.lower() + " when", "verdict"], rows))
    return "\n".join(parts)


def _setting(key: str) -> str:
    value = shorten(json.dumps(Policy().setting(key)), _LONGEST_VALUE, placeholder=" …")
    return f"`{key}` (`{value}`)"


def _coverage_rows(
    clause: str,
    entry: ClauseEntry,
    by_rule: Iterable[tuple[Rule, Sequence[Example]]],
    policy: Policy,
) -> list[list[str]]:
    what = [f"**{clause}**", entry.title, ": ".join(filter(None, (entry.how, entry.note)))]
    rows = []
    within = []
    for rule, shown in by_rule:
        if rule.clause_in(policy) == clause:
            counts = Counter(example.expect for example in shown)
            rows.append([*what, f"`{rule.id}`", *(str(counts[k] or "") for k in VERDICT_KINDS)])
        elif clause in rule.also and not policy.clauses:
            within.append(f"`{rule.id}` ({rule.clause})")
    if not rows:
        nothing = NONE_NEEDED if entry.how == "informative" else NO_RULE
        covered = "within " + ", ".join(within) if within else nothing
        rows.append([*what, covered, *[""] * len(VERDICT_KINDS)])
    return rows


def _totals(
    table: dict[str, ClauseEntry],
    by_rule: Sequence[tuple[Rule, Sequence[Example]]],
    policy: Policy,
) -> str:
    asking = [clause for clause, entry in table.items() if entry.how != "informative"]
    used = [(rule, shown) for rule, shown in by_rule if rule.clause_in(policy) is not None]
    also = {clause for rule, _ in used for clause in rule.also if not policy.clauses}
    built = {rule.clause_in(policy) for rule, _ in used} | also
    left = [clause for clause in asking if clause not in built]
    number = sum(len(shown) for _, shown in used)
    text = (
        f"{len(asking) - len(left)} of {len(asking)} clauses that ask for something are judged, "
        f"by {len(used)} rules with {number} examples."
    )
    return text + (f" Without a rule: {', '.join(left)}.\n" if left else "\n")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def drifted() -> list[str]:
    """Names of the documents that are missing or differ."""
    return [
        name
        for name, text in documents().items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.rule_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell what differs")
    parser.add_argument("--policy", metavar="FILE", help="print the coverage of that order")
    asked = parser.parse_args()
    if asked.policy:
        return _print_coverage(asked.policy)
    check = asked.check
    names = drifted()
    for name in names:
        if not check:
            DOCS.mkdir(exist_ok=True)
            (DOCS / name).write_text(documents()[name], encoding="utf-8")
        print(f"docs/{name}: {'differs; run make generate' if check else 'written'}")
    return 1 if check and names else 0


def _print_coverage(path: str) -> int:
    try:
        policy = read_policy(path)
    except Failure as error:
        print(error.format_message(), file=sys.stderr)
        return 2
    print(coverage_page(_by_rule(), policy), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
