"""Every example is accepted or refused as its name says, by the model and by the JSON Schema."""

import json

import pytest

from schemas import errors, example_files, json_schema
from schemas.events import EVENT_MODELS
from tests.schemas import support

# Why a document is refused that its JSON Schema cannot say.
BEYOND_JSON_SCHEMA = {
    "of_another_use",
    "of_another_kind",
    "before_1970",
    "offset_beyond_18_hours",
    "system_without_period",
    "policy_of_unknown_key",
}
VALID = [(name, what) for name in support.NAMES for what in example_files.valid(name)]
INVALID = example_files.invalid()


@pytest.mark.parametrize("name", support.NAMES)
def test_every_event_type_and_record_has_examples(name: str) -> None:
    assert {"minimal", "full"} <= example_files.valid(name).keys()
    assert [example for example in INVALID if example.name == name]


def test_every_folder_of_examples_is_of_a_known_name() -> None:
    folders = {path.name for path in example_files.FOLDER.iterdir()}
    assert folders == {*support.NAMES, "envelope"}


@pytest.mark.parametrize("name", support.NAMES)
def test_the_full_example_shows_every_field(name: str) -> None:
    schema = json_schema.schema_of(name)
    shown = example_files.valid(name)["full"]
    assert set(shown) == set(schema["properties"])
    if name in EVENT_MODELS:
        (data,) = json_schema.alternatives(schema["properties"]["data"], schema)
        assert set(shown["data"]) == set(data["properties"])


@pytest.mark.parametrize("name", support.NAMES)
def test_the_minimal_example_shows_no_field_that_may_be_left_out(name: str) -> None:
    schema = json_schema.schema_of(name)
    shown = example_files.valid(name)["minimal"]
    assert set(shown) - {"datacontenttype"} == set(schema["required"])
    if name in EVENT_MODELS:
        (data,) = json_schema.alternatives(schema["properties"]["data"], schema)
        either = {field["required"][0] for field in data.get("anyOf", ())}
        assert set(shown["data"]) - either <= set(data["required"])


@pytest.mark.parametrize(("name", "what"), VALID, ids="/".join)
def test_a_valid_example_is_accepted(name: str, what: str) -> None:
    example = example_files.valid(name)[what]
    assert not support.refusal(name, json.dumps(example))
    support.validator(name).validate(example)


@pytest.mark.parametrize("example", INVALID, ids=lambda e: f"{e.name}/{e.field}__{e.why}")
def test_an_invalid_example_is_refused_naming_the_field(example: example_files.Invalid) -> None:
    refusal = support.refusal(example.name, example.path.read_bytes())
    assert [error.field for error in refusal] == [example.field]
    assert errors.summary(refusal).startswith(f"{example.field}: ")


@pytest.mark.parametrize("example", INVALID, ids=lambda e: f"{e.name}/{e.field}__{e.why}")
def test_the_json_schema_refuses_it_too_where_it_can(example: example_files.Invalid) -> None:
    name = "ai.use.recorded.v1" if example.name == "envelope" else example.name
    accepted = support.validator(name).is_valid(json.loads(example.path.read_bytes()))
    assert accepted == (example.why in BEYOND_JSON_SCHEMA)
