"""The department's policy: every number, list and choice that the order leaves to it.

`deploy/policy.toml` documents each key with the clause it serves; the defaults here are the same.
"""

import json
import tomllib
from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from .ai import AccountKind, Capability, OutputKind, Purpose, UseRecordedData
from .base import Day, Id, Model, Text

# Longer than any order means, short enough for every calculation with times.
_MONTH_SECONDS = 31 * 86_400
_DECADE_DAYS = 3653
_DECADE_HOURS = 24 * _DECADE_DAYS

_FIELDS = frozenset(UseRecordedData.model_fields)


Days = Annotated[float, Field(gt=0, le=_DECADE_DAYS)]
Hours = Annotated[float, Field(gt=0, le=_DECADE_HOURS)]

Topic = Literal["a", "b", "c", "d", "e", "f", "g"]
"""A topic of training: the letter of its clause under G.1."""

AuditElement = Literal["effectiveness", "accuracy", "access_and_use", "no_transfer"]


class TimePolicy(Model):
    """When facts count, and when absence may be asserted."""

    zone: str = "America/Los_Angeles"
    settling_seconds: Annotated[int, Field(ge=0, le=_MONTH_SECONDS)] = 300
    back_dated_after_hours: Hours = 24.0
    dossier_closes_after_days: Days = 30.0

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone of the IANA database")
        return value


class WaiverPolicy(Model):
    """How long a waiver can last."""

    at_most_days: Annotated[int, Field(gt=0, le=_DECADE_DAYS)] = 365


class PurposePolicy(Model):
    """B.2.a: which purposes are official, and which reasons say nothing."""

    unofficial: list[Purpose] = ["personal"]
    unclear: list[Purpose] = ["other", "not_stated"]
    searches: list[Capability] = ["face_recognition", "alpr", "object_search"]
    meaningless_reasons: list[Text] = [
        "test",
        "testing",
        "test search",
        "administrative test",
        "admin test",
        "system test",
        "daytime search for best result",
        "search",
        "searching",
        "lookup",
        "look up",
        "check",
        "checking",
        "pattern of life",
        "dragnet",
        "drag",
        "camera test",
        "crimes",
        "fu",
        "fishing",
        "curious",
        "misc",
        "miscellaneous",
        "other",
        "none",
        "no reason",
        "not stated",
        "unknown",
        "n/a",
        "na",
        "tbd",
        "asdf",
        "demo",
        "demonstration",
        "police",
        "work",
    ]
    test_accounts: list[AccountKind] = ["administrative"]

    @field_validator("unofficial", "unclear")
    @classmethod
    def _not_all(cls, value: list[Purpose]) -> list[Purpose]:
        return _not_every_purpose(value)


class TrainingPolicy(Model):
    """B.2.b and G.1: what everyone is trained in, and how often again."""

    topics: list[Topic] = ["a", "b", "c", "d", "e", "f", "g"]
    refresh_after_days: Days = 365.0
    remind_days_before: Annotated[float, Field(ge=0, le=_DECADE_DAYS)] = 30.0


class MitigationPolicy(Model):
    """B.3.a and E.1.c: how soon bias that was found is mitigated."""

    within_days: Days = 7.0


class AgreementPolicy(Model):
    """B.4.b: when to renew an information-exchange agreement."""

    remind_days_before: Annotated[float, Field(ge=0, le=_DECADE_DAYS)] = 30.0


class ApprovalPolicy(Model):
    """C.1: a supervisor's approval."""

    chain_of_command_required: bool = False
    exempt_purposes: list[Purpose] = ["personal"]

    @field_validator("exempt_purposes")
    @classmethod
    def _not_all(cls, value: list[Purpose]) -> list[Purpose]:
        return _not_every_purpose(value)


class TextPolicy(Model):
    """C.2: which outputs are text that must be reviewed and disclosed."""

    capabilities: list[Capability] = ["text", "transcription", "translation"]
    output_kinds: list[OutputKind] = ["text", "transcription", "translation"]


class LeadPolicy(Model):
    """D.2: documentation of leads."""

    document_within_hours: Annotated[float, Field(ge=0, le=_DECADE_HOURS)] = 24.0


class _SearchPolicy(Model):
    @field_validator("required_fields", check_fields=False)
    @classmethod
    def _fields_of_a_use(cls, value: list[str]) -> list[str]:
        for alternatives in value:
            for name in alternatives.split("|"):
                if name not in _FIELDS:
                    raise ValueError("must name fields of ai.use.recorded.v1")
        return value


class FaceRecognitionPolicy(_SearchPolicy):
    """D.3: what a search by face must state; `a|b` = one of the two."""

    required_fields: list[str] = ["case_number", "authorization_ref"]


class AlprPolicy(_SearchPolicy):
    """D.4: what a search of licence plates must state; `a|b` = one of the two."""

    required_fields: list[str] = ["purpose_text", "case_number|incident_number"]


class PatternPolicy(Model):
    """F.1.a: searches for one target that nobody can explain."""

    searches: Annotated[int, Field(ge=2, le=10_000)] = 5
    within_days: Days = 14.0


class AuditPolicy(Model):
    """H.2: the yearly audit."""

    every_days: Days = 365.0
    remind_days_before: Annotated[float, Field(ge=0, le=_DECADE_DAYS)] = 30.0
    elements: list[AuditElement] = ["effectiveness", "accuracy", "access_and_use", "no_transfer"]


class CompletenessPolicy(Model):
    """When a source's reports are no longer believed to be complete."""

    silent_after_cadences: Annotated[float, Field(ge=1, le=1000)] = 3.0
    refused_at_most: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    clock_skew_at_most_seconds: Annotated[float, Field(gt=0, le=_MONTH_SECONDS)] = 120.0
    shown_for_days: Days = 30.0


class RulesPolicy(Model):
    """Which rules are tried out: judged and marked, but nobody is alerted."""

    shadow: list[Id] = []


How = Literal["automated", "attested", "informative"]
"""`automated`: decided by what systems and registries report. `attested`: a person's event must
say that it was done; Blotter checks that somebody entitled said so, in time. `informative`:
vocabulary or purpose, which nobody can violate."""


class ClauseEntry(Model):
    """One clause of a department's order in its own words, and the rules that judge it, by id."""

    title: Text
    how: How
    rules: list[Id] = []
    note: Text = ""


def _not_every_purpose(value: list[Purpose]) -> list[Purpose]:
    if len(set(value)) == len(get_args(Purpose)):
        raise ValueError("cannot name every purpose")
    return value


class Policy(Model):
    """One edition's policy. `effective_on`: the day, in its zone, on which it takes effect.

    `clauses`: the department's clause table, by clause; empty: that of General Order 390.01.
    `text`: each clause's text, verbatim, as the department published it.
    """

    edition: Id = "390.01"
    effective_on: Day = date(2025, 9, 30)
    time: TimePolicy = TimePolicy()
    waiver: WaiverPolicy = WaiverPolicy()
    purpose: PurposePolicy = PurposePolicy()
    training: TrainingPolicy = TrainingPolicy()
    mitigation: MitigationPolicy = MitigationPolicy()
    agreement: AgreementPolicy = AgreementPolicy()
    approval: ApprovalPolicy = ApprovalPolicy()
    generated_text: TextPolicy = TextPolicy()
    lead: LeadPolicy = LeadPolicy()
    face_recognition: FaceRecognitionPolicy = FaceRecognitionPolicy()
    alpr: AlprPolicy = AlprPolicy()
    pattern: PatternPolicy = PatternPolicy()
    audit: AuditPolicy = AuditPolicy()
    completeness: CompletenessPolicy = CompletenessPolicy()
    rules: RulesPolicy = RulesPolicy()
    clauses: dict[Id, ClauseEntry] = {}
    text: dict[Id, Text] = {}

    @model_validator(mode="after")
    def _each_rule_serves_one_clause(self) -> Self:
        named = Counter(rule for entry in self.clauses.values() for rule in entry.rules)
        if twice := [rule for rule, times in named.items() if times > 1]:
            raise ValueError(f"clauses: names rule {twice[0]} more than once")
        return self

    def setting(self, key: str) -> Any:
        """The value of a key such as `lead.document_within_hours`; raises AttributeError."""
        table, name = key.split(".")
        return getattr(getattr(self, table), name)

    @property
    def tzinfo(self) -> ZoneInfo:
        """The department's time zone."""
        return ZoneInfo(self.time.zone)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read a policy file; raises pydantic.ValidationError or tomllib.TOMLDecodeError."""
        return cls.model_validate(tomllib.loads(text))

    @classmethod
    def from_event(cls, edition: str, effective_on: date, policy: dict[str, Any]) -> Self:
        """The policy that a registry.policy.changed event carries; raises ValidationError."""
        whole = policy | {"edition": edition, "effective_on": effective_on.isoformat()}
        return cls.model_validate_json(json.dumps(whole))
