"""The department's policy: every number, list and choice that the order leaves to it.

`deploy/policy.toml` documents each key with the clause it serves; the defaults here are the same.
"""

import json
import tomllib
from datetime import date
from typing import Annotated, Any, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from .ai import Purpose, UseRecordedData
from .base import Day, Id, Model

# Longer than any order means, short enough for every calculation with times.
_MONTH_SECONDS = 31 * 86_400
_DECADE_DAYS = 3653
_DECADE_HOURS = 24 * _DECADE_DAYS

_FIELDS = frozenset(UseRecordedData.model_fields)


class TimePolicy(Model):
    """When facts count, and when absence may be asserted."""

    zone: str = "America/Los_Angeles"
    settling_seconds: Annotated[int, Field(ge=0, le=_MONTH_SECONDS)] = 300
    back_dated_after_hours: Annotated[float, Field(gt=0, le=_DECADE_HOURS)] = 24
    dossier_closes_after_days: Annotated[float, Field(gt=0, le=_DECADE_DAYS)] = 30

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone of the IANA database")
        return value


class WaiverPolicy(Model):
    """How long a waiver can last."""

    at_most_days: Annotated[int, Field(gt=0, le=_DECADE_DAYS)] = 365


class ApprovalPolicy(Model):
    """C.1: a supervisor's approval."""

    chain_of_command_required: bool = False
    exempt_purposes: list[Purpose] = ["personal"]

    @field_validator("exempt_purposes")
    @classmethod
    def _not_all(cls, value: list[Purpose]) -> list[Purpose]:
        if len(set(value)) == len(get_args(Purpose)):
            raise ValueError("cannot exempt every purpose")
        return value


class LeadPolicy(Model):
    """D.2: documentation of leads."""

    document_within_hours: Annotated[float, Field(ge=0, le=_DECADE_HOURS)] = 24


class AlprPolicy(Model):
    """D.4: what a search of licence plates must state; `a|b` = one of the two."""

    required_fields: list[str] = ["purpose_text", "case_number|incident_number"]

    @field_validator("required_fields")
    @classmethod
    def _fields_of_a_use(cls, value: list[str]) -> list[str]:
        for alternatives in value:
            for name in alternatives.split("|"):
                if name not in _FIELDS:
                    raise ValueError("must name fields of ai.use.recorded.v1")
        return value


class Policy(Model):
    """One edition's policy. `effective_on`: the day, in its zone, on which it takes effect."""

    edition: Id = "390.01"
    effective_on: Day = date(2025, 9, 30)
    time: TimePolicy = TimePolicy()
    waiver: WaiverPolicy = WaiverPolicy()
    approval: ApprovalPolicy = ApprovalPolicy()
    lead: LeadPolicy = LeadPolicy()
    alpr: AlprPolicy = AlprPolicy()

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
