"""From records to documents: ids, versions, leaf numbers, and what cannot be read."""

import json
from typing import Any

import orjson
import pytest

from schemas.records import Rejected
from services.indexer.bulk import requests
from services.indexer.documents import Action, Record, actions, entry_key, event_id, refusal
from services.indexer.leaves import from_metadata, to_metadata
from services.runtime import topics
from services.runtime.indices import Indices

INDICES = Indices("blotter")
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/vendors/acme/x",
    "type": "ai.use.recorded.v1",
    "subject": "use/1",
    "time": "2025-12-31T23:30:00-08:00",
    "receivedtime": "2026-01-01T08:00:00Z",
    "data": {"use_id": "1"},
}


def record(topic: str, value: bytes, key: bytes = b"", offset: int = 7) -> Record:
    return Record(topic, 2, offset, 1_700_000_000_000, key, value)


def header(action: Action) -> dict[str, Any]:
    (operation, fields), *_ = json.loads(action.header).items()
    return {"operation": operation, **fields}


def test_an_events_exact_bytes_and_leaf_number_are_kept() -> None:
    line = json.dumps(EVENT, indent=None, separators=(" ,", " : ")).encode()
    made = actions(record(topics.EVENTS, line + b"\n" + line), INDICES, leaf=41)
    documents = [json.loads(each.document) for each in made]
    assert [each["raw"] for each in documents] == [line.decode()] * 2
    assert [each["log_leaf"] for each in documents] == [41, 42]
    assert documents[0]["log_partition"] == 2
    assert header(made[0])["operation"] == "create"


def test_an_event_is_filed_under_the_month_in_utc() -> None:
    (made,) = actions(record(topics.EVENTS, orjson.dumps(EVENT)), INDICES)
    assert header(made)["_index"] == "blotter-events-2026.01"
    assert json.loads(made.document)["time"] == "2026-01-01T07:30:00+00:00"


def test_the_id_of_an_event_does_not_depend_on_when_it_was_received_or_how_it_is_ordered() -> None:
    again = dict(reversed(list(EVENT.items()))) | {"receivedtime": "2026-02-02T00:00:00Z"}
    other = EVENT | {"data": {"use_id": "2"}}
    assert event_id(EVENT) == event_id(again)
    assert event_id(EVENT) != event_id(other)


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"time":"x"}', b'{"id":"\xff"}', b'{"time":5,"source":"/a/b"}']
)
def test_a_line_that_is_no_event_keeps_its_place_and_is_told(line: bytes) -> None:
    good = orjson.dumps(EVENT)
    value = b"\n".join([good, line, good])
    made = actions(record(topics.EVENTS, value), INDICES, leaf=10)
    assert [header(each)["_index"] for each in made] == [
        "blotter-events-2026.01",
        "blotter-rejected",
        "blotter-events-2026.01",
    ]
    assert json.loads(made[2].document)["log_leaf"] == 12
    told = Rejected.model_validate_json(made[1].document)
    assert (told.topic, told.partition, told.offset, told.item) == (topics.EVENTS, 2, 7, 1)
    assert made[1].about_refusal


def test_findings_are_versioned_by_their_revision_and_get_an_entry() -> None:
    finding = {
        "finding_id": "f", "revision": 3, "group": "g", "clause": "D.2", "severity": "high",
        "subject": "use/1", "verdict": "violation",
    }  # fmt: skip
    (made,) = actions(record(topics.FINDINGS, orjson.dumps(finding)), INDICES)
    assert header(made) == {
        "operation": "index",
        "_index": "blotter-findings",
        "_id": "f",
        "version": 3,
        "version_type": "external",
    }
    assert json.loads(made.document) == {
        **finding,
        "entry": entry_key(finding),
        "severity_rank": 3,
        "status": "new",
    }
    (history,) = actions(record(topics.FINDING_HISTORY, orjson.dumps(finding)), INDICES)
    assert (header(history)["operation"], header(history)["_id"]) == ("create", "f:3")


def entry(**changes: Any) -> str:
    """Of a finding on a use, about one officer."""
    told = {
        "group": "use/1", "subject": "use/1", "clause": "B.2.a", "rule": "official_purpose",
        "verdict": "violation", "employee_id": "E-1", "system_id": "x", "reason": "said so",
    }  # fmt: skip
    return entry_key(told | changes)


def other(number: int) -> dict[str, str]:
    return {"group": f"use/{number}", "subject": f"use/{number}"}


def test_the_same_words_about_the_same_person_are_one_entry() -> None:
    assert entry() == entry(**other(2))
    differing = [
        {"clause": "D.4"}, {"rule": "other"}, {"employee_id": "E-2"}, {"reason": "otherwise"},
    ]  # fmt: skip
    assert len({entry(), *(entry(**other(2), **each) for each in differing)}) == 5
    # About nobody: each subject by itself.
    assert entry(employee_id=None) != entry(employee_id=None, **other(2))


def test_a_use_that_nobody_reported_is_one_entry_under_all_clauses() -> None:
    unreported = {"system_id": None, "verdict": "undetermined"}
    assert entry(**unreported) == entry(**unreported, clause="D.4", rule="alpr_search")
    assert entry(**unreported) != entry(**unreported, **other(2))
    # What is known of it all the same stands by itself.
    assert entry(**unreported) != entry(system_id=None)


def test_a_cause_that_a_rule_names_is_one_entry() -> None:
    shared = {"group": "system/x"}
    again = entry(**shared, subject="use/2", employee_id="E-2", reason="otherwise")
    assert entry(**shared) == again
    assert entry(**shared) != entry(**shared, clause="D.4")


def test_metrics_and_progress_share_a_topic() -> None:
    dossier = orjson.dumps({"dossier": "use/" + "ü" * 400, "revision": 2})
    (made,) = actions(record(topics.METRICS, dossier, b"use/1"), INDICES)
    assert len(header(made)["_id"]) == 64
    assert (header(made)["version"], header(made)["version_type"]) == (2, "external")
    progress = orjson.dumps({"partition": 1, "offset": 99})
    (made,) = actions(record(topics.METRICS, progress, b"progress/1"), INDICES)
    assert (header(made)["_index"], header(made)["_id"]) == ("blotter-progress", "1")
    assert (header(made)["version"], header(made)["version_type"]) == (99, "external_gte")


@pytest.mark.parametrize(
    "name",
    ["f-1", "use/ünïcode", 'with "quotes"', "back\\slash", "line\nbreak", "x" * 600, "x" * 128],
)
@pytest.mark.parametrize("topic", [topics.FINDING_HISTORY, topics.METRICS])
def test_however_a_record_is_written_it_gets_the_same_id(topic: str, name: str) -> None:
    own = "dossier" if topic == topics.METRICS else "finding_id"
    body = {own: name, "revision": 7, "clause": "D.2"}
    backwards = dict(reversed(body.items()))
    written = [
        orjson.dumps(body),
        orjson.dumps(body | {"revision": 7}, option=orjson.OPT_INDENT_2),
        json.dumps(body).encode(),
        json.dumps(backwards, ensure_ascii=False).encode(),
    ]
    made = [actions(record(topic, value, b"key"), INDICES)[0] for value in written]
    assert len({each.header for each in made}) == 1
    assert all(json.loads(each.document) == body for each in made)
    assert not any(b"\n" in each.header + each.document for each in made)


def test_a_finding_written_over_several_lines_is_one_line_of_a_request() -> None:
    finding = {
        "finding_id": "f", "revision": 3, "group": "g", "clause": "D.2", "severity": "low",
        "subject": "use/1", "verdict": "violation",
    }  # fmt: skip
    value = orjson.dumps(finding, option=orjson.OPT_INDENT_2) + b"\n"
    (made,) = actions(record(topics.FINDINGS, value), INDICES)
    assert b"\n" not in made.document
    assert json.loads(made.document)["severity_rank"] == 1


@pytest.mark.parametrize("value", ["2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", 5])
def test_an_event_of_no_time_is_told(value: Any) -> None:
    (made,) = actions(record(topics.EVENTS, orjson.dumps(EVENT | {"time": value})), INDICES)
    assert header(made)["_index"] == "blotter-rejected"


@pytest.mark.parametrize("name", ["time", "receivedtime"])
def test_a_time_is_written_as_elasticsearch_reads_it(name: str) -> None:
    event = EVENT | {"time": "2026-01-01T08:00:00Z", name: "2026-01-01t00:00:00.5-08:00"}
    (made,) = actions(record(topics.EVENTS, orjson.dumps(event)), INDICES)
    assert json.loads(made.document)[name] == "2026-01-01T08:00:00.500000+00:00"
    assert json.loads(made.document)["raw"] == orjson.dumps(event).decode()


def test_a_tombstone_changes_nothing() -> None:
    assert actions(record(topics.FINDINGS, b"", b"f"), INDICES) == []


def test_a_refused_event_keeps_its_bytes_among_the_leaves() -> None:
    (made,) = actions(record(topics.EVENTS, orjson.dumps(EVENT)), INDICES, leaf=5)
    about, bare = refusal(made, INDICES, "strict_dynamic_mapping_exception: data.x")
    told = Rejected.model_validate_json(about.document)
    assert (told.event_id, told.source) == ("1", "/vendors/acme/x")
    assert "strict_dynamic_mapping_exception" in told.reason
    assert "data" not in json.loads(bare.document)
    assert json.loads(bare.document)["raw"] == orjson.dumps(EVENT).decode()
    assert len(refusal(bare, INDICES, "again")) == 1


def test_requests_are_cut_by_count_and_by_bytes() -> None:
    (one,) = actions(record(topics.EVENTS, orjson.dumps(EVENT)), INDICES)
    size = len(one.header) + len(one.document) + 2
    assert [len(each) for each in requests([one] * 7, 3, 10**9)] == [3, 3, 1]
    assert [len(each) for each in requests([one] * 7, 100, 2 * size)] == [2, 2, 2, 1]
    assert [len(each) for each in requests([one] * 2, 100, 1)] == [1, 1]


def test_only_our_own_metadata_names_a_leaf() -> None:
    assert from_metadata(to_metadata(12)) == 12
    assert from_metadata("") is None
    assert from_metadata("leaf=x") is None
