"""The roster: whose supervisor is who, also where what was filed makes no sense."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.order import scenario as s
from services.runtime.roster import Person, Roster, roster_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def person(
    number: int, supervisor: int | None, status: str = "active", leads: bool = True
) -> Person:
    above = None if supervisor is None else f"E-{supervisor}"
    return Person(f"E-{number}", None, None, "Patrol", leads, above, status)


def roster(*people: Person) -> Roster:
    return Roster({each.employee_id: each for each in people})


def test_below_is_everybody_however_far_down() -> None:
    found = roster(person(1, None), person(2, 1), person(3, 2), person(4, 2), person(5, None))
    assert found.below("E-1") == {"E-2", "E-3", "E-4"}
    assert found.below("E-2") == {"E-3", "E-4"}
    assert found.below("E-5") == found.below("nobody") == frozenset()


def test_a_circle_ends() -> None:
    found = roster(person(1, 3), person(2, 1), person(3, 2), person(4, 4))
    assert found.below("E-1") == {"E-2", "E-3"}
    assert found.below("E-4") == frozenset()
    assert found.supervisor_of("E-4") is None


def test_the_nearest_supervisor_who_is_there() -> None:
    found = roster(
        person(1, None), person(2, 1, "leave"), person(3, 2, leads=False), person(4, 3),
        person(5, 2), person(6, 77),
    )  # fmt: skip
    for below in ("E-4", "E-5", "E-2"):
        above = found.supervisor_of(below)
        assert above is not None
        assert above.employee_id == "E-1"
    assert found.supervisor_of("E-1") is found.supervisor_of("E-6") is None
    assert found.supervisor_of("nobody") is None


def test_in_a_circle_nobody_is_their_own_supervisor() -> None:
    found = roster(person(1, 2, "leave"), person(2, 1, "leave"))
    assert found.supervisor_of("E-1") is None


def test_the_latest_fact_counts_unless_it_was_retracted_or_is_still_to_come() -> None:
    first = s.employee("E-1", NOW - timedelta(days=9), unit="Patrol", supervisor_id="S-1")
    second = s.employee("E-1", NOW - timedelta(days=2), unit="Traffic", supervisor_id="S-2")
    later = s.employee("E-1", NOW + timedelta(days=2), unit="Records", supervisor_id="S-3")
    facts = [later, second, first]
    assert roster_of(facts, NOW).people["E-1"].supervisor_id == "S-2"
    assert roster_of(facts, NOW - timedelta(days=5)).people["E-1"].unit == "Patrol"
    assert roster_of(facts, NOW - timedelta(days=50)).people == {}
    back = s.retracted(NOW - timedelta(days=1), second)
    assert roster_of([*facts, back], NOW).people["E-1"].unit == "Patrol"


people = st.lists(
    st.tuples(st.none() | st.integers(0, 30), st.sampled_from(["active", "leave"]), st.booleans()),
    max_size=30,
).map(lambda all_: roster(*(person(n, *each) for n, each in enumerate(all_))))


@given(people)
def test_below_agrees_with_going_up_step_by_step(found: Roster) -> None:
    for one in found.people:
        above = set()
        here = found.people.get(one)
        while (
            here is not None and here.supervisor_id is not None and here.supervisor_id not in above
        ):
            above.add(here.supervisor_id)
            here = found.people.get(here.supervisor_id)
        for other in found.people:
            assert (one in found.below(other)) == (other in above and other != one)
        boss = found.supervisor_of(one)
        assert boss is None or (
            boss.employee_id in above - {one} and boss.is_supervisor and boss.status == "active"
        )


def test_ten_thousand_people_in_one_line() -> None:
    found = roster(*(person(n, n - 1 if n else None, leads=n == 0) for n in range(10_000)))
    assert len(found.below("E-0")) == 9_999
    boss = found.supervisor_of("E-9999")
    assert boss is not None
    assert boss.employee_id == "E-0"


def test_who_looks_after_whom_is_the_same_walk() -> None:
    found = roster(
        person(1, None),
        person(2, 1, "leave"),
        person(3, 2),
        person(4, 1),
        person(5, None),
        person(6, 9),
    )
    assert found.looked_after_by("E-1") == {"E-2", "E-3", "E-4"}
    assert found.looked_after_by("E-2") == found.looked_after_by("nobody") == frozenset()
    assert found.looked_after == {"E-2", "E-3", "E-4"}
    assert found.off_duty == {"E-2"}


def test_somebody_is_known_by_parts_of_their_name() -> None:
    names = {"E-1": "Ana María Ruiz", "E-2": "Ana Berg", "E-3": None}
    people = [person(n, None)._replace(name=names[f"E-{n}"]) for n in (1, 2, 3)]
    found = roster(*people)
    assert found.named("ana") == {"E-1", "E-2"}
    assert found.named("RUI an") == {"E-1"}
    assert found.named("uiz") == found.named("Ana Lind") == frozenset()
