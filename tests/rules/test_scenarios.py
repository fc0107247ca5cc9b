"""Every row of every table in tests/scenarios comes true."""

import pytest

from schemas.policy import Policy
from services.order.rulebook import rulebook
from tests.casebook import judge_all
from tests.scenarios.tables import Scenario, scenarios

ALL = list(scenarios())


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 250
    assert len({scenario.name.split(" ", 1)[1] for scenario in ALL}) == len(ALL)


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    clause, _, rule = scenario.rule.partition(" ")
    verdicts = judge_all(scenario.events, scenario.now, Policy(), rulebook())
    told = [
        (verdict.verdict, verdict.reason)
        for verdict in verdicts
        if (verdict.clause, verdict.subject) == (clause, scenario.subject)
        and rule in ("", verdict.rule)
    ]
    # A row that names the clause alone stays true when the clause gets one more rule.
    assert any(v == scenario.verdict and scenario.reason in reason for v, reason in told), told
