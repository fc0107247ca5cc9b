"""Generated files are what the models say; released ones never change and still hold."""

import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from schemas import compatibility, generate, json_schema

RELEASES = sorted((generate.ROOT / "schemas/released").glob("v*"))
ASYNCAPI = generate.ROOT / "tests/data/asyncapi/3.0.0.json"


def test_no_generated_file_differs() -> None:
    assert generate.differing() == []


def test_a_changed_a_missing_and_a_left_over_file_are_named(tmp_path: Path) -> None:
    generate.write(tmp_path)
    assert generate.differing(tmp_path) == []
    (tmp_path / "docs/events.md").write_text("changed", "utf-8")
    (tmp_path / "schemas/asyncapi.json").unlink()
    (tmp_path / "schemas/json/gone.schema.json").write_text("{}", "utf-8")
    wrong = ["docs/events.md", "schemas/asyncapi.json", "schemas/json/gone.schema.json"]
    assert generate.differing(tmp_path) == wrong
    generate.write(tmp_path)
    assert generate.differing(tmp_path) == []


@pytest.mark.parametrize("name", json_schema.MODELS)
def test_a_json_schema_is_valid_and_every_object_of_named_fields_is_closed(name: str) -> None:
    schema = json_schema.document(name)
    Draft202012Validator.check_schema(schema)
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            assert part["additionalProperties"] is False


def test_asyncapi_is_valid_by_the_official_schema() -> None:
    official = json.loads(ASYNCAPI.read_text("utf-8"))
    document = json.loads((generate.ROOT / "schemas/asyncapi.json").read_text("utf-8"))
    Draft7Validator(official).validate(document)
    broken = document | {"channels": {"intake": {"address": 7}}}
    assert not Draft7Validator(official).is_valid(broken)


def test_every_reference_in_asyncapi_leads_somewhere() -> None:
    document = json.loads((generate.ROOT / "schemas/asyncapi.json").read_text("utf-8"))
    for reference in _references(document):
        place = document
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]


def _references(value: object) -> set[str]:
    if isinstance(value, list):
        return {found for item in value for found in _references(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own | {found for item in value.values() for found in _references(item)}


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_a_released_schema_never_changes(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.json")
    }
    assert found == sums


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_what_was_released_is_still_accepted(folder: Path) -> None:
    released = {
        path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8"))
        for path in folder.glob("*.json")
    }
    current = {name: json_schema.document(name) for name in json_schema.MODELS}
    assert compatibility.broken(released, current) == []


def test_there_is_a_release() -> None:
    assert [folder.name for folder in RELEASES][:1] == ["v1"]


def test_a_version_is_released_once(tmp_path: Path) -> None:
    generate.write(tmp_path)
    generate.release("v1", tmp_path)
    with pytest.raises(FileExistsError):
        generate.release("v1", tmp_path)
