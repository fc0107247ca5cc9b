"""C.2.a: a final document says that generative AI was used for it."""

from typing import Any

from schemas import ai, oversight
from schemas.events import Event

from ..case import Case
from ..outcome import Outcome
from ..reviews import SETTLED, judge_outputs
from ..rule import Example, Rule
from ..scenario import (
    RECORDS,
    after,
    department,
    disclosed,
    face_search,
    heartbeat,
    output_used,
    retracted,
    source,
    use,
    waiver,
)
from ..words import bare

Disclosure = oversight.DisclosureRecorded


def check(case: Case) -> Outcome:
    """Each text that went into a final document is disclosed there, by its use; later cures."""
    return judge_outputs(case, _judge, textual=True)


def _judge(case: Case, output: ai.OutputUsed) -> Outcome:
    named = f"output {output.data.output_id}"
    if not output.data.final_document:
        reason = f"{named} was not used in a final document"
        return Outcome("not_applicable", reason, (case.use, output), output.time)
    if bare(output.data.disclosure):
        reason = f"the document with {named} says that AI was used"
        return Outcome("compliant", reason, (case.use, output), output.time)
    told = _statements(case)
    if output.data.document_id is None and told:
        documents = ", ".join(dict.fromkeys(d.data.document_id for d in told))
        reason = f"{documents} says that AI was used, but not stated is whether it holds {named}"
        return Outcome("undetermined", reason, (case.use, output, *told), output.time)
    return _by_record(case, output, told)


def _statements(case: Case) -> list[Disclosure]:
    """What documents of this use say of it, by time; a blank statement says nothing."""
    return [told for told in case.of(Disclosure) if bare(told.data.statement)]


def _by_record(case: Case, output: ai.OutputUsed, told: list[Disclosure]) -> Outcome:
    """By what was recorded of the output's own document."""
    at, document = output.time, output.data.document_id
    own = [statement for statement in told if statement.data.document_id == document][:1]
    if own and own[0].time <= at:
        reason = f"{document} says that AI was used"
        return Outcome("compliant", reason, (case.use, output, *own), at, at)
    used = f"output {output.data.output_id} was used in {document or 'a final document'}"
    duty = f"{used}; a statement there that AI was used is not on record"
    waiting = case.awaits("disclosure", deadline=at, since=output, duty=duty)
    if waiting is not None:
        return waiting
    used += f" on {case.when(at)}"
    if own:
        reason = f"{used}; that AI was used is stated there only since {case.when(own[0].time)}"
        return Outcome("cured", reason, (case.use, output, *own), at, at)
    reason = f"{used} without a statement there that AI was used"
    others = told[-1:]
    if others:
        reason += f"; the one on record is in {others[0].data.document_id}"
    return Outcome("violation", reason, (case.use, output, *others), at, at)


RULE = Rule(
    clause="C.2.a",
    id="disclosure",
    title="A final document says that generative AI was used for it",
    remedy="a statement in the document that generative AI was used, there when it was used",
    settings=("generated_text.capabilities", "generated_text.output_kinds"),
    severity="medium",
    kinds=("use",),
    check=check,
    settled=SETTLED,
)

_now = after(9)
_rms = source(RECORDS, system_of_record=True, holds=["disclosure"], cadence_seconds=3600)
_statement = disclosed(after(0.5))


def _final(**data: Any) -> list[Event]:
    """An output of U-1 was used in document D-1, which is final."""
    whole: dict[str, Any] = {"final_document": True, "document_id": "D-1"} | data
    return [*department(), use(), output_used(after(1), **whole)]


EXAMPLES = [
    Example(
        "stated in the document",
        _final(disclosure="Drafted with generative AI."),
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "stated, and the document is not named",
        _final(disclosure="Drafted with AI.", document_id=None),
        "use/U-1",
        "compliant",
        _now,
    ),
    Example("recorded before", [*_final(), _statement], "use/U-1", "compliant", _now, "D-1 says"),
    Example(
        "recorded at that instant",
        [*_final(), disclosed(after(1))],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "recorded just after",
        [*_final(), disclosed(after(1, seconds=0.01))],
        "use/U-1",
        "cured",
        _now,
        "only since",
    ),
    Example("nothing stated", _final(), "use/U-1", "violation", _now, "without a statement"),
    Example("settling", _final(), "use/U-1", "pending", after(1, minutes=5)),
    Example("just settled", _final(), "use/U-1", "violation", after(1, minutes=5, seconds=0.01)),
    Example(
        "recorded after, while the document may yet have said so",
        [*_final(), disclosed(after(1.01))],
        "use/U-1",
        "pending",
        after(1, minutes=5),
    ),
    Example(
        "a blank statement in the document",
        _final(disclosure=" \u200b-"),
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "a blank statement on record",
        [*_final(), disclosed(after(0.5), statement="  ")],
        "use/U-1",
        "violation",
        _now,
        "without a statement",
    ),
    Example(
        "another document says so",
        [*_final(), disclosed(after(0.5), document_id="D-2")],
        "use/U-1",
        "violation",
        _now,
        "the one on record is in D-2",
    ),
    Example(
        "a document says so, but not stated is which one it is",
        [*_final(document_id=None), _statement],
        "use/U-1",
        "undetermined",
        _now,
        "D-1 says that AI was used, but not stated",
    ),
    Example(
        "no document named, nothing stated",
        _final(document_id=None),
        "use/U-1",
        "violation",
        _now,
        "in a final document",
    ),
    Example(
        "one of two final documents says so",
        [
            *_final(),
            _statement,
            output_used(after(2), output_id="O-2", final_document=True, document_id="D-2"),
        ],
        "use/U-1",
        "violation",
        _now,
        "O-2 was used in D-2",
    ),
    Example(
        "a draft",
        [*department(), use(), output_used(after(1), document_id="D-1")],
        "use/U-1",
        "not_applicable",
        _now,
        "not used in a final document",
    ),
    Example(
        "said to be no final document",
        _final(final_document=False),
        "use/U-1",
        "not_applicable",
        _now,
    ),
    Example(
        "an image",
        [
            *department(),
            use(capability="image"),
            output_used(after(1), output_kind="image", final_document=True),
        ],
        "use/U-1",
        "not_applicable",
        _now,
        "no text",
    ),
    Example(
        "a transcription",
        [
            *department(),
            use(capability="audio"),
            output_used(after(1), output_kind="transcription", final_document=True),
        ],
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "statement retracted",
        [*_final(), _statement, retracted(after(2), _statement)],
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "the system of record is silent",
        [*_final(), _rms, heartbeat(after(0.9), complete_to=after(0.9))],
        "use/U-1",
        "pending",
        _now,
        "has not yet reported",
    ),
    Example(
        "the system of record has spoken",
        [*_final(), _rms, heartbeat(after(2), complete_to=after(1))],
        "use/U-1",
        "violation",
        _now,
    ),
    Example(
        "back-dated by a source that is no system of record",
        [
            *_final(),
            source("/vendors/docs"),
            disclosed(after(0.5), sent_by="/vendors/docs", received=after(30)),
        ],
        "use/U-1",
        "undetermined",
        after(31),
        "reported late",
    ),
    Example(
        "back-dated by a system of record",
        [*_final(), _rms, disclosed(after(0.5), received=after(30))],
        "use/U-1",
        "compliant",
        after(31),
    ),
    Example(
        "late, from a source that the registry does not name",
        [*_final(), disclosed(after(0.5), received=after(30))],
        "use/U-1",
        "compliant",
        after(31),
    ),
    Example(
        "waived",
        [*_final(), waiver(after(0.5), "use/U-1", "C.2", after(2))],
        "use/U-1",
        "waived",
        _now,
    ),
    Example("not used", [*department(), use()], "use/U-1", "not_applicable", _now, "no output"),
    Example(
        "perceptive",
        [*department(), face_search(), output_used(after(1), final_document=True)],
        "use/U-1",
        "not_applicable",
        _now,
        "no generative",
    ),
    Example(
        "system not registered",
        [
            *department(),
            use(system_id="shadow"),
            output_used(after(1), final_document=True),
        ],
        "use/U-1",
        "not_applicable",
        _now,
        "not registered",
    ),
]
