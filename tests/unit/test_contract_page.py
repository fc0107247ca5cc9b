"""The contract's page shows the whole contract, and needs nothing but itself."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from pydantic import BaseModel, ValidationError, create_model

from schemas import ai, contract_page, errors, events, generate, json_schema
from schemas.envelope import Envelope
from schemas.events import EVENT, EVENT_MODELS
from schemas.json_schema import MODELS, RECORDS

TEXT = contract_page.text()
# It is made so that it can be read as XML too: what is not closed is noticed here.
PAGE = ElementTree.fromstring(TEXT)
IDS = {element.attrib["id"]: element for element in PAGE.iter() if "id" in element.attrib}


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def rows(name: str) -> dict[str, tuple[str, ...]]:
    """(required, value, meaning) of each field in the table of a type, a record or the envelope."""
    found = [element for at, element in IDS.items() if at.startswith(f"{name}/")]
    cells = [[words(cell) for cell in element] for element in found if element.tag == "tr"]
    return {path: tuple(rest) for path, *rest in cells}


def inner_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from inner_models(part)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Path and whether it is required, of each field of a model and of those within it."""
    for name, field in model.model_fields.items():
        many = re.search(r"\blist\b", str(field.annotation))
        path = prefix + (field.alias or name) + ("[]" if many else "")
        yield path, field.is_required()
        for inner in inner_models(field.annotation):
            yield from fields(inner, path + ".")


@pytest.mark.parametrize("name", ["envelope", *EVENT_MODELS])
def test_every_field_of_every_event_says_what_it_means(name: str) -> None:
    assert [path for path, (*_, meaning) in rows(name).items() if not meaning] == []


@pytest.mark.parametrize("name", MODELS)
def test_every_field_of_every_model_is_there_in_its_table(name: str) -> None:
    event = name in EVENT_MODELS
    model = EVENT_MODELS[name].model_fields["data"].annotation if event else RECORDS[name]
    shown = {path: cells[0] == "required" for path, cells in rows(name).items()}
    assert shown == dict(fields(model))
    assert words(IDS[name]) == name


def test_the_envelope_is_there_once() -> None:
    shown = {path: cells[0] == "required" for path, cells in rows("envelope").items()}
    expected = {path: required for path, required in fields(Envelope) if path != "data"}
    assert shown == expected


@pytest.mark.parametrize("name", MODELS)
def test_whatever_a_value_is_held_to_is_said(name: str) -> None:
    """A limit of a kind that the page knows no words for must not go unsaid."""
    known = {"minLength", "maxLength", "pattern", "not", "minimum", "maximum", "exclusiveMinimum",
             "type", "title", "description", "default", "anyOf", "enum", "const", "format", "items",
             "$ref", "$defs", "properties", "required", "additionalProperties"}  # fmt: skip
    schema = json_schema.schema_of(name)
    for part in (schema, *schema.get("$defs", {}).values()):
        for field in part.get("properties", {}).values():
            for member in (field, *field.get("anyOf", ()), field.get("items", {})):
                assert member.keys() <= known


def test_values_and_limits_stand_in_words() -> None:
    use, signed, source = (
        rows(name)
        for name in ("ai.use.recorded.v1", "review.week.signed.v1", "registry.source.changed.v1")
    )
    assert use["use_id"][:2] == ("required", "identifier1 to 200 printable characters")
    assert use["family"][1] == "one of generative, perceptive, predictive"
    assert use["latency_ms"][1] == "number0 or more"
    assert use["input_tokens"][1] == "whole number0 to 9,007,199,254,740,991"
    assert use["detected[].class"][1] == "one of pii, cori, cji, phi"
    assert use["account_kind"][2].endswith('Default: "named".')
    assert signed["week"][1].endswith("of the form ^[0-9]{4}-W[0-9]{2}$")
    assert source["cadence_seconds"][1] == "whole numbermore than 0"
    assert "Either use_id or system_id is required." in words(PAGE)


def example(name: str, what: str) -> Any:
    return json.loads("".join(IDS[f"{name}/{what}-example"].itertext()))


@pytest.mark.parametrize("name", EVENT_MODELS)
@pytest.mark.parametrize("what", ["full", "minimal"])
def test_every_example_is_valid_and_may_be_sent(name: str, what: str) -> None:
    shown = example(name, what)
    assert shown["type"] == name
    assert "receivedtime" not in shown
    EVENT.validate_json(json.dumps(shown))


@pytest.mark.parametrize("name", RECORDS)
def test_every_example_of_a_record_is_valid(name: str) -> None:
    RECORDS[name].model_validate_json(json.dumps(example(name, "full")))


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_the_refused_example_is_refused_as_it_says(name: str) -> None:
    shown = example(name, "refused")
    assert "receivedtime" not in shown
    with pytest.raises(ValidationError) as caught:
        EVENT.validate_json(json.dumps(shown))
    (error,) = errors.field_errors(caught.value)
    section = next(part for part in PAGE.iter("section") if IDS[name] in list(part))
    assert f"{error.field}: {error.message} (got {error.kind})" in words(section)
    marked = [json.loads(words(mark)) for mark in section.iter("mark")]
    assert len(marked) == (error.kind != "nothing")


def test_each_type_says_its_subject_and_its_topics() -> None:
    section = next(part for part in PAGE.iter("section") if IDS["ai.output.used.v1"] in list(part))
    said = words(section)
    assert "Subjectuse/<data.use_id>" in said
    assert "ai.intake.{source}, as /vendors/acme/report-drafter on ai.intake.vendors.acme" in said
    assert "Published by Blotteron ai.events" in said


def test_every_link_leads_somewhere_on_the_page() -> None:
    links = [link.attrib["href"] for link in PAGE.iter("a")]
    assert {link.removeprefix("#") for link in links} <= IDS.keys()
    assert all(f"#{name}" in links for name in MODELS)
    found = Counter(element.attrib["id"] for element in PAGE.iter() if "id" in element.attrib)
    assert found.most_common(1)[0][1] == 1


def test_nothing_runs_and_nothing_is_fetched() -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {e.tag for e in PAGE.iter()}
    names = {name for element in PAGE.iter() for name in element.attrib}
    assert not {name for name in names if name in ("src", "style") or name.startswith("on")}
    assert "url(" not in TEXT
    assert "@import" not in TEXT
    assert "<style" not in contract_page.content()


def test_headings_come_in_order_and_tables_say_what_their_headers_head() -> None:
    levels = [int(e.tag[1]) for e in PAGE.iter() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tables = list(PAGE.iter("table"))
    assert len(tables) == len(MODELS) + 1
    assert all(words(next(table.iter("caption"))) for table in tables)
    assert all(header.attrib["scope"] in ("col", "row") for header in PAGE.iter("th"))


def test_a_new_field_makes_the_file_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "ai.use.recorded.v1"
    assert "docs/contract.html" not in generate.differing()
    data = create_model("UseRecordedData", __base__=ai.UseRecordedData, shift=(str | None, None))
    model = create_model(
        "UseRecorded",
        __base__=ai.UseRecorded,
        __doc__=ai.UseRecorded.__doc__,
        __module__=ai.__name__,
        data=(data, ...),
    )
    monkeypatch.setitem(events.EVENT_MODELS, name, model)
    monkeypatch.setitem(json_schema.MODELS, name, model)
    assert "docs/contract.html" in generate.differing()
    assert f'id="{name}/shift"' in contract_page.text()


def test_the_file_stands_as_it_is_made() -> None:
    assert Path(generate.ROOT / "docs/contract.html").read_text("utf-8") == TEXT
