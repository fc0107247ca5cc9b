"""E.1.a, E.1.b: the data of a forecast, and the forecast, are reviewed for bias before its use."""

from dataclasses import replace
from datetime import date
from typing import Any

from ..bias_reviews import SETTLED, judge_bias_review
from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule, system_group
from ..scenario import (
    after,
    department,
    face_search,
    forecast,
    heartbeat,
    output_used,
    retracted,
    reviewed,
    source,
    waiver,
)


def check_inputs(case: Case) -> Outcome:
    """As `judge_bias_review`, for the data that went in."""
    return judge_bias_review(case, "input_bias", "the data behind the forecast")


def check_outputs(case: Case) -> Outcome:
    """As `judge_bias_review`, for what came out."""
    return judge_bias_review(case, "output_bias", "the forecast itself")


RULES = (
    Rule(
        clause="E.1.a",
        id="input_bias_review",
        title="The data behind a forecast is reviewed for bias before the forecast is used",
        remedy="a review of the data for bias, of this forecast or of a period that covers it, "
        "recorded before it was used",
        severity="medium",
        kinds=("use",),
        check=check_inputs,
        settled=SETTLED,
        group=system_group,
    ),
    Rule(
        clause="E.1.b",
        id="output_bias_review",
        title="A forecast is reviewed for algorithmic bias before it is used",
        remedy="a review of the forecast for bias, or of a period that covers it, recorded before "
        "it was used",
        severity="medium",
        kinds=("use",),
        check=check_outputs,
        settled=SETTLED,
        group=system_group,
    ),
)

_used = [*department(), forecast(), output_used(after(1), output_kind="forecast")]
_late = after(9)
_review = reviewed(after(0.5), "input_bias")
_day: dict[str, Any] = {
    "system_id": "hotspots",
    "covers_from": after(-1),
    "covers_to": after(0.5),
}
_rms = source("/records/rms", system_of_record=True, holds=["review"], cadence_seconds=3600)


_INPUTS = [
    Example("reviewed", [*_used, _review], "use/U-1", "compliant", _late, "E-1 reviewed the data"),
    Example(
        "reviewed at that instant",
        [*_used, reviewed(after(1), "input_bias")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "reviewed just after",
        [*_used, reviewed(after(1, seconds=0.01), "input_bias")],
        "use/U-1",
        "violation",
        _late,
        "only afterwards",
    ),
    Example("never reviewed", _used, "use/U-1", "violation", _late, "the data behind"),
    Example("settling", _used, "use/U-1", "pending", after(1, minutes=5)),
    Example("just settled", _used, "use/U-1", "violation", after(1, minutes=5, seconds=0.01)),
    Example(
        "the outputs reviewed, not the data",
        [*_used, reviewed(after(0.5), "output_bias")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "reviewed, and bias was found",
        [*_used, reviewed(after(0.5), "input_bias", outcome="bias_found")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "this output reviewed",
        [*_used, reviewed(after(0.5), "input_bias", output_id="O-1")],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "another output reviewed",
        [*_used, reviewed(after(0.5), "input_bias", output_id="O-2")],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "one of two outputs reviewed",
        [
            *_used,
            output_used(after(2), output_id="O-2"),
            reviewed(after(0.5), "input_bias", output_id="O-1"),
        ],
        "use/U-1",
        "violation",
        _late,
        "output O-2",
    ),
    Example(
        "the system reviewed for the time",
        [*_used, reviewed(after(0.9), "input_bias", **_day)],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "for a period that begins with the forecast",
        [*_used, reviewed(after(0.9), "input_bias", **_day | {"covers_from": after(0)})],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "for a period that ends with the forecast, which is no part of it",
        [*_used, reviewed(after(0.9), "input_bias", **_day | {"covers_to": after(0)})],
        "use/U-1",
        "violation",
        _late,
        "no review of hotspots covers",
    ),
    Example(
        "for a period that ends just after the forecast",
        [
            *_used,
            reviewed(after(0.9), "input_bias", **_day | {"covers_to": after(0, seconds=0.01)}),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "for that day, where the department is",
        [
            *department(),
            # 17:30 in Los Angeles, when it is the next day in Greenwich.
            forecast(after(8.5)),
            output_used(after(8.6)),
            reviewed(
                after(8.55),
                "input_bias",
                **_day | {"covers_from": date(2026, 3, 2), "covers_to": date(2026, 3, 3)},
            ),
        ],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example(
        "the system reviewed only afterwards",
        [*_used, reviewed(after(1, seconds=0.01), "input_bias", **_day)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "another system reviewed",
        [*_used, reviewed(after(0.9), "input_bias", **_day | {"system_id": "writer"})],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "retracted",
        [*_used, _review, retracted(after(2), _review)],
        "use/U-1",
        "violation",
        _late,
    ),
    Example(
        "reported late by a source that is no system of record",
        [*_used, source("/records/rms"), reviewed(after(0.5), "input_bias", received=after(40))],
        "use/U-1",
        "undetermined",
        after(50),
        "reported late",
    ),
    Example(
        "the system's review reported late by a source that is no system of record",
        [
            *_used,
            source("/records/rms"),
            reviewed(after(0.5), "input_bias", **_day, received=after(40)),
        ],
        "use/U-1",
        "undetermined",
        after(50),
        "reported late",
    ),
    Example(
        "reported late by a system of record",
        [
            *_used,
            source("/records/rms", system_of_record=True),
            reviewed(after(0.5), "input_bias", received=after(40)),
        ],
        "use/U-1",
        "compliant",
        after(50),
    ),
    Example(
        "the system of record is silent",
        [*_used, _rms, heartbeat(after(0.9), complete_to=after(0.9))],
        "use/U-1",
        "pending",
        _late,
        "has not yet reported",
    ),
    Example(
        "waived for the system's uses",
        [*_used, waiver(after(0.9), "system/hotspots", "E.1", after(2))],
        "use/U-1",
        "waived",
        _late,
    ),
    Example("not used", [*department(), forecast()], "use/U-1", "not_applicable", _late),
    Example(
        "perceptive",
        [*department(), face_search(), output_used(after(1))],
        "use/U-1",
        "not_applicable",
        _late,
        "no predictive AI",
    ),
    Example(
        "system not registered",
        [forecast(), output_used(after(1))],
        "use/U-1",
        "not_applicable",
        _late,
        "not registered",
    ),
]

_OUTPUTS = [
    Example(
        "the forecast reviewed",
        [*_used, reviewed(after(0.5), "output_bias")],
        "use/U-1",
        "compliant",
        _late,
        "the forecast itself",
    ),
    Example(
        "only the data reviewed",
        [*_used, _review],
        "use/U-1",
        "violation",
        _late,
        "the forecast itself",
    ),
    Example(
        "the system's forecasts reviewed for the time",
        [*_used, reviewed(after(0.9), "output_bias", **_day)],
        "use/U-1",
        "compliant",
        _late,
    ),
    Example("the forecast, settling", _used, "use/U-1", "pending", after(1, minutes=5)),
]

EXAMPLES = [*_INPUTS, *(replace(example, rule="output_bias_review") for example in _OUTPUTS)]
