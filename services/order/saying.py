"""What is new to say of a dossier: the difference between what was said and what is to be said."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Self

from pydantic_core import from_json, to_json

from schemas.observed import Observed
from schemas.verdicts import FINDING_KINDS, DossierMetrics, Finding

from .engine import Attribution, Judgement, by_clause
from .findings import finding, metrics, withdrawn

RETRACTED = "the events that it rested on were retracted"
RULE_GONE = "the rule that found it is no longer applied"


@dataclass
class Said:
    """What was last said of one subject, as small as can be: there is one of each use for ever.

    `told`: ids of rules by what they said, but for `not_applicable`. `digest`: of the metrics.
    `closed`: digests of the events that the dossier had when it closed; `closes`: when it will,
    if nothing changes. `wake`: when time alone may change what the rules say.
    """

    revision: int = 0
    about: Attribution | None = None
    told: dict[str, list[str]] = field(default_factory=dict)
    digest: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)
    consulted: dict[str, datetime] = field(default_factory=dict)
    wake: datetime | None = None
    closes: datetime | None = None
    closed: list[str] | None = None

    def dump(self) -> bytes:
        """As JSON, without what is empty."""
        return to_json({name: value for name, value in vars(self).items() if value})

    @classmethod
    def read(cls, stored: bytes) -> Self:
        """What `dump` wrote."""
        fields: dict[str, Any] = from_json(stored)
        if "about" in fields:
            at, *others = fields["about"]
            fields["about"] = Attribution(datetime.fromisoformat(at), *others)
        if "findings" in fields:
            fields["findings"] = {
                identity: Finding.model_validate_json(to_json(known))
                for identity, known in fields["findings"].items()
            }
        if "consulted" in fields:
            times = fields["consulted"].items()
            fields["consulted"] = {name: datetime.fromisoformat(at) for name, at in times}
        for name in ("wake", "closes"):
            if name in fields:
                fields[name] = datetime.fromisoformat(fields[name])
        return cls(**fields)

    @property
    def next_look(self) -> datetime | None:
        """When to look at the dossier again, though nothing comes."""
        times = [time for time in (self.wake, self.closes) if time is not None]
        return min(times, default=None)


class News(NamedTuple):
    """What there is to say now, and to publish of it."""

    said: Said
    findings: list[Finding]
    metrics: DossierMetrics | None


def news(
    subject: str,
    old: Said,
    judgement: Judgement,
    now: datetime,
    place: tuple[int, int],
    observed: Observed | None = None,
) -> News:
    """What a judgement at `now` adds to what was said of a subject.

    `place`: partition and offset of the record that caused it.
    `observed`: of a source, if more was seen of it.
    """
    about = judgement.attribution or old.about
    told, details = _by_verdict(judgement)
    digest = _digest(about, judgement.plan, told, details)
    said = Said(
        old.revision,
        about,
        told,
        digest,
        old.findings,
        judgement.consulted,
        judgement.wake,
        closed=old.closed,
    )
    if about is None:
        return News(said, [], None)
    found = list(_findings(old, judgement, about, now, place))
    if found:
        said.findings = old.findings | {each.finding_id: each for each in found}
    if digest == old.digest and observed is None:
        return News(said, found, None)
    said.revision += 1
    measured = metrics(subject, said.revision, about, judgement, now, observed)
    return News(said, found, measured)


def _by_verdict(judgement: Judgement) -> tuple[dict[str, list[str]], list[tuple[object, ...]]]:
    """Ids of rules by what they said, but for `not_applicable`; and what else is counted of it."""
    told: dict[str, list[str]] = {}
    details: list[tuple[object, ...]] = []
    for rule, clause, outcome, is_shadow, _ in judgement.told:
        if outcome.verdict == "not_applicable":
            continue
        told.setdefault(outcome.verdict, []).append(rule.id)
        if is_shadow or outcome.deadline or outcome.measures:
            details.append((clause, is_shadow, outcome.deadline, dict(outcome.measures)))
    return told, details


def _digest(*counted: object) -> str:
    """Another one whenever the metrics are."""
    return hashlib.blake2b(to_json(counted), digest_size=9).hexdigest()


def _findings(
    old: Said,
    judgement: Judgement,
    about: Attribution,
    now: datetime,
    place: tuple[int, int],
) -> Iterator[Finding]:
    known_as = {(known.clause, known.rule): known for known in old.findings.values()}
    # What needs nobody, and did not, is not even written out.
    wanted = [
        told
        for told in (*judgement.told, *(judgement.idle.told if known_as else ()))
        if told.outcome.verdict in FINDING_KINDS or (told.clause, told.rule.id) in known_as
    ]
    for told in sorted(wanted, key=by_clause):
        known = known_as.pop((told.clause, told.rule.id), None)
        if new := finding(judgement.verdict(told), told.rule.title, about, known, now, place):
            yield new
    why = RETRACTED if judgement.attribution is None else RULE_GONE
    for known in known_as.values():
        if gone := withdrawn(known, why, now, place):
            yield gone
