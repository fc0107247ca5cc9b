"""What holds for any event: it survives a round trip, and errors never tell its values."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas import errors, example_files
from schemas.events import EVENT, EVENT_MODELS, dump
from tests.schemas import support

MARKER = "Zq7-secret-4811"
WRONG_VALUES: tuple[Any, ...] = (
    MARKER,
    MARKER + "\u0000",
    MARKER * 2000,
    [MARKER],
    {"a": [MARKER]},
)
_settings = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def _filed(document: dict[str, Any]) -> dict[str, Any]:
    """The document under the subject that its data names, where that is one of its fields."""
    model = EVENT_MODELS[document["type"]]
    for kind, field in model.subject_fields.items():
        if document["data"].get(field) is not None:
            return {**document, "subject": f"{kind}/{document['data'][field]}"}
    kind = next(iter(model.subject_fields))
    source = document["data"].get("source", document["source"])
    return {**document, "subject": f"source{source}" if kind == "source" else f"{kind}/x"}


@pytest.mark.parametrize("name", EVENT_MODELS)
@_settings
@given(data=st.data())
def test_an_event_that_is_written_and_read_is_the_same(name: str, data: st.DataObject) -> None:
    document = _filed(data.draw(support.documents(name)))
    text = support.as_json(document)
    # Rules across fields refuse some; the rest, and there is always one, must come back.
    if support.refusal(name, text):
        document = example_files.valid(name)["full"] | {"id": document["id"]}
        text = support.as_json(document)
    event = EVENT.validate_json(text)
    written = dump(event)
    assert EVENT.validate_json(written) == event
    assert dump(EVENT.validate_json(written)) == written
    assert b"\n" not in written


@pytest.mark.parametrize("name", support.NAMES)
@_settings
@given(data=st.data())
def test_what_the_json_schema_allows_the_model_reads(name: str, data: st.DataObject) -> None:
    document = data.draw(support.documents(name))
    support.validator(name).validate(document)
    refused = support.refusal(name, support.as_json(document))
    # Rules across fields, which JSON Schema cannot say.
    assert {error.field for error in refused} <= {"data", "subject"}


@pytest.mark.parametrize("name", support.NAMES)
@_settings
@given(data=st.data(), value=st.sampled_from(WRONG_VALUES))
def test_an_error_never_repeats_a_value(name: str, data: st.DataObject, value: Any) -> None:
    document = example_files.valid(name)["full"]
    *parents, last = data.draw(st.sampled_from(support.paths(document)))
    place = document
    for key in parents:
        place = place[key]
    place[last] = value
    refusal = support.refusal(name, support.as_json(document))
    assert MARKER not in errors.summary(refusal)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", MARKER.encode(), b'{"type":' + b"[" * 5000])
def test_what_is_no_json_is_refused_without_repeating_it(text: bytes) -> None:
    refusal = support.refusal("ai.use.recorded.v1", text)
    assert [error.field for error in refusal] == ["event"]
    assert MARKER not in errors.summary(refusal)
