"""The words of a message: a plain opening and a link. Pure.

No text of a finding is in them: only its clause and its rule's title, if the rulebook has both, how
it stands, how severe it is, how many there are, when a duty is due, and ids by which the console
finds them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from schemas.alerts import Alert, AlertLine, DigestNumbers, DutyLine, Standing, What
from schemas.verdicts import Severity
from services.order.rulebook import rulebook
from services.order.times import said

MOST_LINES = 20
_CLAUSE = re.compile(r"[A-Z0-9]{1,2}(\.[A-Za-z0-9]{1,2}){0,4}|completeness")
_FINDING_ID = re.compile(r"f-[0-9a-f]{24}")
_OPAQUE_USE = re.compile(r"use/[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
"""As the emitter makes them. What others call a record may say more than a mail should."""

_STANDINGS: Mapping[Standing, str] = {
    "violation": "Possible violation of {clause}",
    "undetermined": "Could not be decided under {clause}",
    "cured": "Mended after its deadline under {clause}",
    "withdrawn": "Withdrawn under {clause}",
}
_COUNTED: Mapping[Standing, tuple[str, str]] = {
    "violation": ("1 possible violation", "{:,} possible violations"),
    "undetermined": ("1 to look at", "{:,} to look at"),
    "cured": ("1 mended late", "{:,} mended late"),
    "withdrawn": ("1 withdrawn", "{:,} withdrawn"),
}
_BEFORE: Mapping[str, str] = {
    "opened": "",
    "changed": "Changed: ",
    "reminder": "Soon to be acknowledged: ",
    "deadline": "Its deadline is near: ",
    "escalated": "Not acknowledged in time: ",
}
_ORDER: Sequence[tuple[str, ...]] = (
    get_args(Standing),
    ("high", "medium", "low"),
    ("escalated", "opened", "reminder", "deadline", "changed"),
)
_FOOT = (
    "Names, case numbers and reasons are left out of this message on purpose. The console shows\n"
    "them after you have signed in.\n"
)


class Kind(NamedTuple):
    """What the findings of one line of a message share; the most urgent stand first."""

    standing: Standing
    severity: Severity
    what: What
    clause: str


@dataclass(frozen=True)
class Part:
    """One line of a message: its words, the rule's title, where the console shows it, and the same
    for machines."""

    text: str
    title: str
    link: str
    fields: dict[str, object] = field(default_factory=dict)


def parts(alert: Alert, console: str, zone: ZoneInfo) -> list[Part]:
    """What a message says, line by line. `console`: the address that its pages begin with; `zone`:
    of the times in it."""
    base = console.rstrip("/")
    if alert.digest is not None:
        return [Part(_digest(alert.digest), "", f"{base}/")]
    groups = _grouped(alert)
    shown = [_part(kind, lines, base) for kind, lines in groups]
    shown += [_reminder(line, base, zone) for line in alert.duties]
    if len(shown) > MOST_LINES:
        left = sum(_count(lines) for _, lines in groups[MOST_LINES:])
        left += sum(len(line.duties) for line in alert.duties[MOST_LINES:])
        more = _duties(left) if alert.duties else _findings(left)
        shown[MOST_LINES:] = [Part(f"And {more} more", "", f"{base}/")]
    return shown


def subject(alert: Alert, zone: ZoneInfo) -> str:
    """The message's subject line: of one kind its words, of several how many of each there are."""
    if alert.digest is not None:
        return _digest(alert.digest)
    if alert.duties:
        return _still_open(alert.duties, zone)
    groups = _grouped(alert)
    if len(groups) == 1:
        return _opening(groups[0][0], _count(groups[0][1]))
    counts: Counter[Standing] = Counter()
    for kind, lines in groups:
        counts[kind.standing] += _count(lines)
    befores = {_before(kind) for kind, _ in groups}
    before = befores.pop() if len(befores) == 1 else ""
    return before + ", ".join(_counted(*each) for each in counts.items())


def body(alert: Alert, console: str, zone: ZoneInfo) -> str:
    """The message as plain text."""
    blocks = []
    for part in parts(alert, console, zone):
        rule = f"Asked for: {part.title}\n" if part.title else ""
        blocks.append(f"{part.text}:\n{rule}{part.link}\n")
    return "\n".join([*blocks, _FOOT])


def clause(name: str) -> str:
    """The clause as the order numbers it; what does not look like one is not repeated."""
    return f"clause {name}" if _CLAUSE.fullmatch(name) else "a clause of the order"


def title(rule: str) -> str:
    """What the rule asks for, in the rulebook's words; empty for a rule that it does not have."""
    return _titles().get(rule, "")


def _grouped(alert: Alert) -> list[tuple[Kind, list[AlertLine]]]:
    """The lines of an alert by kind: whatever their causes are, they read alike."""
    groups: dict[Kind, list[AlertLine]] = defaultdict(list)
    for line in alert.lines:
        groups[Kind(line.standing, line.severity, line.what, line.clause)].append(line)
    return sorted(groups.items(), key=lambda group: _place(group[0]))


def _place(kind: Kind) -> tuple[object, ...]:
    return (*(order.index(name) for order, name in zip(_ORDER, kind, strict=False)), kind.clause)


def _part(kind: Kind, lines: list[AlertLine], base: str) -> Part:
    count = _count(lines)
    titles = {title(line.rule) for line in lines}
    told = {"what": kind.what, "standing": kind.standing, "severity": kind.severity}
    return Part(
        _opening(kind, count),
        titles.pop() if len(titles) == 1 else "",
        _link(kind, lines, base),
        {**told, "clause": clause(kind.clause), "count": count},
    )


def _reminder(line: DutyLine, base: str, zone: ZoneInfo) -> Part:
    first = min(each.deadline for each in line.duties)
    told = {"what": "duty", "clause": clause(line.clause), "count": len(line.duties)}
    link = _duty_link(line, base)
    text = _still_open([line], zone)
    return Part(text, title(line.rule), link, {**told, "deadline": first})


def _still_open(lines: Sequence[DutyLine], zone: ZoneInfo) -> str:
    """`Still open under clause D.2, due by Mar 2, 2026, 16:00 PST, 1 duty`."""
    times = [each.deadline for line in lines for each in line.duties]
    due = said(min(times).astimezone(zone).replace(microsecond=0))
    by = f"due by {due}" if len(set(times)) == 1 else f"the first due by {due}"
    clauses = {clause(line.clause) for line in lines}
    under = f" under {clauses.pop()}" if len(clauses) == 1 else ""
    return f"Still open{under}, {by}, {_duties(len(times))}"


def _duty_link(line: DutyLine, base: str) -> str:
    if len(line.duties) == 1 and _OPAQUE_USE.fullmatch(line.duties[0].dossier):
        return f"{base}/records/of/{line.duties[0].dossier}"
    return f"{base}/records?{urlencode({'duty': 'open', **_asked(line.clause)})}"


def _opening(kind: Kind, count: int) -> str:
    """`Possible violation of clause C.1 (high severity), 3 findings`."""
    stands = _STANDINGS[kind.standing].format(clause=clause(kind.clause))
    return f"{_before(kind)}{stands} ({kind.severity} severity), {_findings(count)}"


def _before(kind: Kind) -> str:
    return "" if kind.standing == "withdrawn" else _BEFORE[kind.what]


def _link(kind: Kind, lines: list[AlertLine], base: str) -> str:
    """One finding, the findings of one entry, or all that read alike."""
    name = lines[0].findings[0].finding_id
    if len(lines) == 1 and len(lines[0].findings) == 1 and _FINDING_ID.fullmatch(name):
        return f"{base}/findings/{name}"
    if len(lines) == 1:
        return f"{base}/?entry={lines[0].entry}&state=all"
    asked = {**_asked(kind.clause), "severity": kind.severity}
    if kind.standing == "withdrawn":
        return f"{base}/?{urlencode({**asked, 'state': 'withdrawn'})}"
    return f"{base}/?{urlencode({**asked, 'verdict': kind.standing, 'state': 'all'})}"


def _asked(name: str) -> dict[str, str]:
    return {"clause": name} if _CLAUSE.fullmatch(name) else {}


def _count(lines: list[AlertLine]) -> int:
    return sum(len(line.findings) for line in lines)


def _counted(standing: Standing, count: int) -> str:
    one, many = _COUNTED[standing]
    return one if count == 1 else many.format(count)


def _digest(numbers: DigestNumbers) -> str:
    found = numbers.high + numbers.medium + numbers.low
    each = ", ".join(
        f"{count} of {name} severity"
        for name, count in (
            ("high", numbers.high),
            ("medium", numbers.medium),
            ("low", numbers.low),
        )
        if count
    )
    late = f"; {numbers.overdue} not acknowledged in time" if numbers.overdue else ""
    return f"{_findings(found)} open: {each}{late}"


def _findings(count: int) -> str:
    return "1 finding" if count == 1 else f"{count:,} findings"


def _duties(count: int) -> str:
    return "1 duty" if count == 1 else f"{count:,} duties"


@cache
def _titles() -> Mapping[str, str]:
    return {rule.id: rule.title for rule in rulebook()}
