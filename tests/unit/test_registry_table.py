"""Tables of facts, row by row: a wrong one takes no other along."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.events import Event
from schemas.oversight import EventRetracted
from schemas.registry import EmployeeChanged
from services.console.registry import making, table
from services.console.registry.kinds import KINDS, Kind
from services.console.registry.own import refusal
from services.console.registry.table import DryRun
from services.console.registry.texts import cell
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

    def again(values: making.Values) -> Event:
        return making.make(kind, values, NOW, "P-1")

    return table.dry_run(kind, made, list(known), ZONE, refused, retract, again)


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


ROSTER = "employee_id,unit,is_supervisor,status"


def test_what_a_file_says_nothing_of_keeps_holding() -> None:
    known = s.employee("E-1", name="Kim", role="officer", email="e-1@example.org", unit="North")
    (missing,) = tried(f"{ROSTER}\nE-1,South,no,active", [known], "employees").changed
    (empty,) = tried(f"{ROSTER},email\nE-1,South,no,active,", [known], "employees").changed
    for each in (missing, empty):
        assert [(c.label, c.before, c.after) for c in each.changes or ()] == [
            ("Unit", "North", "South")
        ]
        assert isinstance(each.event, EmployeeChanged)
        data = each.event.data
        assert (data.name, data.role, data.email) == ("Kim", "officer", "e-1@example.org")
    same = f"{ROSTER},email\nE-1,North,no,active,"
    assert tried(same, [known], "employees").unchanged == 1


def test_what_is_cleared_is_said_so_and_summed_up() -> None:
    known = [s.employee(f"E-{n}", role="officer", email="e@example.org", unit="N") for n in "12"]
    rows = [
        "E-1,N,no,active,[clear],[clear]",
        "E-2,N,no,active,,[clear]",
        "E-3,N,no,active,,[clear]",
    ]
    run = tried("\n".join([f"{ROSTER},role,email", *rows]), known, "employees")
    assert run.cleared == {"Role": 1, "Email": 2}
    assert (len(run.changed), len(run.added), run.wrong) == (2, 1, [])
    events = [each.event for each in run.changed]
    assert all(isinstance(e, EmployeeChanged) and e.data.email is None for e in events)
    required = tried(f"{ROSTER}\nE-1,[clear],no,active", known, "employees")
    assert required.wrong == [(2, {"unit": "is required"})]


def test_a_part_of_a_group_keeps_the_other() -> None:
    (kind, known) = next(
        (kind, event) for kind, event in EXAMPLES
        if kind.name == "systems" and making.values_of(kind, event).get("safeguards.from")
    )  # fmt: skip
    values = making.values_of(kind, known)
    required = [box.path for box in kind.boxes if box.required and not (box.group or box.is_group)]
    boxes = {box.path: box for box in kind.boxes}
    row = [cell(boxes[path], values[path]) for path in required]
    table_ = f"{','.join(required)},safeguards.from\n{','.join(row)},2020-01-01"
    (told,) = tried(table_, [known], "systems").changed
    after = making.values_of(kind, told.event)
    changed = {k for k in values.keys() | after.keys() if values.get(k) != after.get(k)}
    assert changed == {"safeguards.from", "time"}


@pytest.mark.parametrize("email", ["not an address", "=cmd()", "a@b@c", "a b@example.org"])
def test_what_is_no_address_is_named(email: str) -> None:
    run = tried(f"{ROSTER},email\nE-1,North,no,active,{email}", [], "employees")
    ((line, errors),) = run.wrong
    assert (line, list(errors)) == (2, ["email"])
    assert errors["email"].startswith("must be an e-mail address")
    assert email not in errors["email"]
