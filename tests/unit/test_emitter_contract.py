"""The emitter keeps to the contract and to Blotter's side of the topic names."""

import ast
import doctest
import importlib
import pkgutil
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import blotter_emitter
import pytest
from blotter_emitter import fields, topics
from blotter_emitter.contract import ai as shipped

from deploy import sync_contract
from schemas import ai
from services.runtime.topics import intake_topic

PACKAGE = Path(blotter_emitter.__file__).parent
MODULES = [
    module.name
    for module in pkgutil.walk_packages(blotter_emitter.__path__, "blotter_emitter.")
    if not module.ispkg
]


def test_the_shipped_contract_is_the_contract() -> None:
    assert sync_contract.drifted() == []


def test_drift_is_seen_and_mended(tmp_path: Path) -> None:
    sync_contract.sync(copies=tmp_path)
    (tmp_path / "ai.py").write_text("x = 1\n")
    assert sync_contract.drifted(copies=tmp_path) == ["ai.py"]
    (tmp_path / "scanner" / "old.py").write_text("")
    assert sync_contract.sync(copies=tmp_path) == ["ai.py", "scanner/old.py"]
    assert sync_contract.drifted(copies=tmp_path) == []


@pytest.mark.parametrize(
    "source",
    [
        "/vendors/acme/report-writer",
        "/records/rms",
        "/console",
        "/vendors/acme/a.b",
        "/vendors/acme/a~b",
        "/vendors/" + "x" * 190,
    ],
)
def test_both_sides_name_the_same_topic(source: str) -> None:
    assert topics.intake_topic(source) == intake_topic(source)


@pytest.mark.parametrize(
    ("builder", "data"),
    [
        (fields.UseRecordedFields, ai.UseRecordedData),
        (fields.UseBlockFields, ai.UseRecordedData),
        (fields.OutputUsedFields, ai.OutputUsedData),
        (fields.OutputSharedFields, ai.OutputSharedData),
        (fields.OutputEvaluatedFields, ai.OutputEvaluatedData),
        (fields.RetentionReportedFields, ai.RetentionReportedData),
    ],
)
def test_builders_take_exactly_the_fields_of_the_contract(builder: Any, data: Any) -> None:
    envelope = {"time", "event_id", "traceparent"}
    assert set(builder.__annotations__) - envelope == set(data.model_fields)
    required = {name for name, field in data.model_fields.items() if field.is_required()}
    # The emitter knows the system, and the block makes the id of its use.
    assert required - {"system_id", "use_id"} == builder.__required_keys__ - {"use_id"}


@pytest.mark.parametrize(
    ("ours", "model", "field"),
    [
        (fields.TreatedAs, shipped.OutputUsedData, "treated_as"),
        (fields.Manner, shipped.OutputSharedData, "manner"),
        (fields.Metric, shipped.OutputEvaluatedData, "metric"),
    ],
)
def test_words_written_out_again_are_the_contracts(ours: Any, model: Any, field: str) -> None:
    allowed = model.model_fields[field].annotation
    words = get_args(allowed)
    assert get_args(ours) == (get_args(words[0]) if type(None) in words else words)


def test_annotations_resolve() -> None:
    hints = get_type_hints(fields.RetentionReportedFields)
    assert set(get_args(hints["oldest_record_on"])) == {date, str}
    assert set(get_args(get_type_hints(fields.Common)["time"])) == {datetime, str, type(None)}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_every_file_is_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 9))


@pytest.mark.parametrize("name", ["blotter_emitter", *MODULES])
def test_examples_in_the_documentation_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
