"""What was said of a lone use is said of another where judging that would say the same."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ai import Purpose
from schemas.events import Event
from schemas.policy import Policy
from services.order import scenario as s
from services.order.dossier import Dossier
from services.order.engine import Judgement, by_clause, judge
from services.order.registry import SOURCES, Registry
from services.order.rulebook import rulebook

HOURS = st.integers(-6, 6)
NOW = s.after(24 * 800)


def _validity(spans: tuple[int, int] | None) -> dict[str, object] | None:
    return None if spans is None else {"from": s.after(spans[0]), "to": s.after(spans[1])}


_spans = st.none() | st.tuples(HOURS, HOURS).map(lambda ends: (min(ends), max(ends) + 1))


@st.composite
def facts(draw: st.DrawFn) -> list[Event]:
    """A department in which things begin and end, reported at once or late."""
    changes: list[Event] = []
    for _ in range(draw(st.integers(1, 4))):
        at, kind = s.after(draw(HOURS)), draw(st.integers(0, 4))
        received = at + timedelta(hours=draw(st.sampled_from([0, 100])))
        if kind == 0:
            day_before = at - timedelta(days=1)
            changes.append(s.trained(draw(st.sampled_from([at, day_before])), received=received))
        elif kind == 1:
            status = draw(st.sampled_from(["active", "suspended"]))
            changes.append(s.employee("E-1", at, status=status))
        elif kind == 2:
            approved = draw(_spans)
            data = dict(zip(_APPROVED, map(s.after, approved or ()), strict=False))
            agreement = _validity(draw(_spans))
            third = draw(st.booleans())
            changes.append(
                s.system("writer", at, exchange_agreement=agreement, third_party=third, **data)
            )
        elif kind == 3:
            is_record = draw(st.booleans())
            changes.append(s.source(s.RECORDS, at, system_of_record=is_record))
        else:
            days = draw(st.sampled_from([1, 60]))
            changes.append(s.policy_change(at, training={"refresh_after_days": days}))
    others = [s.retracted(NOW, each) for each in changes if draw(st.integers(0, 5)) == 0]
    return [*s.department(), *changes, *others]


PURPOSES = st.sampled_from(["report_writing", "investigation"])
SAID: list[Callable[[str], Event]] = [
    lambda use_id: s.output_used(s.after(7), use_id=use_id),
    lambda use_id: s.complaint(s.after(8), use_id=use_id, allegation="unlawful_access"),
    lambda use_id: s.decided(s.after(6), use_id=use_id, received=s.after(80)),
]
OTHERS = st.lists(st.sampled_from(SAID), max_size=2)
Use = tuple[int, Purpose, list[Callable[[str], Event]]]
_APPROVED = ("approved_from", "approved_to")


@given(
    facts=facts(),
    cuts=st.lists(st.integers(0, 20), max_size=2).map(sorted),
    uses=st.lists(st.tuples(HOURS, PURPOSES, OTHERS), max_size=6),
)
@settings(max_examples=250, deadline=None)
def test_a_use_is_judged_as_if_there_had_been_no_other(
    facts: list[Event], cuts: list[int], uses: list[Use]
) -> None:
    rules = rulebook()
    # Two partitions, of which one learns later what the other knows.
    ahead, behind = Registry(Policy()), Registry(Policy())
    learned: list[Event] = []
    for start, end in pairwise([0, *cuts, len(facts)]):
        # Facts come between the uses: what rests on them must not last.
        for registry, news in ((behind, learned), (ahead, facts[start:end])):
            for fact in news:
                registry.add(fact)
        learned = facts[start:end]
        for number, (hour, purpose, said) in enumerate([*uses, *uses]):
            use = s.use(s.after(hour), use_id=f"U-{number}", purpose=purpose)
            events = [use, *(make(f"U-{number}") for make in said)]
            for registry in (ahead, behind):
                found = judge(Dossier(use.subject, events), registry, NOW, rules)
                # Of other rules nothing is known yet.
                alone = judge(Dossier(use.subject, events), registry, NOW, tuple(iter(rules)))
                assert _brief(found) == _brief(alone)
                assert found.verdicts == alone.verdicts
                assert _asked_enough(found, alone)


def _brief(judgement: Judgement) -> tuple[object, ...]:
    told = [(t.rule.id, t.clause, t.outcome[:2]) for t in sorted(judgement.told, key=by_clause)]
    return told, judgement.wake, judgement.attribution


def _asked_enough(found: Judgement, alone: Judgement) -> bool:
    """Whether whatever would have the one judged again has the other judged again: of sources, more
    may."""
    more = found.consulted.keys() - alone.consulted.keys()
    return more <= {SOURCES} and all(
        found.consulted[name] == at or (name == SOURCES and found.consulted[name] > at)
        for name, at in alone.consulted.items()
    )


def test_what_becomes_known_of_a_source_counts_for_the_next_use() -> None:
    late = s.trained(s.after(-40), received=s.after(-1))
    others = [fact for fact in s.department() if fact.type != late.type]
    registry = Registry(Policy())
    told = []
    for fact in (None, s.source(s.RECORDS, s.after(-50), system_of_record=False)):
        for each in [*others, late] if fact is None else [fact]:
            registry.add(each)
        for number in range(2):
            use = s.use(use_id=f"U-{number}")
            judgement = judge(Dossier(use.subject, [use]), registry, NOW, rulebook())
            told += [t.outcome.verdict for t in judgement.told if t.rule.id == "trained_before_use"]
    assert told == ["compliant", "compliant", "undetermined", "undetermined"]
