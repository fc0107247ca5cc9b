"""`make new-rule CLAUSE=D.4 [NAME=slug]`: a rule file to fill in, whose tests fail until it is.

The folder of rules is the registry, so this one file is all that a rule needs.
"""

import argparse
import re
import sys
from pathlib import Path

from services.order import rules
from services.order.clauses import CLAUSES, Clause
from services.order.rulebook import rulebook

FOLDER = Path(rules.__path__[0])
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_NAME = 40
_WORDS_IN_NAME = 3

# Of each kind of subject one, and the event that makes it known.
_SUBJECTS = {
    "use": ("use/U-1", "use", "use()"),
    "action": ("action/A-1", "action", 'action(after(0), [{"kind": "witness"}])'),
    "share": ("share/SH-1", "shared", 'shared(after(0), ("agency", "Yolo"))'),
    "employee": ("employee/E-1", "use", "use()"),
    "system": ("system/writer", "use", "use()"),
    "procurement": ("procurement/P-1", "procurement", "procurement(after(0))"),
    "source": ("source/vendors/acme/x", "use", "use()"),
}

_TEMPLATE = '''\
"""{clause}: {title}."""

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import {imports}


def check(case: Case) -> Outcome:
    """When it is compliant; when it is not, and what is waited for. (Write this last.)"""
    todo = "nobody has written this rule yet; docs/changing-a-rule.md tells how"
    return Outcome("undetermined", todo, case.events)


RULE = Rule(
    clause="{clause}",
    id="{name}",
    title="what this rule asks, in our own words",
    remedy="what would have made it compliant, in one plain phrase",
    severity="medium",
    kinds=("{kind}",),
    check=check,
)

EXAMPLES = [
    Example(
        "keeps to it (say what that is, as events)",
        [*department(), {event}],
        "{subject}",
        "compliant",
        after(48),
    ),
    Example(
        "does not keep to it (say how)",
        [*department(), {event}],
        "{subject}",
        "violation",
        after(48),
        "words that the reason must contain",
    ),
]
'''
_NEXT = """\
written: {path}

1. Fill in EXAMPLES, then check and RULE (docs/changing-a-rule.md says how).
2. .venv/bin/python -m pytest tests/rules -k {name}
   fails until the examples come true; now it says "nobody has written this rule yet".
3. .venv/bin/ruff format services/order/rules, make generate, make lint.
{others}"""


class Refused(Exception):
    """No file can be made of what was asked; the text says why, and what to do."""


def new_rule(clause_id: str, name: str = "", folder: Path = FOLDER) -> tuple[Path, str, str]:
    """The file of a new rule of a clause: its path, its text, and what to do next.

    `name`: becomes the rule's id; by default made of the clause's title. Raises Refused.
    """
    clause = _clause(clause_id)
    slug = name or _default_name(clause)
    if not _NAME.fullmatch(slug) or len(slug) > _LONGEST_NAME:
        raise Refused(
            f"NAME={slug}: must be lower-case words joined by _, such as plate_reason, "
            f"of at most {_LONGEST_NAME} characters"
        )
    path = folder / f"{clause.id.lower().replace('.', '')}_{slug}.py"
    if path.exists():
        raise Refused(f"{path.name} exists already: change it, or give another NAME=")
    if taken := [rule for rule in rulebook() if rule.id == slug]:
        raise Refused(f"NAME={slug}: a rule of {taken[0].clause} has that id; give another NAME=")
    others = [kind for kind in clause.subjects if kind != clause.subjects[0]]
    told = f"The clause is also about: {', '.join(others)} (`kinds`).\n" if others else ""
    return path, _skeleton(clause, slug), _NEXT.format(path=path, name=slug, others=told)


def _clause(clause_id: str) -> Clause:
    known = {clause.id: clause for clause in CLAUSES}
    if clause_id not in known:
        judged = ", ".join(clause.id for clause in CLAUSES if clause.subjects)
        raise Refused(
            f"CLAUSE={clause_id}: there is no such clause in services/order/clauses.py, which "
            f"has {judged}"
        )
    if not known[clause_id].subjects:
        raise Refused(f"CLAUSE={clause_id}: nobody can violate it. {known[clause_id].note}")
    return known[clause_id]


def _default_name(clause: Clause) -> str:
    words = [word for word in re.findall(r"[a-z]+", clause.title.lower()) if len(word) > 3]
    return "_".join(words[:_WORDS_IN_NAME])


def _skeleton(clause: Clause, name: str) -> str:
    kind = clause.subjects[0]
    subject, builder, event = _SUBJECTS[kind]
    return _TEMPLATE.format(
        clause=clause.id,
        title=clause.title,
        name=name,
        kind=kind,
        subject=subject,
        event=event,
        imports=", ".join(sorted({"after", "department", builder})),
    )


def main() -> int:
    """Run the command; return the exit status: 0 written, 2 refused."""
    parser = argparse.ArgumentParser(prog="python -m deploy.new_rule", description=__doc__)
    parser.add_argument("clause", nargs="?", default="")
    parser.add_argument("name", nargs="?", default="")
    asked = parser.parse_args()
    if not asked.clause:
        print("say which clause: make new-rule CLAUSE=D.4 [NAME=slug]", file=sys.stderr)
        return 2
    try:
        path, text, following = new_rule(asked.clause, asked.name)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(following, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
