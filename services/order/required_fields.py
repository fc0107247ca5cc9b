"""D.3, D.4: what the policy asks every search of a kind to state, as fields of the use."""

from collections.abc import Iterable
from unicodedata import category

from schemas.ai import UseRecordedData

from .case import Case
from .outcome import Outcome

_NAMES = {
    "purpose_text": "a stated purpose",
    "case_number": "a case number",
    "incident_number": "an incident number",
    "authorization_ref": "an authorization",
}


def judge_fields(case: Case, searched: str, required: Iterable[str]) -> Outcome:
    """Every required field is there and not blank; `a|b` asks for one of the two.

    `searched`: what this kind of search looks for, for the reason.
    """
    use = case.use
    missing = [alternatives for alternatives in required if not _given(use.data, alternatives)]
    if not missing:
        return Outcome("compliant", "the search states all that the policy asks", (use,), use.time)
    reason = f"{use.data.employee_id} searched {searched} without {_in_words(missing)}"
    return Outcome("violation", reason, (use,), use.time)


def _given(data: UseRecordedData, alternatives: str) -> bool:
    """Whether one of the fields `a|b` has a value; white space and what nobody sees is none."""
    for name in alternatives.split("|"):
        value = getattr(data, name)
        if _is_visible(value) if isinstance(value, str) else value:
            return True
    return False


def _is_visible(text: str) -> bool:
    # Nearly always the first letter or digit decides.
    return text[:1].isalnum() or any(map(_is_seen, text))


def _is_seen(character: str) -> bool:
    return not character.isspace() and category(character) not in ("Cc", "Cf")


def _in_words(missing: list[str]) -> str:
    either = (" or ".join(_NAMES.get(n, n) for n in item.split("|")) for item in missing)
    return ", and without ".join(either)
