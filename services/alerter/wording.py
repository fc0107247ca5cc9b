"""The words of a message: a plain opening and a link. Pure.

No text of a finding is in them: only its clause and its rule's title, if the rulebook has both, how
it stands, how severe it is, how many there are, and ids by which the console finds them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.alerts import Alert, AlertLine, DigestNumbers, Standing
from services.order.rulebook import rulebook

MOST_LINES = 20
_CLAUSE = re.compile(r"[A-Z0-9]{1,2}(\.[A-Za-z0-9]{1,2}){0,4}|completeness")
_FINDING_ID = re.compile(r"f-[0-9a-f]{24}")

_STANDINGS: Mapping[Standing, str] = {
    "violation": "Possible violation of {clause}",
    "undetermined": "Could not be decided under {clause}",
    "cured": "Mended after its deadline under {clause}",
    "withdrawn": "Withdrawn under {clause}",
}
_BEFORE: Mapping[str, str] = {
    "opened": "",
    "changed": "Changed: ",
    "reminder": "Soon to be acknowledged: ",
    "deadline": "Its deadline is near: ",
    "escalated": "Not acknowledged in time: ",
}
_FOOT = (
    "Names, case numbers and reasons are left out of this message on purpose. The console shows\n"
    "them after you have signed in.\n"
)


@dataclass(frozen=True)
class Part:
    """One line of a message: its words, the rule's title, where the console shows it, and what it
    tells of, if that is a line of the alert."""

    text: str
    title: str
    link: str
    line: AlertLine | None = None


def parts(alert: Alert, console: str) -> list[Part]:
    """What a message says, line by line. `console`: the address that its pages begin with."""
    base = console.rstrip("/")
    if alert.digest is not None:
        return [Part(_digest(alert.digest), "", f"{base}/")]
    shown = [Part(opening(line), title(line.rule), _link(line, base), line) for line in alert.lines]
    if len(shown) > MOST_LINES:
        left = sum(len(line.findings) for line in alert.lines[MOST_LINES:])
        shown[MOST_LINES:] = [Part(f"And {_findings(left)} more", "", f"{base}/")]
    return shown


def subject(alert: Alert) -> str:
    """The message's subject line."""
    if alert.digest is not None:
        return _digest(alert.digest)
    more = len(alert.lines) - 1
    return opening(alert.lines[0]) + (f", and {more} more" if more else "")


def body(alert: Alert, console: str) -> str:
    """The message as plain text."""
    blocks = []
    for part in parts(alert, console):
        rule = f"Asked for: {part.title}\n" if part.title else ""
        blocks.append(f"{part.text}:\n{rule}{part.link}\n")
    return "\n".join([*blocks, _FOOT])


def opening(line: AlertLine) -> str:
    """`Possible violation of clause C.1 (high severity), 3 findings`."""
    before = "" if line.standing == "withdrawn" else _BEFORE[line.what]
    said = _STANDINGS[line.standing].format(clause=clause(line.clause))
    return f"{before}{said} ({line.severity} severity), {_findings(len(line.findings))}"


def clause(name: str) -> str:
    """The clause as the order numbers it; what does not look like one is not repeated."""
    return f"clause {name}" if _CLAUSE.fullmatch(name) else "a clause of the order"


def title(rule: str) -> str:
    """What the rule asks for, in the rulebook's words; empty for a rule that it does not have."""
    return _titles().get(rule, "")


def _link(line: AlertLine, base: str) -> str:
    name = line.findings[0].finding_id
    if len(line.findings) == 1 and _FINDING_ID.fullmatch(name):
        return f"{base}/findings/{name}"
    return f"{base}/?entry={line.entry}&state=all"


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


@cache
def _titles() -> Mapping[str, str]:
    return {rule.id: rule.title for rule in rulebook()}
