"""Medical-record numbers: every hospital has its own form, so a word must name them."""

from __future__ import annotations

from .plain import compact, digits
from .recogniser import Recogniser, labelled

_NUMBER = r" ?(?:nos?\b\.?|num(?:ber)?\b|nbr|#|id)"
_LABELS = (
    rf"mrns?|m\.r\.n\.|mr ?#|med(?:ical)?\.? rec(?:ords?|\.)?|(?:patient|chart){_NUMBER}"
    rf"|(?:hospital|health record){_NUMBER}"
)
_VALUE = r"[A-Z]{0,3}-?[0-9]{5,12}|[0-9]{2,3}-[0-9]{2,3}-[0-9]{2,4}"


def _record(text: str) -> str | None:
    return compact(text) if len(digits(text)) >= 5 else None


MEDICAL_RECORD = Recogniser("phi", "medical_record_number", labelled(_LABELS, _VALUE, _record))
