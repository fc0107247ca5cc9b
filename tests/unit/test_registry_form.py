"""Every fact of the contract's examples through a form and a table's cells, and back."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schemas import example_files
from schemas.events import EVENT, Event
from services.console.registry import form, texts
from services.console.registry.kinds import KINDS, Kind
from services.console.registry.making import Wrong, make, values_of

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = [
    (kind, EVENT.validate_json(json.dumps(example)))
    for kind in KINDS.values()
    for example in example_files.valid(kind.event_type).values()
]


def alike(made: Event, event: Event) -> bool:
    kind = next(each for each in KINDS.values() if each.event_type == event.type)
    return values_of(kind, made) | {"time": made.time} == values_of(kind, event) | {
        "time": event.time
    }


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_a_form_filled_with_a_fact_states_the_same(kind: Kind, event: Event) -> None:
    typed = form.fill(kind, values_of(kind, event), ZONE)
    values, errors = form.read(kind, typed, ZONE)
    assert errors == {}
    assert alike(make(kind, values, NOW, "E-1"), event)


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_the_cells_of_a_fact_state_the_same(kind: Kind, event: Event) -> None:
    stated = values_of(kind, event)
    told = {box: texts.cell(box, stated[box.path]) for box in kind.boxes if box.path in stated}
    values = {box.path: texts.from_cell(box, text, ZONE) for box, text in told.items()}
    assert alike(make(kind, values, NOW, "E-1"), event)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_an_empty_form_names_every_field_that_is_required(kind: Kind) -> None:
    values, errors = form.read(kind, {}, ZONE)
    assert errors == {}
    with pytest.raises(Wrong) as wrong:
        make(kind, values, NOW, "E-1")
    wanted = {box.path for box in kind.boxes if box.required and not box.group and not box.is_group}
    assert set(wrong.value.errors) == wanted


@pytest.mark.parametrize("values", [["a|b", "c\\d"], ["a\nb"], ["\\n"], ["x"]])
@pytest.mark.parametrize("separator", ["|", "\n"])
def test_several_texts_in_one_come_apart_again(values: list[str], separator: str) -> None:
    assert texts.split(texts.join(values, separator), separator) == values
