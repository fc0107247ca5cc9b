"""C.1: a supervisor's approval before a generative product is used. Shared by C.1.a and C.1.b."""

from collections.abc import Iterable

from schemas import ai, oversight
from schemas.events import Event

from .approver import Approvers, approves, by_time
from .case import Case
from .outcome import Outcome, worst

Decision = oversight.ApprovalDecided

_IMAGE_OR_VIDEO = frozenset({"image", "video"})
_CAMERA_FOOTAGE = frozenset({"body_worn_video", "in_car_video"})


def shows_employee(case: Case) -> bool:
    """Whether the product is an image or video of an employee, which is judged apart."""
    kinds = {output.data.output_kind for output in case.of(ai.OutputUsed)}
    pictured = case.use.data.capability in _IMAGE_OR_VIDEO or bool(kinds & _IMAGE_OR_VIDEO)
    return bool(case.use.data.depicted_employees) and pictured


def judge_approval(case: Case) -> Outcome:
    """The gravest outcome over all outputs of a generative use that were put to use."""
    use = case.use.data
    if use.purpose in case.policy.approval.exempt_purposes:
        reason = f"no official use (purpose {use.purpose}), which is judged apart"
        return Outcome("not_applicable", reason, (case.use,))
    outputs = case.of(ai.OutputUsed)
    return worst(_exempt(case, output) or _approved(case, output) for output in outputs)


def _exempt(case: Case, output: ai.OutputUsed) -> Outcome | None:
    """C.1.c: redaction of body-worn or in-car video for public release needs no approval."""
    use = case.use.data
    for_release = (
        use.purpose == "public_release_redaction" or output.data.used_for == "public_release"
    )
    if use.capability != "redaction" or not for_release:
        return None
    if use.input_kind in _CAMERA_FOOTAGE:
        reason = "redaction of camera footage for public release is exempt"
        return Outcome("not_applicable", reason, (case.use, output), output.time)
    if use.input_kind is not None or _approved(case, output).verdict == "compliant":
        return None
    reason = "whether this redaction is exempt is unknown: what was redacted is not stated"
    return Outcome("undetermined", reason, (case.use, output), output.time)


def _approved(case: Case, output: ai.OutputUsed) -> Outcome:
    """The last valid decision on this output at or before its use."""
    in_time = [d for d in case.of(Decision) if d.time <= output.time and _is_about(d, output)]
    in_time = by_time(in_time)
    last, doubtful = _last(case, output, in_time)
    approved = last is not None and approves(last)
    against = [(d, doubt) for d, doubt in doubtful if approves(d) != approved]
    if last is not None and approved and not against:
        return _approval(case, output, last)
    output_id = output.data.output_id
    duty = f"output {output_id} was used; a supervisor's approval before that is not on record"
    waiting = case.awaits("approval", deadline=output.time, since=output, duty=duty)
    if waiting is not None:
        return waiting
    if against:
        reason = "; ".join(dict.fromkeys(doubt for _, doubt in against))
        evidence = (case.use, output, *(d for d, _ in against))
        return Outcome("undetermined", reason, evidence, output.time)
    return _unapproved(case, output, in_time)


def _last(
    case: Case, output: ai.OutputUsed, in_time: list[Decision]
) -> tuple[Decision | None, list[tuple[Decision, str]]]:
    """The last decision that surely counts, and those after it that may count, with the doubt."""
    doubtful: list[tuple[Decision, str]] = []
    approvers = _approvers(case, output)
    for decision in reversed(in_time):
        if approvers.objection(decision) is None:
            doubt = _doubt(approvers, output, decision)
            if doubt is None:
                return decision, doubtful
            doubtful.append((decision, doubt))
    return None, doubtful


def _approval(case: Case, output: ai.OutputUsed, decision: Decision) -> Outcome:
    requests = [r for r in case.of(oversight.ApprovalRequested) if r.time <= decision.time]
    measures = {}
    if requests:
        waited = decision.time - requests[-1].time
        measures["approval_delay"] = waited.total_seconds()
    reason = f"output {output.data.output_id} was approved by {decision.data.approver_id} in time"
    evidence = (case.use, output, decision)
    return Outcome("compliant", reason, evidence, output.time, measures=measures)


def _unapproved(case: Case, output: ai.OutputUsed, in_time: list[Decision]) -> Outcome:
    """A violation, naming the nearest thing to an approval that there was."""
    output_id, used_at = output.data.output_id, case.when(output.time)
    reason = f"output {output_id} was used on {used_at} without a supervisor's approval"
    near, evidence = _nearest(case, output, in_time)
    if near:
        reason += f": {near}"
    return Outcome("violation", reason, (case.use, output, *evidence), output.time)


def _nearest(
    case: Case, output: ai.OutputUsed, in_time: list[Decision]
) -> tuple[str, Iterable[Event]]:
    if in_time:
        last = in_time[-1]
        objection = _approvers(case, output).objection(last)
        return objection or f"{last.data.approver_id} denied it", (last,)
    decisions = case.of(Decision)
    approvals = [d for d in decisions if approves(d)]
    if later := [d for d in approvals if d.time > output.time and _is_about(d, output)]:
        return f"it was approved only afterwards, on {case.when(later[0].time)}", (later[0],)
    edited = [d for d in approvals if d.time <= output.time and _names_output(d, output)]
    if edited:
        return "what was approved had another digest: it was edited since", (edited[-1],)
    if approvals:
        return f"the approval is for output {approvals[-1].data.output_id}", (approvals[-1],)
    return "", ()


def _names_output(decision: Decision, output: ai.OutputUsed) -> bool:
    """Without an output, a decision is about every output of the use."""
    return decision.data.output_id in (None, output.data.output_id)


def _is_about(decision: Decision, output: ai.OutputUsed) -> bool:
    """Whether a decision is about this output as it was used: not about an earlier version."""
    decided, used = decision.data.output_digest, output.data.output_digest
    unedited = decided is None or used is None or decided == used
    return unedited and _names_output(decision, output)


def _doubt(approvers: Approvers, output: ai.OutputUsed, decision: Decision) -> str | None:
    """What is not known of a decision to which nothing is objected, or None."""
    what = f"output {output.data.output_id}"
    unknown = approvers.doubt(decision, what)
    if unknown is not None:
        return unknown
    if decision.data.output_digest is not None and output.data.output_digest is None:
        return (
            f"{decision.data.approver_id} decided on one version of {what}, and which version was "
            "used is not stated"
        )
    return None


def _approvers(case: Case, output: ai.OutputUsed) -> Approvers:
    """Who may decide on this output: not who made it, nor who used it."""
    maker = case.use.data.employee_id
    makers = frozenset({maker, output.data.employee_id})
    required = case.policy.approval.chain_of_command_required
    return Approvers(maker, makers, case.employee, required)
