"""D.1.b: no detention, arrest, identification or warrant rests on perceptive results alone."""

from schemas import oversight

from ..case import Case
from ..outcome import Outcome, worst
from ..rule import Example, Rule
from ..scenario import action, after, department, retracted
from ..sentences import listed, plain


def check(case: Case) -> Outcome:
    """The gravest outcome over all reports of the action: none can hide another."""
    reports = case.of(oversight.ActionTaken)
    if not reports:
        return Outcome("not_applicable", "no action to judge")
    return worst(_grounded(report) for report in reports)


def _grounded(report: oversight.ActionTaken) -> Outcome:
    """Whether one ground is independent of perceptive results."""
    named = f"{report.data.kind.replace('_', ' ')} {report.data.action_id}"
    grounds = [basis for basis in report.data.bases if not _is_perceptive(basis)]
    if not report.data.bases:
        reason = f"what the {named} rests on is not stated"
        return Outcome("undetermined", reason, (report,), report.time)
    if not grounds:
        reason = f"the {named} by {report.data.employee_id} rests only on what came "
        reason += f"from perceptive AI: {_kinds(report.data.bases)}"
        return Outcome("violation", reason, (report,), report.time)
    independent = [basis for basis in grounds if basis.use_id is None]
    if not independent:
        uses = ", ".join(dict.fromkeys(str(basis.use_id) for basis in grounds))
        reason = f"every ground of the {named} comes from AI, and whether that of {uses} was "
        reason += "perceptive is not stated"
        return Outcome("undetermined", reason, (report,), report.time)
    reason = f"the {named} also rests on {_kinds(independent)}"
    return Outcome("compliant", reason, (report,), report.time)


def _is_perceptive(basis: oversight.Basis) -> bool:
    """A line-up built on a face match is one too."""
    return basis.kind == "perceptive_result" or basis.derived_from is not None


def _kinds(bases: list[oversight.Basis]) -> str:
    return listed(dict.fromkeys(plain(basis.kind) for basis in bases))


RULE = Rule(
    clause="D.1.b",
    id="not_sole_basis",
    title="No detention, arrest, identification or warrant rests on perceptive results alone",
    remedy="a ground that does not come from the perceptive result, stated with the action",
    severity="high",
    kinds=("action",),
    check=check,
)

_match = {"kind": "perceptive_result", "use_id": "U-1"}
_lineup = {"kind": "lineup", "derived_from": "U-1"}
_alone = action(after(2), [_match])

EXAMPLES = [
    Example(
        "a match alone",
        [*department(), _alone],
        "action/A-1",
        "violation",
        after(3),
        "the arrest A-1 by E-1 rests only on what came from perceptive AI: perceptive result",
    ),
    Example(
        "a line-up built on the match",
        [*department(), action(after(2), [_match, _lineup])],
        "action/A-1",
        "violation",
        after(3),
        "lineup",
    ),
    Example(
        "a warrant on a match alone",
        [*department(), action(after(2), [_match], kind="search_warrant")],
        "action/A-1",
        "violation",
        after(3),
        "search warrant",
    ),
    Example(
        "a witness too",
        [*department(), action(after(2), [_match, {"kind": "witness"}])],
        "action/A-1",
        "compliant",
        after(3),
        "witness",
    ),
    Example(
        "a line-up of its own",
        [*department(), action(after(2), [_match, {"kind": "lineup"}])],
        "action/A-1",
        "compliant",
        after(3),
    ),
    Example(
        "no AI",
        [*department(), action(after(2), [{"kind": "officer_observation"}])],
        "action/A-1",
        "compliant",
        after(3),
    ),
    Example(
        "grounds not stated",
        [*department(), action(after(2), [])],
        "action/A-1",
        "undetermined",
        after(3),
        "not stated",
    ),
    Example(
        "records that are the result of a use",
        [*department(), action(after(2), [_match, {"kind": "records", "use_id": "U-2"}])],
        "action/A-1",
        "undetermined",
        after(3),
        "U-2",
    ),
    Example(
        "reported again with a witness: the first report stands",
        [*department(), _alone, action(after(3), [_match, {"kind": "witness"}])],
        "action/A-1",
        "violation",
        after(4),
    ),
    Example(
        "corrected",
        [
            *department(),
            _alone,
            retracted(after(3), _alone),
            action(after(2), [_match, {"kind": "witness"}]),
        ],
        "action/A-1",
        "compliant",
        after(4),
    ),
    Example(
        "before the order took effect",
        [action(after(-9000), [_match])],
        "action/A-1",
        "not_applicable",
        after(4),
        "took effect",
    ),
]
