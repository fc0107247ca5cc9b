"""Tables of facts, row by row: a wrong one takes no other along."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.events import Event
from schemas.oversight import EventRetracted
from services.console.registry import making, table
from services.console.registry.kinds import KINDS, Kind
from services.console.registry.own import refusal
from services.console.registry.table import DryRun
from services.order import scenario as s
from tests.unit.test_registry_form import EXAMPLES

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
WAIVERS, TRAINING = KINDS["waivers"], KINDS["training"]
OWN = {"use/own"}
HEAD = "subject,waiver_id,clause,approver_id,reason,until"


def tried(content: str, known: Sequence[Event] = (), kind_name: str = "waivers") -> DryRun:
    kind = KINDS[kind_name]
    boxes, rows = table.read(kind, content.encode())
    made = table.make_all(kind, boxes, rows, NOW, ZONE, "P-1")

    def refused(event: Event) -> str | None:
        return refusal(event, "P-1", OWN)

    def retract(event: Event) -> Event:
        return making.retraction(event, NOW, "P-1", making.CORRECTED)

    return table.dry_run(kind, made, list(known), ZONE, refused, retract)


def test_an_open_quote_takes_its_own_line_only() -> None:
    rows = [
        'use/1,W-1,C.2,S-1,"two\nlines, and ""so""",2030-01-01',
        'use/2,W-2,C.2,S-1,"open,2030-01-01',
        "use/3,W-3,C.2,S-1,fine,2030-01-01",
        'use/4,W-4,C.2,S-1,"fine, too",2030-01-01',
        "use/5,W-5,C.2,P-1,own,2030-01-01",
        "use/6,W-6,C.2",
        "use/own,W-7,C.2,S-1,own,2030-01-01",
    ]
    run = tried("\n".join([HEAD, *rows]))
    assert [each.event.subject for each in run.added] == ["use/1", "use/3", "use/4"]
    assert run.added[0].event.data.reason == 'two\nlines, and "so"'  # type: ignore[union-attr]
    assert [line for line, _ in run.wrong] == [4, 7, 8, 9]


def test_what_was_sent_is_unchanged_and_what_was_retracted_is_sent_anew() -> None:
    content = f"{HEAD}\nuse/1,W-1,C.2,S-1,fine,2030-01-01"
    (first,) = tried(content).events
    assert tried(content).events == [first]
    assert tried(content, [first]).unchanged == 1
    (told,) = tried(content.replace("fine", "better"), [first]).changed
    assert told.changes is not None
    assert [(each.before, each.after) for each in told.changes] == [("fine", "better")]
    gone = making.retraction(first, NOW + timedelta(hours=1), "P-1", "wrong")
    (again,) = tried(content, [first, gone]).events
    assert again.id == f"{first.id}-2"


def test_a_changed_training_takes_the_place_of_the_old_one() -> None:
    content = "employee_id,course,topics,time\nE-1,AI,a|b,2026-10-01 10:00"
    (first,) = tried(content, [], "training").events
    second, gone = tried(content.replace("a|b", "a"), [first], "training").events
    assert isinstance(gone, EventRetracted)
    assert (gone.data.event_source, gone.data.event_id) == (first.source, first.id)
    (third, _) = tried(content, [first, second, gone], "training").events
    assert third.id == f"{first.id}-2"
    assert len(tried(content.replace("AI", "B"), [first], "training").events) == 1


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_the_table_of_what_is_known_changes_nothing(kind: Kind, event: Event) -> None:
    content = table.written(kind, [event]).decode()
    run = tried(content, [event], kind.name)
    assert (run.unchanged, run.events, run.wrong) == (1, [], [])


@pytest.mark.parametrize("name", ["=1+1", "'=1+1", "-3", "'", 'a,"b";\n c', "+|\\"])
def test_no_cell_of_a_table_is_a_formula_and_all_are_read_again(name: str) -> None:
    event = s.employee("P-1", name=name, unit=name)
    content = table.written(KINDS["employees"], [event]).decode()
    assert not re.search(r'(^|,)"?[=+@-]', content.partition("\r\n")[2])
    assert tried(content, [event], "employees").unchanged == 1


def test_two_rows_of_the_same_at_the_same_time() -> None:
    head = "employee_id,course,topics,time\n"
    row = "E-1,AI,a|b,2026-10-01 10:00"
    run = tried(f"{head}{row}\n{row}\n{row.replace('a|b', 'a')}\nE-1,AI,a,", [], "training")
    assert (len(run.added), run.unchanged) == (1, 1)
    assert [line for line, _ in run.wrong] == [4, 5]
