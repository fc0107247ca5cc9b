"""Tables of facts, row by row: a wrong one takes no other along."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.events import Event
from services.console.registry import making, table
from services.console.registry.kinds import KINDS
from services.console.registry.table import DryRun

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
WAIVERS, TRAINING = KINDS["waivers"], KINDS["training"]
HEAD = "subject,waiver_id,clause,approver_id,reason,until"


def tried(content: str, known: Sequence[Event] = (), kind_name: str = "waivers") -> DryRun:
    kind = KINDS[kind_name]
    boxes, rows = table.read(kind, content.encode())
    made = table.make_all(kind, boxes, rows, NOW, ZONE, "P-1")
    return table.dry_run(kind, made, list(known), ZONE)


def test_an_open_quote_takes_its_own_line_only() -> None:
    rows = [
        'use/1,W-1,C.2,S-1,"two\nlines, and ""so""",2030-01-01',
        'use/2,W-2,C.2,S-1,"open,2030-01-01',
        "use/3,W-3,C.2,S-1,fine,2030-01-01",
        'use/4,W-4,C.2,S-1,"fine, too",2030-01-01',
        "use/5,W-5,C.2,P-1,own,2030-01-01",
        "use/6,W-6,C.2",
    ]
    run = tried("\n".join([HEAD, *rows]))
    assert [each.event.subject for each in run.added] == ["use/1", "use/3", "use/4"]
    assert run.added[0].event.data.reason == 'two\nlines, and "so"'  # type: ignore[union-attr]
    assert [line for line, _ in run.wrong] == [4, 7, 8]


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


def test_two_rows_of_the_same_at_the_same_time() -> None:
    head = "employee_id,course,topics,time\n"
    row = "E-1,AI,a|b,2026-10-01 10:00"
    run = tried(f"{head}{row}\n{row}\n{row.replace('a|b', 'a')}\nE-1,AI,a,", [], "training")
    assert (len(run.added), run.unchanged) == (1, 1)
    assert [line for line, _ in run.wrong] == [4, 5]
