"""E.1.c: where a review found bias in a forecast or in its data, steps against it are taken."""

from typing import Any

from schemas import oversight

from ..case import Case
from ..mitigation import judge_mitigation
from ..outcome import Outcome
from ..rule import Example, Rule, system_group
from ..scenario import (
    after,
    department,
    forecast,
    mitigated,
    retracted,
    reviewed,
    source,
    use,
    waiver,
)
from ..shape import first, only, without


def check(case: Case) -> Outcome:
    """As `judge_mitigation`, for a forecast, or for a system over a period."""
    if case.recorded is None and _is_other_family(case):
        return Outcome("not_applicable", "no predictive AI", case.events)
    return judge_mitigation(case, {"input_bias", "output_bias"})


def _is_other_family(case: Case) -> bool:
    """Whether a system was registered as none whenever it was reviewed."""
    reviews = case.of(oversight.ReviewCompleted)
    entries = [case.registry.system(case.name, review.time) for review in reviews]
    return bool(entries) and all(e and "predictive" not in e.data.families for e in entries)


RULE = Rule(
    clause="E.1.c",
    id="forecast_bias_mitigated",
    title="Bias that was found in forecasts or in their data is mitigated",
    remedy="steps against the bias, recorded within the time that the policy gives",
    settings=("mitigation.within_days",),
    severity="medium",
    kinds=("use", "system"),
    check=check,
    settled=first(
        only("predictive"),
        without("no review for bias is on record", oversight.ReviewCompleted),
    ),
    group=system_group,
)

_WEEK = 7 * 24
_found: dict[str, Any] = {"outcome": "bias_found"}
_of_system: dict[str, Any] = {
    "system_id": "hotspots",
    "covers_from": after(-24),
    "covers_to": after(0),
}
_step_of_system = mitigated(after(2), system_id="hotspots")
_forecast = [*department(), forecast(), reviewed(after(1), "output_bias", **_found)]
_system = [*department(), reviewed(after(1), "input_bias", **_of_system, **_found)]
_late = after(1 + _WEEK, seconds=0.01)

EXAMPLES = [
    Example(
        "a forecast, mitigated", [*_forecast, mitigated(after(2))], "use/U-1", "compliant", after(3)
    ),
    Example("a forecast, never mitigated", _forecast, "use/U-1", "violation", _late, "forecasts"),
    Example("a forecast, until the deadline", _forecast, "use/U-1", "pending", after(1 + _WEEK)),
    Example(
        "steps in the system are none in the forecast",
        [*_forecast, _step_of_system],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "a forecast, waived",
        [*_forecast, waiver(after(-1), "system/hotspots", "E.1.c", after(1))],
        "use/U-1",
        "waived",
        _late,
    ),
    Example(
        "generative",
        [*department(), use(), reviewed(after(1), "output_bias", **_found)],
        "use/U-1",
        "not_applicable",
        _late,
        "no predictive AI",
    ),
    Example(
        "its forecast's content was biased",
        [*department(), forecast(), reviewed(after(1), "content_bias", **_found)],
        "use/U-1",
        "not_applicable",
        _late,
    ),
    Example(
        "system not registered",
        [forecast(), reviewed(after(1), "output_bias", **_found)],
        "use/U-1",
        "not_applicable",
        _late,
        "not registered",
    ),
    Example(
        "a system, mitigated",
        [*_system, _step_of_system],
        "system/hotspots",
        "compliant",
        after(3),
    ),
    Example(
        "a system, never mitigated",
        _system,
        "system/hotspots",
        "violation",
        _late,
        "the data that went in",
    ),
    Example(
        "a system, until the deadline", _system, "system/hotspots", "pending", after(1 + _WEEK)
    ),
    Example(
        "a system, at the deadline",
        [*_system, mitigated(after(1 + _WEEK), system_id="hotspots")],
        "system/hotspots",
        "compliant",
        after(2 + _WEEK),
    ),
    Example(
        "a system, just after the deadline",
        [*_system, mitigated(after(1 + _WEEK, seconds=0.01), system_id="hotspots")],
        "system/hotspots",
        "cured",
        after(2 + _WEEK),
    ),
    Example(
        "a system, steps retracted",
        [*_system, _step_of_system, retracted(after(3), _step_of_system)],
        "system/hotspots",
        "violation",
        _late,
    ),
    Example(
        "a system, steps reported late by a source that is no system of record",
        [
            *_system,
            source("/records/rms"),
            mitigated(after(2), system_id="hotspots", received=after(40)),
        ],
        "system/hotspots",
        "undetermined",
        _late,
        "reported late",
    ),
    Example(
        "a system's duty is not waived with its uses",
        [*_system, waiver(after(-1), "system/hotspots", "E.1.c", after(900))],
        "system/hotspots",
        "violation",
        _late,
    ),
    Example(
        "a system that is registered for no forecasts",
        [
            *department(),
            reviewed(after(1), "output_bias", **_of_system | _found | {"system_id": "writer"}),
        ],
        "system/writer",
        "not_applicable",
        _late,
        "no predictive AI",
    ),
    Example(
        "a system that nobody registered, never mitigated",
        [reviewed(after(1), "output_bias", **_of_system | _found | {"system_id": "shadow"})],
        "system/shadow",
        "violation",
        _late,
    ),
    Example(
        "a review of a use that names its system is the use's",
        [
            *department(),
            forecast(),
            reviewed(after(1), "output_bias", use_id="U-1", system_id="hotspots", **_found),
        ],
        "system/hotspots",
        "not_applicable",
        _late,
    ),
    Example(
        "a system whose review was clear",
        [*department(), reviewed(after(1), "input_bias", **_of_system)],
        "system/hotspots",
        "not_applicable",
        _late,
        "no review found bias",
    ),
    Example(
        "a system's review before the order",
        [
            *department(),
            reviewed(after(-9000), "input_bias", **_found, **_of_system),
        ],
        "system/hotspots",
        "not_applicable",
        _late,
    ),
]
