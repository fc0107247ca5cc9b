"""Which requests for an approval wait, and who may decide on them."""

from typing import Any

import pytest

from schemas.oversight import ApprovalRequested
from services.console.approvals.requests import Authority, Line, lines_of, objection, overtaken
from services.order import scenario as s
from services.runtime.roster import roster_of

STAFF = [
    s.employee("E-1", supervisor_id="S-1"),
    s.employee("E-2"),
    s.supervisor("S-1", supervisor_id="L-1"),
    s.supervisor("S-2"),
    s.supervisor("S-9", status="suspended"),
    s.supervisor("L-1"),
]


def authority(chain_required: bool = False) -> Authority:
    return Authority(roster_of(STAFF, s.after(100)), chain_required)


def asked(**data: Any) -> ApprovalRequested:
    whole = {"use_id": "U-1", "employee_id": "E-1", "output_id": "O-1"} | data
    made = s.event("oversight.approval.requested.v1", "use/U-1", s.after(1), known_as="r", **whole)
    assert isinstance(made, ApprovalRequested)
    return made


def line(*around: Any, chain_required: bool = False, **data: Any) -> Line:
    known = [s.use(s.after(0)), *around]
    (found,) = lines_of([asked(**data)], known, authority(chain_required))
    return found


@pytest.mark.parametrize(
    ("decision", "answers"),
    [
        (s.decided(s.after(2)), True),
        (s.decided(s.after(2), output_id="O-1"), True),
        (s.decided(s.after(1), decision="denied"), True),
        (s.decided(s.after(2), output_id="O-2"), False),
        (s.decided(s.after(0.5)), False),
        (s.decided(s.after(2), output_digest="d-1"), True),
        (s.decided(s.after(2), output_digest="d-2"), False),
        (s.decided(s.after(2), approver_id="E-1"), False),
    ],
)
def test_what_answers_a_request(decision: Any, answers: bool) -> None:
    assert (line(decision, output_digest="d-1").decision is not None) == answers


def test_what_was_retracted_counts_for_nothing() -> None:
    decision = s.decided(s.after(2))
    assert line(decision, s.retracted(s.after(3), decision)).decision is None
    request = asked()
    assert lines_of([request], [s.retracted(s.after(3), request)], authority()) == []


@pytest.mark.parametrize(
    ("approver_id", "why"),
    [
        ("E-2", "no supervisor at that time"),
        ("S-9", "was suspended at that time"),
        ("E-1", "a product of their own"),
        ("S-404", "not on the roster"),
    ],
)
def test_who_may_not_decide_closes_no_request(approver_id: str, why: str) -> None:
    """By the rule's own conditions; and the supervisor can still decide."""
    decision = s.decided(s.after(2), approver_id=approver_id)
    found = line(decision)
    assert found.decision is None
    ((void, reason),) = found.void
    assert void == decision
    assert why in reason
    assert objection(found, "S-1", authority()) is None
    after = line(decision, s.decided(s.after(3), approver_id="S-1", known_as="again"))
    assert after.decision is not None
    assert after.decision.data.approver_id == "S-1"


def test_who_was_a_supervisor_then_has_decided_whatever_they_are_now() -> None:
    later = s.employee("S-2", s.after(5))
    roster = roster_of([*STAFF, later], s.after(100))
    known = [s.use(s.after(0)), s.decided(s.after(2), approver_id="S-2")]
    (found,) = lines_of([asked()], known, Authority(roster, False))
    assert found.decision is not None


def test_outside_the_chain_nobody_closes_a_request_where_it_is_required() -> None:
    decision = s.decided(s.after(2), approver_id="S-2")
    assert line(decision).decision is not None
    found = line(decision, chain_required=True)
    assert found.decision is None
    assert "not in the chain of command of E-1" in found.void[0][1]


def test_the_use_and_when_it_was_used_are_told() -> None:
    found = line(s.output_used(s.after(4)), s.output_used(s.after(3), output_id="O-2"))
    assert found.use is not None
    assert found.used_at == s.after(4)


@pytest.mark.parametrize(
    ("me", "required", "why"),
    [
        ("S-1", True, None),
        ("S-2", False, None),
        ("S-2", True, "in the chain of command of E-1"),
        ("S-9", False, "suspended"),
        ("E-1", False, "yourself"),
        ("P-1", False, "knows nobody"),
        ("S-3", False, "knows nobody"),
    ],
)
def test_who_may_decide(me: str, required: bool, why: str | None) -> None:
    said = objection(line(), me, authority(required))
    assert (said is None) if why is None else (said is not None and why in said)


def test_whoever_used_the_product_does_not_decide_on_it() -> None:
    used = s.output_used(s.after(2), employee_id="S-1")
    assert "yourself" in (objection(line(used), "S-1", authority()) or "")


def test_it_is_decided_anew_until_it_is_used() -> None:
    denied = s.decided(s.after(2), decision="denied")
    found = line(denied)
    assert objection(found, "S-2", authority()) is None
    assert overtaken(found, denied.id) is None
    # Who saw nothing of it is told first.
    assert overtaken(found, "") == "It was denied by S-1 meanwhile."
    anew = line(denied, s.decided(s.after(3), known_as="anew"))
    assert anew.decision is not None
    assert anew.decision.data.decision == "approved"
    used = line(denied, s.output_used(s.after(4)))
    why = "It was denied by S-1, and the product has been used since."
    assert objection(used, "S-2", authority()) == why
