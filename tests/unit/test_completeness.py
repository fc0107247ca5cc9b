"""Completeness: what only intake sees of a source, refusals and conflicts, and what it leads to."""

from datetime import datetime, timedelta
from functools import reduce

import pytest

from schemas.base import LARGEST_COUNT
from schemas.events import Event
from schemas.policy import Policy
from schemas.records import DOSSIER_RECORD, DossierRecord
from schemas.verdicts import Verdict
from services.intake.outbox import Outbox
from services.order import scenario as s
from services.order.dossier import Dossier
from services.order.engine import judge
from services.order.findings import metrics
from services.order.observing import MOST_RUNS, Observer, merged
from services.order.registry import Registry
from services.order.rulebook import rulebook
from tests.unit.test_fold import Live

SUBJECT = f"source{s.RECORDS}"
MONTH_OVER = datetime.fromisoformat("2026-04-02T00:00:00+00:00")
"""30 days after the end of 2026-03-02 in UTC."""
INSTANT = timedelta(seconds=0.01)


def observer_of(*events: Event, refused: tuple[datetime, ...] = ()) -> Observer:
    observer = Observer(s.RECORDS)
    for event in events:
        observer.add(event)
    for at in refused:
        observer.refuse(at)
    return observer


def verdicts(now: datetime, *observers: Observer) -> dict[str, Verdict]:
    dossier = Dossier(SUBJECT)
    for observer in observers:
        dossier.observe(observer.observed())
    judgement = judge(dossier, Registry(Policy()), now, rulebook())
    return {verdict.rule: verdict for verdict in judgement.verdicts}


@pytest.mark.parametrize(("refused", "expected"), [(10, "compliant"), (11, "violation")])
def test_refusals_of_one_day_add_up_over_lots(refused: int, expected: str) -> None:
    lots = [observer_of(refused=(s.after(n / 10),)) for n in range(refused)]
    assert verdicts(s.after(3), *lots)["refused_events"].verdict == expected


def test_a_day_of_refusals_ages_out() -> None:
    seen = observer_of(s.documented(s.after(0)), refused=(s.after(1),) * 11)
    assert verdicts(MONTH_OVER, seen)["refused_events"].verdict == "violation"
    assert verdicts(MONTH_OVER + INSTANT, seen)["refused_events"].verdict == "compliant"


def test_the_fold_looks_again_when_a_day_has_aged_out() -> None:
    live = Live()
    seen = observer_of(refused=(s.after(1),) * 11).observed()
    step = live.fold.apply(
        0, DossierRecord(input="in/0", tick=s.after(2), entries=[], observed=[seen])
    )
    assert [(f.verdict, f.state) for f in step.findings] == [("violation", "open")]
    still = live.fold.apply(1, DossierRecord(input="in/0", tick=MONTH_OVER, entries=[]))
    assert still.findings == []
    over = live.fold.apply(2, DossierRecord(input="in/0", tick=MONTH_OVER + INSTANT, entries=[]))
    assert [(f.verdict, f.state) for f in over.findings] == [("compliant", "withdrawn")]


def test_a_conflict_is_named_and_stays() -> None:
    first = s.documented(s.after(0), known_as="same")
    observer = observer_of(first)
    observer.conflict("same", s.after(0))
    for now in (s.after(1), MONTH_OVER + INSTANT):
        found = verdicts(now, observer)["conflicting_events"]
        assert found.verdict == "violation"
        assert [(ref.source, ref.id) for ref in found.evidence] == [(s.RECORDS, "same")]


def test_a_gap_names_the_events_on_both_sides() -> None:
    events = [s.documented(s.after(0), known_as=f"ev-{n}", sequence=n) for n in (4, 5, 9, 10)]
    found = verdicts(s.after(1), observer_of(*events))["sequence_gaps"]
    assert [ref.id for ref in found.evidence] == ["ev-5", "ev-9"]
    assert found.occurred_at == s.after(0)


def numbered(number: int, instance: str = "a") -> Event:
    return s.documented(s.after(0), known_as=f"ev-{number}", sequence=number, instance=instance)


def test_a_number_of_19_digits_is_one() -> None:
    largest = 10**19 - 1
    events = [numbered(n, instance) for instance in ("a", "b") for n in (0, largest)]
    outbox = Outbox(1, s.RECORDS)
    for event in events:
        outbox.accept(event)
    *_, written = outbox.writes("in/0", s.after(0), s.after(0), everywhere=False)
    (seen,) = DOSSIER_RECORD.validate_json(written.value).observed
    assert [run.last for run in seen.runs["a"]] == [0, largest]
    dossier = Dossier(SUBJECT)
    dossier.observe(seen)
    judged = judge(dossier, Registry(Policy()), s.after(1), rulebook())
    gaps = next(v for v in judged.verdicts if v.rule == "sequence_gaps")
    assert f"{largest - 1:,} numbers of instance a" in gaps.reason
    assert judged.attribution is not None
    told = metrics(SUBJECT, 1, judged.attribution, judged, s.after(1), seen)
    assert told.source is not None and told.source.missing == LARGEST_COUNT


def test_numbers_at_random_do_not_fill_the_state() -> None:
    numbers = range(0, 2 * MOST_RUNS + 100, 2)
    whole = observer_of(*map(numbered, numbers)).observed()
    lots = [observer_of(*map(numbered, numbers[n::7])).observed() for n in range(7)]
    assert len(whole.runs["a"]) == MOST_RUNS
    assert reduce(merged, lots).runs == reduce(merged, reversed(lots)).runs == whole.runs


def test_nothing_observed_is_nothing_to_judge() -> None:
    dossier = Dossier(SUBJECT, [s.source(s.RECORDS)])
    judged = judge(dossier, Registry(Policy()), s.after(1), rulebook()).verdicts
    assert {verdict.verdict for verdict in judged} == {"not_applicable"}
