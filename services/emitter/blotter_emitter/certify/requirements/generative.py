"""Generative AI: part C of the order."""

from typing import List, Optional, Tuple

from ...contract import ai
from ..evidence import Evidence
from ..requirement import (
    ADVICE,
    MUST,
    SHOULD,
    Outcome,
    each,
    not_applicable,
    not_shown,
    passed,
    requirement,
)

_FAMILY: Tuple[ai.Family, ...] = ("generative",)
_WORDS = ("text", "transcription", "translation")
_PICTURES = ("image", "graphics", "video", "audio")
_FILED = ("report", "case_file", "court", "public_release")


def _text_outputs(evidence: Evidence) -> List[ai.OutputUsed]:
    return [o for o in evidence.outputs("generative") if o.data.output_kind in _WORDS]


@requirement(
    SHOULD,
    "C.2.a",
    why="Only a final document must state that AI helped. If nobody tells which are final, nothing"
    " can be asked.",
    mend="State final_document as true or false each time that text goes into a document.",
    families=_FAMILY,
)
def final_told(evidence: Evidence) -> Outcome:
    """It is told whether a document is final"""
    filed = [o for o in _text_outputs(evidence) if o.data.used_for in _FILED]

    def fault(output: ai.OutputUsed) -> str:
        return "final_document is missing" if output.data.final_document is None else ""

    return each(filed, "texts in documents", fault, "final or not")


@requirement(
    MUST,
    "C.2.a",
    why="A final document must say that generative AI was used. The statement is judged as it"
    " stands in the document.",
    mend="Put the statement into the document, and send it as disclosure with document_id. A"
    " product that makes no final documents declares that: --declare disclosure=REASON.",
    families=_FAMILY,
)
def disclosure(evidence: Evidence) -> Outcome:
    """A final document states that AI was used"""
    finals = [o for o in _text_outputs(evidence) if o.data.final_document]
    told = {e.data.get("use_id") for e in evidence.oversight() if "disclosure" in e.type}

    def fault(output: ai.OutputUsed) -> str:
        states = (output.data.disclosure or "").strip() or output.data.use_id in told
        return "" if states else "disclosure is missing"

    if not finals and not any(u.data.capability in _WORDS for u in evidence.uses("generative")):
        return not_applicable("the product makes no text")
    nothing = not_shown("no final document with generated text is shown")
    return each(finals, "final documents", fault, "each has its statement", nothing)


@requirement(
    SHOULD,
    "C.1.a",
    "C.2.a",
    why="A disclosure or a review that names a document counts for that one only.",
    mend="Send document_id: the number under which the document is filed.",
    families=_FAMILY,
)
def document_named(evidence: Evidence) -> Outcome:
    """Documents are named"""
    filed = [o for o in evidence.outputs("generative") if o.data.used_for in _FILED]

    def fault(output: ai.OutputUsed) -> str:
        return "" if output.data.document_id else "document_id is missing"

    return each(filed, "outputs in documents", fault, "documents are named")


@requirement(
    SHOULD,
    "C.1.a",
    why="Approved, then edited: only a digest shows that what was used is what the supervisor saw.",
    mend="Send output_digest, a digest of the output as it was used, keyed or at least as long.",
    families=_FAMILY,
)
def version_told(evidence: Evidence) -> Outcome:
    """The version of an output that was used can be told"""

    def fault(output: ai.OutputUsed) -> str:
        return "" if output.data.output_digest else "output_digest is missing"

    return each(evidence.outputs("generative"), "outputs", fault, "each has its digest")


@requirement(
    ADVICE,
    "C.1.a",
    why="A supervisor approves what they can find.",
    mend="Where the product knows that approval is asked for, send oversight.approval.requested.v1"
    " with use_id, output_id and a locator. Approvals that are given elsewhere need nothing here.",
    families=_FAMILY,
)
def approval_asked(evidence: Evidence) -> Outcome:
    """The product tells where approval is asked for"""
    asked = [e for e in evidence.oversight() if e.type == "oversight.approval.requested.v1"]
    return passed(f"requests: {len(asked)}") if asked else not_shown("no request is shown")


@requirement(
    MUST,
    "F.1.b",
    "C.1.b",
    why="Nobody's face, voice or other attributes may be altered without consent, and a picture of"
    " an employee needs approval. Only the product can tell whom it shows.",
    mend="For pictures, video and audio send alters_likeness, and in depicted_employees whom they"
    " show.",
    families=_FAMILY,
)
def likeness_told(evidence: Evidence) -> Outcome:
    """Pictures, video and audio tell whose likeness they alter"""
    made = [u for u in evidence.uses("generative") if u.data.capability in _PICTURES]

    def fault(use: ai.UseRecorded) -> Optional[str]:
        if use.data.alters_likeness is None:
            return "alters_likeness is missing"
        nobody = use.data.alters_likeness and not use.data.depicted_employees
        return "alters a likeness, and depicted_employees is missing" if nobody else None

    return each(made, "uses for pictures, video or audio", fault, "likeness is told")


@requirement(
    SHOULD,
    "C.1.c",
    why="Redaction is exempt from approval for body-worn and in-car video only.",
    mend="For redaction send input_kind.",
    families=_FAMILY,
)
def redaction_input(evidence: Evidence) -> Outcome:
    """Redaction tells what was redacted"""
    redactions = [u for u in evidence.uses("generative") if u.data.capability == "redaction"]

    def fault(use: ai.UseRecorded) -> str:
        return "" if use.data.input_kind else "input_kind is missing"

    return each(redactions, "redactions", fault, "each names its input")


REQUIREMENTS = (
    final_told,
    disclosure,
    document_named,
    version_told,
    approval_asked,
    likeness_told,
    redaction_input,
)
