"""From verdicts to what is published: findings in plain words, and the metrics of a dossier."""

import hashlib
from datetime import datetime
from typing import Any

from schemas.base import LARGEST_COUNT
from schemas.observed import Observed
from schemas.verdicts import (
    FINDING_KINDS,
    VERDICT_KINDS,
    DossierMetrics,
    Finding,
    Measure,
    Obligation,
    SourceMetrics,
    Verdict,
)

from .engine import Attribution, Judgement
from .observing import gaps, missing, skew
from .outcome import NEEDS_NO_WAIVER, Outcome
from .reviewing import carried

_OPENINGS = {
    "violation": "Possible violation of {clause}",
    "undetermined": "Could not be decided under {clause}",
    "cured": "Mended after its deadline under {clause}",
}


def finding_id(verdict: Verdict) -> str:
    """The same for the same clause, rule and subject, in every replay."""
    key = "\n".join((verdict.clause, verdict.rule, verdict.subject))
    return "f-" + hashlib.sha256(key.encode()).hexdigest()[:24]


def finding(
    verdict: Verdict,
    title: str,
    about: Attribution,
    known: Finding | None,
    now: datetime,
    place: tuple[int, int],
) -> Finding | None:
    """What to publish of a verdict, or None where nothing is new.

    `known`: what was published last. `place`: partition and offset of the record that caused it.
    A verdict that needs nobody withdraws what was published before.
    """
    is_open = verdict.verdict in FINDING_KINDS
    if known is None and not is_open:
        return None
    candidate = Finding(
        finding_id=finding_id(verdict),
        revision=known.revision if known else 1,
        state="open" if is_open else "withdrawn",
        clause=verdict.clause,
        rule=verdict.rule,
        title=title,
        subject=verdict.subject,
        verdict=verdict.verdict,
        severity=verdict.severity,
        group=verdict.group,
        sentence=sentence(verdict),
        reason=verdict.reason,
        evidence=verdict.evidence,
        deadline=verdict.deadline,
        occurred_at=verdict.occurred_at,
        first_found_at=known.first_found_at if known else now,
        judged_at=known.judged_at if known else now,
        edition=about.edition,
        employee_id=about.employee_id,
        supervisor_id=about.supervisor_id,
        unit=about.unit,
        system_id=about.system_id,
        family=about.family,
        shadow=verdict.shadow,
        review=known.review if known else None,
        basis=verdict.basis,
        log_partition=place[0],
        log_offset=known.log_offset if known else place[1],
    )
    if candidate == known:
        return None
    return _next(known, candidate, now, place) if known else candidate


def withdrawn(known: Finding, reason: str, now: datetime, place: tuple[int, int]) -> Finding | None:
    """A finding whose subject is no longer judged; None where it is withdrawn already."""
    if known.state == "withdrawn":
        return None
    update = {
        "state": "withdrawn",
        "verdict": "not_applicable",
        "reason": reason,
        "sentence": f"Withdrawn under {known.clause}: {reason}",
        "basis": None,
    }
    return _next(known, known.model_copy(update=update), now, place)


def _next(known: Finding, changed: Finding, now: datetime, place: tuple[int, int]) -> Finding:
    revision = {"revision": known.revision + 1, "judged_at": now, "log_offset": place[1]}
    following = changed.model_copy(update=revision)
    review = carried(known, following)
    return following.model_copy(update={"review": review}) if review else following


def sentence(verdict: Verdict) -> str:
    """The finding in one plain sentence. It never accuses."""
    opening = _OPENINGS.get(verdict.verdict, "Withdrawn under {clause}")
    return f"{opening.format(clause=verdict.clause)}: {verdict.reason}"


def metrics(
    subject: str,
    revision: int,
    about: Attribution,
    judgement: Judgement,
    now: datetime,
    observed: Observed | None = None,
) -> DossierMetrics:
    """All that was said of one dossier, as the dashboards count it; `observed`: of a source."""
    clauses: dict[str, list[str]] = {kind: [] for kind in VERDICT_KINDS}
    obligations: list[Obligation] = []
    measures: list[Measure] = []
    clauses["not_applicable"] += judgement.idle.clauses
    for rule, clause, outcome, is_shadow, _ in judgement.told:
        if is_shadow:
            continue
        clauses[outcome.verdict].append(clause)
        if outcome.verdict in NEEDS_NO_WAIVER and not outcome.measures:
            continue
        state = _duty(outcome)
        if state is not None:
            duty = {"rule": rule.id, "state": state, "deadline": outcome.deadline}
            obligations.append(Obligation.model_validate({"clause": clause, **duty}))
        for name, seconds in sorted(outcome.measures.items()):
            measures.append(Measure(name=name, clause=clause, seconds=seconds))
    by_verdict: dict[str, Any] = {
        kind: sorted(set(named)) if len(named) > 1 else named for kind, named in clauses.items()
    }
    # There is one for every event, and every field is of our own making: nothing to validate.
    return DossierMetrics.model_construct(
        dossier=subject,
        kind=subject.split("/", 1)[0],
        revision=revision,
        occurred_at=about.occurred_at,
        judged_at=now,
        edition=about.edition,
        employee_id=about.employee_id,
        unit=about.unit,
        system_id=about.system_id,
        family=about.family,
        capability=about.capability,
        obligations=obligations,
        measures=measures,
        source=_of_source(observed) if observed else None,
        **by_verdict,
    )


def _of_source(observed: Observed) -> SourceMetrics:
    days = [observed.days[day] for day in sorted(observed.days)]
    lacking = sum(missing(gap) for runs in observed.runs.values() for gap in gaps(runs))
    return SourceMetrics(
        accepted=sum(day.accepted for day in days),
        refused=sum(day.refused for day in days),
        missing=min(lacking, LARGEST_COUNT),
        conflicts=len(observed.conflicts),
        skew_seconds=skew(days[-1]) if days else 0,
        last_received=observed.last_received,
    )


def _duty(outcome: Outcome) -> str | None:
    """The state of a duty that is not fulfilled; None where there is none."""
    if outcome.verdict == "pending":
        return "open"
    return "overdue" if outcome.verdict == "violation" and outcome.deadline is not None else None
