"""F.1.e: nobody is watched solely for what the law protects."""

from collections.abc import Iterable
from typing import Any, get_args

from schemas.ai import SurveillanceBasis
from schemas.events import Event

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import after, department, face_search, forecast, retracted, use, waiver
from ..sentences import plain
from ..shape import Shape, idle

_BASES: tuple[str, ...] = get_args(SurveillanceBasis)
_PROTECTED = frozenset(_BASES[_BASES.index("religion") :])


def check(case: Case) -> Outcome:
    """At least one ground of the surveillance is none that the law protects."""
    use = case.use
    assert use.data.surveillance is not None
    bases = list(dict.fromkeys(use.data.surveillance.bases))
    who = f"{use.data.employee_id} used {use.data.system_id} for surveillance"
    if not bases:
        reason = f"{who}, and on what grounds is not stated"
        return Outcome("undetermined", reason, (use,), use.time)
    lawful = [basis for basis in bases if basis not in _PROTECTED]
    if not lawful:
        reason = f"{who} solely on grounds that are protected: {_words(bases)}"
        return Outcome("violation", reason, (use,), use.time)
    return Outcome("compliant", f"{who} on grounds of {_words(lawful)}", (use,), use.time)


def _settled(shape: Shape) -> Outcome | None:
    return None if shape.is_surveillance else idle("no surveillance is declared")


def _words(bases: Iterable[str]) -> str:
    return ", ".join(plain(basis) for basis in bases)


RULE = Rule(
    clause="F.1.e",
    id="surveillance_grounds",
    title="Nobody is watched solely for what the law protects",
    remedy="a ground that is not protected, such as a suspected crime, stated with the use",
    severity="high",
    kinds=("use",),
    check=check,
    settled=_settled,
    unregistered=True,
)


def _watched(*bases: str, **data: Any) -> Event:
    return face_search(surveillance={"bases": list(bases)}, **data)


_late = after(9)
_for_religion = _watched("religion")

EXAMPLES = [
    Example(
        "a suspected crime",
        [*department(), _watched("suspected_crime")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "a suspected crime, and what is protected",
        [*department(), _watched("race", "warrant")],
        "use/U-1",
        "compliant",
        _late,
        "grounds of warrant",
    ),
    Example(
        "solely religion",
        [*department(), _for_religion],
        "use/U-1",
        "violation",
        _late,
        "protected: religion",
    ),
    *(
        Example(f"solely {basis}", [*department(), _watched(basis)], "use/U-1", "violation", _late)
        for basis in sorted(_PROTECTED - {"religion"})
    ),
    *(
        Example(f"for {basis}", [*department(), _watched(basis)], "use/U-1", "compliant", _late)
        for basis in _BASES[1 : _BASES.index("religion")]
    ),
    Example(
        "several that are protected",
        [*department(), _watched("gender", "age", "gender")],
        "use/U-1",
        "violation",
        _late,
        "gender, age",
    ),
    Example(
        "grounds not stated",
        [*department(), _watched()],
        "use/U-1",
        "undetermined",
        _late,
        "not stated",
    ),
    Example("no surveillance", [*department(), face_search()], "use/U-1", "not_applicable", _late),
    Example("another family", [*department(), use()], "use/U-1", "not_applicable", _late),
    Example(
        "with a forecast",
        [*department(), forecast(surveillance={"bases": ["race"]})],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "system not registered",
        [_watched("race", system_id="shadow")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "corrected",
        [
            *department(),
            _for_religion,
            retracted(after(1), _for_religion),
            _watched("religion", "threat_to_life"),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "waived",
        [*department(), _for_religion, waiver(after(-1), "use/U-1", "F.1.e", after(1))],
        "use/U-1",
        "waived",
        _late,
    ),
]
