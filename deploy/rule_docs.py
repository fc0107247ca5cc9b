"""`python -m deploy.rule_docs [--check]`: docs/rules.md and docs/coverage.md, from the rule files.

`--check` changes nothing and exits 1 if a document differs from what would be written.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from deploy.native.settings import ROOT
from schemas.verdicts import FINDING_KINDS, VERDICT_KINDS
from services.order.clauses import CLAUSES, Clause
from services.order.rule import Example, Rule
from services.order.rulebook import examples, rulebook

DOCS = ROOT / "docs"
ORDER = [clause.id for clause in CLAUSES]
NOT_BUILT = "not built yet"

_HEADER = "<!-- Made by `make generate` from the rule files: change those, not this. -->\n"
_RULES = """# Rules

Each rule is one file in `services/order/rules/`; its examples are tests (`changing-a-rule.md` tells
how to change one). An example *fires* if it ends in a finding: a verdict that needs a person.
"""
_COVERAGE = """# Coverage

Every clause of General Order 390.01 with the rule that judges it, and how many examples of that
rule end in which verdict. *Automated* clauses are decided by what systems and registries report;
for *attested* ones a person has to say that it was done, and Blotter checks that somebody entitled
said so in time; *informative* ones ask for nothing. What has no rule yet says so.
"""


def documents() -> dict[str, str]:
    """Each document's text by its file name."""
    by_rule = [(rule, _examples_of(rule)) for rule in sorted(rulebook(), key=_place)]
    return {"rules.md": rules_page(by_rule), "coverage.md": coverage_page(by_rule)}


def rules_page(by_rule: Sequence[tuple[Rule, Sequence[Example]]]) -> str:
    """Every rule: what it looks at, and what each of its examples ends in."""
    return "\n".join([_HEADER, _RULES, *(_rule_section(*item) for item in by_rule)])


def coverage_page(by_rule: Sequence[tuple[Rule, Sequence[Example]]]) -> str:
    """The matrix of clauses, rules and the verdicts of examples, and what is left to build."""
    head = ["clause", "asks", "how", "rule", *VERDICT_KINDS]
    rows = [row for clause in CLAUSES for row in _coverage_rows(clause, by_rule)]
    notes = [[clause.id, clause.note] for clause in CLAUSES]
    return "\n".join(
        [
            _HEADER,
            _COVERAGE,
            _totals(by_rule),
            _table(head, rows),
            "## What each clause is judged by\n",
            _table(["clause", "by"], notes),
        ]
    )


def _place(rule: Rule) -> tuple[int, str]:
    """Rules in the order of the clauses."""
    return ORDER.index(rule.clause), rule.id


def _examples_of(rule: Rule) -> list[Example]:
    return [example for owner, example in examples() if owner is rule]


def _rule_section(rule: Rule, shown: Sequence[Example]) -> str:
    also = f" · covers {', '.join(rule.also)} too" if rule.also else ""
    facts = (
        f"`{rule.id}` · version {rule.version} · severity {rule.severity} · "
        f"looks at: {', '.join(rule.kinds)}{also}"
    )
    fires = [e for e in shown if e.expect in FINDING_KINDS]
    rests = [e for e in shown if e.expect not in FINDING_KINDS]
    parts = [f"## {rule.clause} {rule.title}\n", facts + "\n"]
    for what, some in (("Fires", fires), ("Does not fire", rests)):
        rows = [[example.name, example.expect] for example in some]
        parts.append(_table([what.lower() + " when", "verdict"], rows))
    return "\n".join(parts)


def _coverage_rows(
    clause: Clause, by_rule: Iterable[tuple[Rule, Sequence[Example]]]
) -> list[list[str]]:
    what = [f"**{clause.id}**", clause.title, clause.how]
    rows = []
    within = []
    for rule, shown in by_rule:
        if rule.clause == clause.id:
            counts = Counter(example.expect for example in shown)
            rows.append([*what, f"`{rule.id}`", *(str(counts[k] or "") for k in VERDICT_KINDS)])
        elif clause.id in rule.also:
            within.append(f"`{rule.id}` ({rule.clause})")
    if not rows:
        nothing = "–" if clause.how == "informative" else NOT_BUILT
        covered = "within " + ", ".join(within) if within else nothing
        rows.append([*what, covered, *[""] * len(VERDICT_KINDS)])
    return rows


def _totals(by_rule: Sequence[tuple[Rule, Sequence[Example]]]) -> str:
    judged = [clause.id for clause in CLAUSES if clause.how != "informative"]
    built = {clause for rule, _ in by_rule for clause in (rule.clause, *rule.also)}
    left = [clause for clause in judged if clause not in built]
    number = sum(len(shown) for _, shown in by_rule)
    text = (
        f"{len(built)} of {len(judged)} clauses are judged, by {len(by_rule)} rules "
        f"with {number} examples."
    )
    return text + (f" Not built yet: {', '.join(left)}.\n" if left else "\n")


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
    check = parser.parse_args().check
    names = drifted()
    for name in names:
        if not check:
            DOCS.mkdir(exist_ok=True)
            (DOCS / name).write_text(documents()[name], encoding="utf-8")
        print(f"docs/{name}: {'differs; run make generate' if check else 'written'}")
    return 1 if check and names else 0


if __name__ == "__main__":
    sys.exit(main())
