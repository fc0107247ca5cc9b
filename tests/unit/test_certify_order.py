"""What the order would find in a sandbox: what the events give rise to, and nothing else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from blotter_emitter.certify import items_of

from schemas.events import Event, dump
from services.gateway.certification.order import MOST_REMARKS, remarks
from services.gateway.certification.trial import Sent, items
from services.order import scenario as s

NOW = datetime(2026, 3, 3, tzinfo=UTC)
REVIEWED = [
    s.decided(s.after(0.1), sent_by="/vendors/acme/x"),
    *(
        s.reviewed(s.after(0.1), kind, sent_by="/vendors/acme/x")
        for kind in ("accuracy", "content_bias")
    ),
]


def found(*events: Event) -> dict[str, str]:
    """Clause by clause, what is said."""
    lines = b"\n".join(map(dump, events))
    return {each.clause: each.text for each in remarks(items_of(lines, s.after(1)), NOW)}


def final(**data: Any) -> Event:
    return s.output_used(s.after(1), final_document=True, document_id="D-1", **data)


def test_nothing_is_found_in_nothing() -> None:
    assert remarks((), NOW) == ()
    assert remarks(items_of(b"no event"), NOW) == ()


def test_a_use_that_asks_for_nothing_gives_rise_to_nothing() -> None:
    assert found(s.use()) == {}


def test_duties_of_others_show_that_enough_was_told() -> None:
    told = found(s.use(), final(disclosure="With AI."))
    assert set(told) == {"B.3", "C.1.a", "C.2"}


def test_what_the_product_left_out_is_found() -> None:
    told = found(s.use(), final(), *REVIEWED)
    assert set(told) == {"C.2.a"}
    assert "without a statement" in told["C.2.a"]


def test_personal_use_and_identification_are_found() -> None:
    told = found(
        s.plate_search(purpose="personal", purpose_text="a neighbour"),
        s.used_as_lead(s.after(1), treated_as="identification"),
    )
    assert {"B.2.a", "F.1.c", "D.1.a", "D.2", "D.4"} <= set(told)


def test_the_department_is_supposed_to_do_its_part() -> None:
    told = found(
        s.use(data_classes=["cji"], system_id="never registered"),
        s.forecast(use_id="U-2", employee_id="never trained"),
    )
    assert told == {}


@pytest.mark.parametrize("hour", [0, 2, 7, 9, 23])
def test_it_does_so_at_whatever_hour_the_events_come(hour: int) -> None:
    """By UTC it is a day later than where the order is in force, for some hours."""
    assert found(s.use(datetime(2026, 2, 20, hour, 30, tzinfo=UTC))) == {}


def test_names_and_times_may_be_at_their_limits() -> None:
    long = "E" * 199
    uses = [s.use(datetime(1970, 1, 1, tzinfo=UTC), use_id="U-1", employee_id=long + "1")]
    uses += [s.use(datetime(2199, 12, 31, tzinfo=UTC), use_id="U-2", employee_id=long + "2")]
    # The training of 1970 has lapsed by then.
    assert "B.2.b" in found(*uses)


def test_a_gap_is_found() -> None:
    uses = [s.use(use_id=f"U-{number}", sequence=number, instance="host-1") for number in (1, 2, 4)]
    assert set(found(*uses)) == {"completeness"}


def test_what_intake_would_refuse_is_left_out() -> None:
    approval = json.loads(dump(REVIEWED[0]))
    approval["data"]["decision"] = "perhaps"
    lines = b"\n".join([dump(s.use()), json.dumps(approval).encode()])
    assert remarks(items_of(lines), NOW) == ()


def test_very_much_is_cut() -> None:
    personal = [s.use(use_id=f"U-{number}", purpose="personal") for number in range(MOST_REMARKS)]
    lines = b"\n".join(map(dump, personal))
    cut = remarks(items_of(lines), NOW)
    assert len(cut) == MOST_REMARKS
    assert {each.clause for each in cut} == {"B.2.a"}


def test_a_remark_says_what_would_have_mended_it() -> None:
    lines = dump(s.use(purpose="personal"))
    [first, *_] = remarks(items_of(lines), NOW)
    assert first.verdict == "Possible violation"
    assert first.subject == "use/U-1"
    assert first.title and first.mend


def test_items_are_numbered_across_records() -> None:
    at = NOW - timedelta(hours=1)
    both = dump(s.use()), b"[" + dump(s.use(use_id="U-2")) + b",1]"
    read = items(Sent(at, line) for line in both)
    assert [(item.place, item.received) for item in read] == [(n, at) for n in (1, 2, 3)]
    assert read[2].event is None
