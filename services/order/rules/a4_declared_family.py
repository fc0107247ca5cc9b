"""A.4, A.6, A.7: the family that a use declares is one for which its system is registered."""

from functools import partial

from schemas.ai import Family

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule, system_group
from ..scenario import (
    after,
    department,
    face_search,
    forecast,
    plate_search,
    retracted,
    system,
    use,
)
from ..shape import Shape, idle
from ..spans import always


def check(family: Family, case: Case) -> Outcome:
    """A use of this family fits the registration in force when it happened."""
    used = case.use
    registered = case.registry.system(used.data.system_id, used.time)
    if registered is None:
        reason = f"system {used.data.system_id} was not registered at the time"
        return Outcome("not_applicable", reason, (used,), used.time)
    families = " and ".join(registered.data.families) or "no"
    if family in registered.data.families:
        reason = f"{used.data.system_id} is registered for {families} AI, as declared"
        return Outcome("compliant", reason, (used, registered), used.time)
    reason = (
        f"the use is declared as {family} AI, but {used.data.system_id} was registered for "
        f"{families} AI at that time"
    )
    return Outcome("undetermined", reason, (used, registered), used.time)


def _other(family: Family, shape: Shape) -> Outcome | None:
    is_other = shape.family not in (None, family)
    return idle(f"declared as {shape.family}, not as {family} AI") if is_other else None


def _rule(clause: str, family: Family) -> Rule:
    return Rule(
        clause=clause,
        id=f"{family}_family",
        title=f"A use declared as {family} AI is of a system registered for it",
        remedy=f"a system registered for {family} AI, or the use declared as what it was",
        severity="low",
        kinds=("use",),
        check=partial(check, family),
        settled=partial(_other, family),
        lasting=always,
        group=system_group,
    )


RULES = (_rule("A.4", "generative"), _rule("A.6", "perceptive"), _rule("A.7", "predictive"))

_GENERATIVE, _PERCEPTIVE, _PREDICTIVE = (rule.id for rule in RULES)
_now = after(1)
_both = system("writer", after(-1), families=["generative", "predictive"])
_wrong = use(system_id="faces")

EXAMPLES = [
    Example("generative, as registered", [*department(), use()], "use/U-1", "compliant", _now),
    Example(
        "perceptive, as registered",
        [*department(), face_search()],
        "use/U-1",
        "compliant",
        _now,
        rule=_PERCEPTIVE,
    ),
    Example(
        "predictive, as registered",
        [*department(), forecast()],
        "use/U-1",
        "compliant",
        _now,
        rule=_PREDICTIVE,
    ),
    Example(
        "generative, on a system for faces",
        [*department(), use(system_id="faces")],
        "use/U-1",
        "undetermined",
        _now,
        "faces was registered for perceptive AI",
    ),
    Example(
        "perceptive, on a system that writes",
        [*department(), plate_search(system_id="writer")],
        "use/U-1",
        "undetermined",
        _now,
        "declared as perceptive AI",
        rule=_PERCEPTIVE,
    ),
    Example(
        "predictive, on a system that writes",
        [*department(), forecast(system_id="writer")],
        "use/U-1",
        "undetermined",
        _now,
        "declared as predictive AI",
        rule=_PREDICTIVE,
    ),
    Example(
        "another family is the other's to judge",
        [*department(), use(system_id="faces")],
        "use/U-1",
        "not_applicable",
        _now,
        "declared as generative, not as perceptive AI",
        rule=_PERCEPTIVE,
    ),
    Example(
        "one of two families",
        [*department(), _both, forecast(system_id="writer")],
        "use/U-1",
        "compliant",
        _now,
        rule=_PREDICTIVE,
    ),
    Example(
        "registered for no family at all",
        [*department(), system("writer", after(-1), families=[]), use()],
        "use/U-1",
        "undetermined",
        _now,
        "for no AI",
    ),
    Example(
        "registered for the family at that instant",
        [*department(), _both, forecast(after(-1), system_id="writer")],
        "use/U-1",
        "compliant",
        _now,
        rule=_PREDICTIVE,
    ),
    Example(
        "registered for the family just after",
        [*department(), _both, forecast(after(-1, seconds=-0.01), system_id="writer")],
        "use/U-1",
        "undetermined",
        _now,
        rule=_PREDICTIVE,
    ),
    Example(
        "the registration was wrong",
        [*department(), _both, retracted(after(0.5), _both), forecast(system_id="writer")],
        "use/U-1",
        "undetermined",
        _now,
        rule=_PREDICTIVE,
    ),
    Example(
        "the declaration was corrected",
        [*department(), _wrong, retracted(after(0.5), _wrong), use(known_as="again")],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example("system not registered", [use()], "use/U-1", "not_applicable", _now, "not registered"),
]
