"""A recheck: what the log says, held against what was published."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from schemas.verdicts import FINDING_KINDS, Finding, Verdict

from .engine import Attribution, Judgement, by_clause
from .findings import finding_id

Kind = Literal["missing", "gone", "changed"]
KINDS: tuple[Kind, ...] = ("missing", "gone", "changed")

_ATTRIBUTED = tuple(
    name for name in Attribution._fields if name in Finding.model_fields and name != "occurred_at"
)
_COMPARED = tuple(name for name in Verdict.model_fields if name in Finding.model_fields)


class Difference(NamedTuple):
    """`missing`: the log has a finding that was not published. `gone`: it has none that was.
    `changed`: it has another one. `was`, `is_now`: verdict and reason; `fields`: what differs."""

    kind: Kind
    finding_id: str
    clause: str
    rule: str
    subject: str
    was: str
    is_now: str
    fields: tuple[str, ...]


def findings_of(judgement: Judgement) -> list[Verdict]:
    """The verdicts that need a person, by clause and rule; of a million the others are not written
    out, which would take longer than judging."""
    return [
        judgement.verdict(told)
        for told in sorted(judgement.told, key=by_clause)
        if told.outcome.verdict in FINDING_KINDS
    ]


def differences(
    verdicts: Iterable[Verdict],
    published: Mapping[str, Finding | Verdict],
    about: Attribution | None = None,
) -> list[Difference]:
    """Where the verdicts on a subject differ from what is published of it, by finding id.

    `about`: whom and what the subject concerns; without it that is not compared.
    """
    judged = {finding_id(v): v for v in verdicts if v.verdict in FINDING_KINDS}
    found = []
    for identity in sorted(judged.keys() | published.keys()):
        difference = _difference(identity, published.get(identity), judged.get(identity), about)
        if difference is not None:
            found.append(difference)
    return found


def _difference(
    identity: str,
    was: Finding | Verdict | None,
    is_now: Verdict | None,
    about: Attribution | None,
) -> Difference | None:
    either = is_now or was
    assert either is not None
    fields = tuple(
        name
        for name in _COMPARED
        if was is not None and is_now is not None and getattr(was, name) != getattr(is_now, name)
    )
    if isinstance(was, Finding) and is_now is not None and about is not None:
        fields += tuple(n for n in _ATTRIBUTED if getattr(was, n) != getattr(about, n))
    if was is not None and is_now is not None and not fields:
        return None
    kind: Kind = "missing" if was is None else "gone" if is_now is None else "changed"
    return Difference(
        kind,
        identity,
        either.clause,
        either.rule,
        either.subject,
        _words(was),
        _words(is_now),
        fields,
    )


def _words(told: Finding | Verdict | None) -> str:
    return "" if told is None else f"{told.verdict}: {told.reason}"
