"""What the order says of an event's subject: verdicts, findings, metrics."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from .base import Count, Id, Model, Prose, Time
from .finding_review import FindingReview

VerdictKind = Literal[
    "compliant", "violation", "not_applicable", "waived", "pending", "undetermined", "cured"
]
FINDING_KINDS: frozenset[str] = frozenset({"violation", "undetermined", "cured"})
"""Verdicts that need a person."""

VERDICT_KINDS: tuple[VerdictKind, ...] = get_args(VerdictKind)

Severity = Literal["low", "medium", "high"]


class EvidenceRef(Model):
    """One event that a verdict rests on."""

    source: str
    id: str


class FactRef(Model):
    """A fact of the registry that was consulted; valid from a time until another replaces it."""

    source: str
    id: str
    type: str
    subject: str
    valid_from: Time


class Basis(Model):
    """What a finding was judged by, so that it can be explained and repeated.

    `version`: of the rule. `settings`: JSON value of each key of the policy that the rule reads.
    `facts`: of the registry that were consulted. `remedy`: what would have made it compliant.
    """

    version: int
    settings: dict[str, str] = {}
    facts: list[FactRef] = []
    remedy: Prose


class Verdict(Model):
    """One rule's judgement of one subject: a line of `blotter check --json`.

    `group`: findings with one cause share it. `deadline`: when an open duty is due, or when a
    closed one was. `occurred_at`: the judged act. `measures`: seconds, by name, for the metrics.
    `shadow`: the rule is being tried out, and nobody is alerted. `basis`: of findings only.
    """

    clause: str
    rule: str
    subject: str
    verdict: VerdictKind
    severity: Severity
    group: str
    deadline: Time | None = None
    reason: Prose
    evidence: list[EvidenceRef]
    occurred_at: Time | None = None
    measures: dict[str, float] = Field(default_factory=dict)
    shadow: bool = False
    basis: Basis | None = None


class Finding(Model):
    """A published verdict that needs a person, or did: then `state` is `withdrawn`.

    `revision` counts the changes of this finding, from 1, and is the same in every replay.
    `judged_at` is the tick at which it was judged. `shadow`: the rule is being tried out, and
    nobody is alerted. `basis`: absent once it was withdrawn. `review`: absent while nobody acted.
    """

    finding_id: Id
    revision: Annotated[int, Field(ge=1)]
    state: Literal["open", "withdrawn"]
    clause: str
    rule: str
    title: Prose
    subject: str
    verdict: VerdictKind
    severity: Severity
    group: str
    sentence: Prose
    reason: Prose
    evidence: list[EvidenceRef]
    deadline: Time | None = None
    occurred_at: Time | None = None
    first_found_at: Time
    judged_at: Time
    edition: str
    employee_id: str | None = None
    supervisor_id: str | None = None
    unit: str | None = None
    system_id: str | None = None
    family: str | None = None
    shadow: bool = False
    review: FindingReview | None = None
    basis: Basis | None = None
    log_partition: Count
    log_offset: Count


class Obligation(Model):
    """A duty with a deadline that is not fulfilled: `open`, or `overdue` once it has passed."""

    clause: str
    rule: str
    state: Literal["open", "overdue"]
    deadline: Time | None = None


class Measure(Model):
    """A duration in seconds that a rule measured, e.g. from a lead's use to its documentation."""

    name: str
    clause: str
    seconds: float


class SourceMetrics(Model):
    """How complete a source's reports are. `missing`: numbers that never came. `skew_seconds`: the
    most by which its clock was wrong on the last day that it reported."""

    accepted: Count
    refused: Count
    missing: Count
    conflicts: Count
    skew_seconds: float
    last_received: Time | None = None


class DossierMetrics(Model):
    """All verdicts on one dossier, as counted by the dashboards. One document per dossier.

    The fields named after verdicts list the clauses that got it; rules that are tried out are left
    out. `source`: of the dossier of a source.
    """

    dossier: str
    kind: str
    revision: Annotated[int, Field(ge=1)]
    occurred_at: Time
    judged_at: Time
    edition: str
    employee_id: str | None = None
    unit: str | None = None
    system_id: str | None = None
    family: str | None = None
    capability: str | None = None
    compliant: list[str]
    violation: list[str]
    not_applicable: list[str]
    waived: list[str]
    pending: list[str]
    undetermined: list[str]
    cured: list[str]
    obligations: list[Obligation]
    measures: list[Measure]
    source: SourceMetrics | None = None


class PartitionProgress(Model):
    """How far the checker has come in one partition of the log.

    `now`: the tick that every input has reached. `backlog`: dossiers still to be judged again.
    """

    partition: Count
    offset: Count
    now: Time | None
    inputs: dict[str, Time]
    backlog: Count
    dossiers: Count
