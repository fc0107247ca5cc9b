"""JSON Schema (draft 2020-12) of every event type and record, made from the models."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from .base import PRINTABLE, Model
from .events import EVENT_MODELS
from .records import Rejected
from .verdicts import DossierMetrics, Finding, PartitionProgress, Verdict

Schema = dict[str, Any]

RECORDS: Mapping[str, type[Model]] = {
    "verdict": Verdict,
    "finding": Finding,
    "dossier-metrics": DossierMetrics,
    "partition-progress": PartitionProgress,
    "rejected": Rejected,
}
"""Model of each record that is no event, by the name of its schema."""

MODELS: Mapping[str, type[Model]] = {**EVENT_MODELS, **RECORDS}
"""Every model of the contract, by event type or name of the record."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PRINTABLE_REST = PRINTABLE.removeprefix("^")
_UNPRINTABLE = (
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ue000-\uf8ff\ufeff\ufff9-\ufffb]"
)
"""What PRINTABLE refuses, nearly all of it, for engines without its character classes (Python's)
and with other ideas of where a line ends (again Python's)."""


def schema_of(name: str) -> Schema:
    """The schema of an event type (`ai.use.recorded.v1`) or record (`finding`).

    Raises KeyError for a name that the contract does not have.
    """
    return published(name, MODELS[name].model_json_schema())


def published(name: str, schema: Schema) -> Schema:
    """The schema that pydantic made of a model, as others can use it."""
    if name in EVENT_MODELS:
        # A program may leave it out, for the model knows it; bytes may not.
        schema = {**schema, "required": [*schema["required"], "type"]}
    made: Schema = portable(schema)
    return made


def components(models: Mapping[str, type[Model]]) -> dict[str, Schema]:
    """The schemas of models and of all that they consist of, as AsyncAPI and OpenAPI hold them:
    by the names of the classes, under `#/components/schemas`."""
    _, joined = models_json_schema(
        [(model, "validation") for model in models.values()],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Schema] = joined["$defs"]
    names = {model.__name__: name for name, model in models.items()}
    return {title: published(names.get(title, ""), schema) for title, schema in schemas.items()}


def portable(schema: Any) -> Any:
    """The same schema with patterns that every engine of regular expressions understands."""
    if isinstance(schema, list):
        return [portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: portable(value) for key, value in schema.items()}
    pattern = made.get("pattern")
    if isinstance(pattern, str) and pattern.endswith(_PRINTABLE_REST):
        del made["pattern"]
        start = pattern.removesuffix(_PRINTABLE_REST)
        if start != "^":
            made["pattern"] = start + "."
        made["not"] = {"pattern": _UNPRINTABLE}
    return made


def document(name: str) -> Schema:
    """`schema_of(name)` as a document of its own, with dialect and identity."""
    return {"$schema": DIALECT, "$id": f"urn:blotter:{name}", **schema_of(name)}


def resolve(schema: Schema, root: Schema) -> Schema:
    """The schema that a `$ref` into `root["$defs"]` stands for; others as they are."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """The kinds of value that a schema allows, `null` left out, references resolved."""
    schema = resolve(schema, root)
    # Beside `properties`, `anyOf` says which of them must be there: not another kind of value.
    members = [schema] if "properties" in schema else schema.get("anyOf", [schema])
    resolved = [resolve(member, root) for member in members]
    return [member for member in resolved if member.get("type") != "null"]
