"""Every example in every rule file comes true; every rule is seen from both sides."""

import gc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import Event
from schemas.policy import Policy
from schemas.verdicts import FINDING_KINDS, Verdict
from services.order.rule import Example, Rule
from services.order.rulebook import examples, rulebook
from tests.casebook import judge_all

ALL = examples()
IDS = [f"{rule.clause} {rule.id} {example.name}" for rule, example in ALL]


def verdict_of(rule: Rule, example: Example, events: list[Event] | None = None) -> Verdict:
    told = list(example.events) if events is None else events
    judged = judge_all(told, example.now, Policy(), rulebook(), example.observed)
    return next(v for v in judged if (v.rule, v.subject) == (rule.id, example.subject))


@pytest.mark.parametrize(("rule", "example"), ALL, ids=IDS)
def test_example(rule: Rule, example: Example) -> None:
    verdict = verdict_of(rule, example)
    told = f"{rule.clause} {rule.id}, example “{example.name}”: the rule says “{verdict.reason}”"
    assert verdict.verdict == example.expect, told
    assert example.reason in verdict.reason, told


@pytest.mark.parametrize("rule", rulebook(), ids=lambda rule: f"{rule.clause} {rule.id}")
def test_rule_is_seen_from_both_sides(rule: Rule) -> None:
    seen = {example.expect for owner, example in ALL if owner is rule}
    assert seen & FINDING_KINDS
    assert seen - FINDING_KINDS


@pytest.mark.parametrize(("rule", "example"), ALL, ids=IDS)
@given(data=st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_order_and_repetition_leave_no_trace(
    rule: Rule, example: Example, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(list(example.events)))
    doubled = data.draw(st.lists(st.sampled_from(shuffled), max_size=5))
    assert verdict_of(rule, example, [*doubled, *shuffled, *doubled]) == verdict_of(rule, example)


def test_judging_makes_no_cycles() -> None:
    """Whoever judges a whole log does without Python's collector (`services.runtime.collector`)."""
    for _, example in ALL:
        judge_all(list(example.events), example.now, Policy(), rulebook(), example.observed)
    gc.collect()
    gc.disable()
    try:
        for _, example in ALL:
            judge_all(list(example.events), example.now, Policy(), rulebook(), example.observed)
        assert gc.collect() == 0
    finally:
        gc.enable()
