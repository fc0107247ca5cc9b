"""Numbers of health plans: Medicare's MBI tells itself apart (11 characters in fixed places, CMS);
Medi-Cal's CIN (9, seven digits, a letter; on the card a check digit and a date follow, DHCS) and
the members of other plans need a word that names them."""

from __future__ import annotations

import re

from .plain import compact, digits
from .recogniser import Recogniser, bare, either, labelled

_LETTER = "[AC-HJKMNP-RT-Y]"
_EITHER = "[AC-HJKMNP-RT-Y0-9]"
_MBI = (
    rf"[1-9]{_LETTER}{_EITHER}[0-9](?P<sign>[- ]?){_LETTER}{_EITHER}[0-9]"
    rf"(?P=sign){_LETTER}{{2}}[0-9]{{2}}"
)
_MBI_LABELS = r"mbi|medicare(?: (?:id|card|beneficiary))?"
_CIN = r"9[0-9]{7}[ACDEFGHMNTUVWXYZ](?:[0-9](?: ?[0-9]{4})?)?"
_CIN_LABELS = r"medi-?cal(?: id)?|medicaid(?: id)?|cin|bic|client index(?: number)?"
_NUMBER = r"(?: ?(?:nos?\b\.?|num(?:ber)?\b|#|id))"
_PLAN = (
    r"health(?: ?care)?(?: ?(?:plan|insurance))?|medi-?cal|medicare|medicaid|insured by|kaiser"
    r"|blue (?:cross|shield)|anthem|aetna|cigna|iehp|molina|humana|ppo|hmo"
)
# Gyms have members too: a health plan must be spoken of before, in the same sentence.
_MEMBER = (
    rf"(?:{_PLAN})(?![A-Za-z0-9])[^.;\n0-9]{{0,40}}?"
    r"(?<![A-Za-z])(?:member(?:ship)?|subscriber|policy ?(?:holder)?|insurance|beneficiary)"
    rf"{_NUMBER}"
    rf"|health ?(?:plan|insurance){_NUMBER}"
)
_MEMBER_VALUE = r"[A-Z]{0,4}-?[0-9]{6,12}[A-Z]?(?:-[0-9]{2})?"


def _number(text: str) -> str | None:
    return compact(text) if len(digits(text)) >= 6 else None


HEALTH_PLAN = Recogniser(
    "phi",
    "health_plan_number",
    either(
        bare(re.compile(rf"(?<![A-Za-z0-9-]){_MBI}(?![A-Za-z0-9]|-[0-9])"), compact),
        labelled(_MBI_LABELS, _MBI, compact),
        labelled(_CIN_LABELS, _CIN, compact),
        labelled(_MEMBER, _MEMBER_VALUE, _number),
    ),
)
