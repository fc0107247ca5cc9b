"""Spans of time within which a rule says the same."""

from datetime import datetime
from typing import Literal

from schemas.base import EARLIEST, LATEST
from schemas.registry import Validity

from .case import Case

Span = tuple[datetime, datetime]
"""From a time on, until another, which is not part."""

Ground = Literal["system", "employee"]
"""What a rule looks at that says the same of many uses."""

GROUNDS: tuple[Ground, ...] = ("system", "employee")

ALWAYS: Span = (EARLIEST, LATEST)


def always(_: Case) -> Span:
    """Whenever it is."""
    return ALWAYS


def while_valid(case: Case, validity: Validity) -> Span:
    """While something is in force."""
    end = LATEST if validity.to is None else case.instant(validity.to)
    return case.instant(validity.from_), end
