"""Which requests for an approval wait, and who may decide on them."""

from typing import Any

import pytest

from schemas.oversight import ApprovalRequested
from services.console.approvals.requests import Line, lines_of, objection
from services.order import scenario as s
from services.runtime.roster import Person, Roster

ROSTER = Roster(
    {
        "E-1": Person("E-1", None, None, "patrol", False, "S-1", "active"),
        "S-1": Person("S-1", None, None, "patrol", True, "L-1", "active"),
        "S-2": Person("S-2", None, None, "traffic", True, None, "active"),
        "S-9": Person("S-9", None, None, "traffic", True, None, "suspended"),
    }
)


def asked(**data: Any) -> ApprovalRequested:
    whole = {"use_id": "U-1", "employee_id": "E-1", "output_id": "O-1"} | data
    made = s.event("oversight.approval.requested.v1", "use/U-1", s.after(1), known_as="r", **whole)
    assert isinstance(made, ApprovalRequested)
    return made


def line(*around: Any, **data: Any) -> Line:
    (found,) = lines_of([asked(**data)], [s.use(s.after(0)), *around])
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
    assert lines_of([request], [s.retracted(s.after(3), request)]) == []


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
    said = objection(line(), me, ROSTER, chain_required=required)
    assert (said is None) if why is None else (said is not None and why in said)


def test_whoever_used_the_product_does_not_decide_on_it() -> None:
    used = s.output_used(s.after(2), employee_id="S-1")
    assert "yourself" in (objection(line(used), "S-1", ROSTER, chain_required=False) or "")


def test_it_is_decided_once() -> None:
    said = objection(line(s.decided(s.after(2))), "S-2", ROSTER, chain_required=False)
    assert said == "It was approved by S-1 meanwhile."
