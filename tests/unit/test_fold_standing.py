"""The fold over time: whatever was judged on the way, in the end the live state says what a
judgement of the whole log says. Each row of the scenarios is told in any order and in any lots,
while time passes, to a fold that is stopped and started again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import Event
from schemas.policy import Policy, TimePolicy
from schemas.registry import PolicyChanged, SourceChanged
from services.order import scenario as s
from services.order.eventset import received
from services.order.rulebook import rulebook
from tests.casebook import judge_all
from tests.scenarios.tables import Scenario, scenarios
from tests.unit.test_fold import Live, assert_agree, received_at

ALL = list(scenarios())
# What comes after a record was closed is judged from the archive alone; here nothing closes.
OPEN_FOR_DAYS = 3653.0
POLICY = Policy(time=TimePolicy(dossier_closes_after_days=OPEN_FOR_DAYS))
INPUTS = ("in/0", "in/1")
_INSTANT = timedelta(microseconds=1)


def kept_open(event: Event) -> Event:
    """A policy under which records stay open for years."""
    if not isinstance(event, PolicyChanged):
        return event
    policy = event.data.policy
    longer = policy.get("time", {}) | {"dossier_closes_after_days": OPEN_FOR_DAYS}
    data = event.data.model_copy(update={"policy": policy | {"time": longer}})
    return event.model_copy(update={"data": data})


def log_of(scenario: Scenario) -> list[Event]:
    """What was received of a scenario by the time at which it is judged."""
    told = [kept_open(received_at(event, event.time)) for event in scenario.events]
    return [event for event in told if received(event) <= scenario.now]


def moments(log: Sequence[Event], now: datetime) -> list[datetime]:
    """When something may change up to now: as events happen and are received, and as what follows
    from them is due."""
    known = {time for event in log for time in (event.time, received(event))} | {now}
    later = [timedelta(minutes=5), *(timedelta(days=n) for n in (1, 7, 14, 30, 245, 335, 365))]
    told = known | {time + span for time in known for span in later}
    each = {time + step for time in told for step in (-_INSTANT, timedelta(), _INSTANT)}
    return sorted(time for time in each if time <= now)


def assert_says_all(live: Live, log: Sequence[Event], now: datetime) -> None:
    """The live state is that of a judgement of the log."""
    assert_agree(live, judge_all(log, now, POLICY, rulebook()))


def tick(live: Live, log: Sequence[Event], now: datetime) -> None:
    """Every input says that all up to now was passed on, and all that is put off is judged."""
    registered = {event.data.source for event in log if isinstance(event, SourceChanged)}
    for name in (*INPUTS, *sorted(registered)):
        live.tell([], now, name)
    while live.fold.progress().backlog:
        live.tell([], now)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_live_says_what_a_judgement_of_the_log_says_though_time_passed(data: st.DataObject) -> None:
    scenario = data.draw(st.sampled_from(ALL))
    log = log_of(scenario)
    told = data.draw(st.permutations(log + data.draw(st.lists(st.sampled_from(log), max_size=4))))
    ticks = sorted(data.draw(st.lists(st.sampled_from(moments(log, scenario.now)), max_size=6)))
    live = Live(POLICY, judged_per_record=data.draw(st.integers(1, 5)))
    at = min(event.time for event in log)
    while told:
        size = min(len(told), data.draw(st.sampled_from([1, 2, 5, 100])))
        live.tell(told[:size], at, data.draw(st.sampled_from(INPUTS)))
        told = told[size:]
        time_passes = data.draw(st.booleans())
        if ticks and time_passes:
            at = max(at, ticks.pop(0))
            tick(live, log, at)
        if data.draw(st.booleans()):
            live.restart()
    for moment in ticks:
        tick(live, log, max(at, moment))
    tick(live, log, scenario.now)
    assert_says_all(live, log, scenario.now)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_event_that_comes_last_is_enough_to_judge_again(data: st.DataObject) -> None:
    scenario = data.draw(st.sampled_from(ALL))
    log = log_of(scenario)
    # The department comes first; what the scenario adds to it is of more interest.
    place = len(log) - 1 - min(data.draw(st.integers(0, 5)), len(log) - 1)
    rest, last = log[:place] + log[place + 1 :], log[place]
    live = Live(POLICY)
    live.tell(rest, min(event.time for event in log))
    tick(live, log, scenario.now)
    live.tell([last], scenario.now)
    tick(live, log, scenario.now)
    assert_says_all(live, log, scenario.now)


def verdict(live: Live, rule: str, subject: str) -> str:
    return live.told().get((subject, rule), "not_applicable")


def test_a_retracted_registration_of_a_source_counts_from_any_time() -> None:
    wrong = s.source(s.RECORDS, known_as="wrong")
    review = s.reviewed(s.after(0.5), "accuracy", received=s.after(48))
    live = Live()
    live.tell([*s.department(), wrong, s.use(), s.output_used(s.after(1)), review], s.after(60))
    live.tell([], s.after(60), s.RECORDS)
    assert verdict(live, "accuracy_review", "use/U-1") == "undetermined"
    live.tell([s.retracted(s.after(72), wrong)], s.after(73))
    live.tell([], s.after(73), s.RECORDS)
    assert verdict(live, "accuracy_review", "use/U-1") == "compliant"


@pytest.mark.parametrize("restarted", [False, True])
def test_a_source_whose_suspension_was_retracted_is_waited_for(restarted: bool) -> None:
    suspended = s.source(s.RECORDS, s.after(0.5), status="suspended")
    live = Live()
    live.tell([*s.department(), s.source(s.RECORDS, s.after(0)), suspended], s.after(1))
    live.tell([s.retracted(s.after(1), suspended)], s.after(2))
    if restarted:
        live.restart()
    assert live.fold.now == s.after(0)


def test_a_fact_that_takes_the_place_of_one_with_its_id_judges_again_what_that_one_concerned() -> (
    None
):
    demoted = s.employee("S-1", s.after(-2), known_as="same", received=s.after(3))
    first = s.supervisor("S-1", s.after(2), known_as="same", received=s.after(2))
    use = [s.use(), s.decided(s.after(0.5)), s.output_used(s.after(1))]
    live = Live()
    live.tell([*s.department(), *use, demoted], s.after(4))
    assert verdict(live, "supervisor_approval", "use/U-1") == "violation"
    live.tell([first], s.after(4))
    assert verdict(live, "supervisor_approval", "use/U-1") == "compliant"
