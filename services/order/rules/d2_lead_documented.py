"""D.2: a perceptive result used as a lead is documented in a report, or a CAD log."""

from datetime import datetime, timedelta

from schemas import ai, oversight

from ..case import Case
from ..eventset import chronological
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import (
    action,
    after,
    department,
    documented,
    face_search,
    heartbeat,
    output_used,
    retracted,
    source,
    use,
    used_as_lead,
)
from ..shape import first, only, without

Lead = ai.OutputUsed | oversight.ActionTaken


_NO_LEAD = "the result was not used as a lead"


def check(case: Case) -> Outcome:
    """Documented within the deadline after the first use as a lead; later cures."""
    leads = _uses_as_lead(case)
    if not leads:
        return Outcome("not_applicable", _NO_LEAD, (case.use,))
    first = leads[0]
    deadline = first.time + timedelta(hours=case.policy.lead.document_within_hours)
    documents = [d for d in case.of(oversight.LeadDocumented) if _where(d)]
    if documents and documents[0].time <= deadline:
        return _documented(case, first, documents[0], deadline)
    duty = "a lead must be documented in a report or CAD log"
    waiting = case.awaits("lead", deadline=deadline, since=first, duty=duty)
    if waiting is not None:
        return waiting
    if documents:
        return _documented(case, first, documents[0], deadline)
    reason = f"{_led(case, first)}; it was not documented by {case.when(deadline)}"
    return Outcome("violation", reason, (case.use, first), first.time, deadline)


def _led(case: Case, first: Lead) -> str:
    who = f"{first.data.employee_id} used a result of {case.use.data.system_id}"
    return f"{who} as a lead on {case.when(first.time)}"


def _uses_as_lead(case: Case) -> list[Lead]:
    """Outputs used as a lead, and actions that list the use among their grounds; by time."""
    used: list[Lead] = [o for o in case.of(ai.OutputUsed) if o.data.used_for == "lead"]
    use_id = case.use.data.use_id
    used += [
        taken
        for taken in case.of(oversight.ActionTaken)
        if any(use_id in (basis.use_id, basis.derived_from) for basis in taken.data.bases)
    ]
    return sorted(used, key=chronological)


def _where(document: oversight.LeadDocumented) -> str:
    """The report, or else the CAD log; empty where neither is named but by a blank."""
    named = (document.data.report_number, document.data.cad_log)
    return next((text.strip() for text in named if text and text.strip()), "")


def _documented(
    case: Case, first: Lead, document: oversight.LeadDocumented, deadline: datetime
) -> Outcome:
    where = _where(document)
    evidence = (case.use, first, document)
    delay = max(0.0, (document.time - first.time).total_seconds())
    measures = {"documentation_delay": delay}
    if document.time <= deadline:
        reason = f"the lead was documented in {where}"
        return Outcome("compliant", reason, evidence, first.time, deadline, measures=measures)
    reason = f"{_led(case, first)}; it was documented in {where} only on "
    reason += f"{case.when(document.time)}, after the deadline"
    return Outcome("cured", reason, evidence, first.time, deadline, measures=measures)


RULE = Rule(
    clause="D.2",
    id="lead_documented",
    title="A perceptive result used as a lead is documented in a report or CAD log",
    remedy="the lead documented in a report, or in a CAD log, within the time allowed",
    settings=("lead.document_within_hours",),
    severity="medium",
    kinds=("use",),
    check=check,
    settled=first(only("perceptive"), without(_NO_LEAD, ai.OutputUsed, oversight.ActionTaken)),
)

_lead = [*department(), face_search(), used_as_lead(after(1))]
_arrest = action(after(2), [{"kind": "perceptive_result", "use_id": "U-1"}, {"kind": "witness"}])
_lineup = action(after(2), [{"kind": "lineup", "derived_from": "U-1"}])
_rms = source(
    "/records/rms", system_of_record=True, holds=["lead"], cadence_seconds=3600, owner="Records"
)
_wrong = documented(after(3))

EXAMPLES = [
    Example("documented", [*_lead, documented(after(3))], "use/U-1", "compliant", after(50)),
    Example(
        "documented at the deadline",
        [*_lead, documented(after(25))],
        "use/U-1",
        "compliant",
        after(50),
    ),
    Example(
        "documented just after the deadline",
        [*_lead, documented(after(25, seconds=0.01))],
        "use/U-1",
        "cured",
        after(50),
        "after the deadline",
    ),
    Example(
        "documented late elsewhere while the system of record is silent",
        [
            *_lead,
            _rms,
            heartbeat(after(10), complete_to=after(10)),
            documented(after(27), sent_by="/records/cad"),
        ],
        "use/U-1",
        "pending",
        after(30),
        "has not yet reported",
    ),
    Example(
        "documented in a report whose number is blank",
        [*_lead, documented(after(3), report_number=" ")],
        "use/U-1",
        "violation",
        after(50),
        "not documented",
    ),
    Example("never documented", _lead, "use/U-1", "violation", after(25.1), "not documented"),
    Example("until the deadline", _lead, "use/U-1", "pending", after(25)),
    Example("just past the deadline", _lead, "use/U-1", "violation", after(25, seconds=0.01)),
    Example(
        "reported late: settling",
        [*department(), face_search(), used_as_lead(after(1), received=after(48))],
        "use/U-1",
        "pending",
        after(48, minutes=5),
    ),
    Example(
        "reported late: settled",
        [*department(), face_search(), used_as_lead(after(1), received=after(48))],
        "use/U-1",
        "violation",
        after(48, minutes=5.01),
    ),
    Example(
        "the system of record has not reported",
        [*_lead, _rms, heartbeat(after(20), complete_to=after(20))],
        "use/U-1",
        "pending",
        after(60),
        "has not yet reported",
    ),
    Example(
        "the system of record has reported up to the deadline",
        [*_lead, _rms, heartbeat(after(25), complete_to=after(25))],
        "use/U-1",
        "violation",
        after(60),
    ),
    Example(
        "listed as a ground of an arrest",
        [*department(), face_search(), _arrest],
        "use/U-1",
        "violation",
        after(60),
    ),
    Example(
        "ground of a line-up",
        [
            *department(),
            face_search(),
            _lineup,
            documented(after(4), report_number=None, cad_log="C-5"),
        ],
        "use/U-1",
        "compliant",
        after(60),
        "C-5",
    ),
    Example(
        "not used as a lead",
        [*department(), face_search(), output_used(after(1), used_for="briefing")],
        "use/U-1",
        "not_applicable",
        after(60),
    ),
    Example(
        "generative",
        [*department(), use(), used_as_lead(after(1))],
        "use/U-1",
        "not_applicable",
        after(60),
    ),
    Example(
        "documentation retracted",
        [*_lead, _wrong, retracted(after(4), _wrong)],
        "use/U-1",
        "violation",
        after(60),
    ),
    Example(
        "back-dated by a source that is no system of record",
        [
            *_lead,
            source("/vendors/acme/leads"),
            documented(after(3), sent_by="/vendors/acme/leads", received=after(72)),
        ],
        "use/U-1",
        "undetermined",
        after(80),
        "69 h after",
    ),
    Example(
        "back-dated by a system of record",
        [
            *_lead,
            source("/records/rms", system_of_record=True),
            documented(after(3), received=after(72)),
        ],
        "use/U-1",
        "compliant",
        after(80),
    ),
    Example(
        "the use itself never reported: waits",
        [*department(), _arrest],
        "use/U-1",
        "pending",
        after(2, minutes=5),
    ),
    Example(
        "the use itself never reported",
        [*department(), _arrest],
        "use/U-1",
        "undetermined",
        after(2, minutes=6),
        "never reported",
    ),
]
