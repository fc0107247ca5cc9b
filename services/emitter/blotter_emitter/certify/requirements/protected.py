"""Nothing protected leaves the product in clear."""

import hashlib
import re
from typing import Iterator, List, Optional, Set, Tuple

from ...contract import ai
from ...contract.envelope import Envelope
from ...contract.scanner import scan
from ..evidence import Evidence, Item, texts
from ..requirement import MUST, SHOULD, Outcome, each, failed, not_shown, passed, requirement

_ANY_KEY = b"only the kinds are looked at"
_STATED = ("case_number", "licence_plate")
"""Kinds that a purpose, a case number or a document's name is expected to state."""
_ELSEWHERE = ("content", "employee_id", "approver_id", "reviewer_id", "digest", "detected")
"""Fields with a requirement of their own, and ids of people."""
_LONGEST_NAME = 60

_HEXADECIMAL = re.compile(r"(?:[a-z0-9-]{2,20}:)?(?:[0-9a-fA-F]{2}){16,64}")
_BASE64 = re.compile(r"(?:[a-z0-9-]{2,20}:)?[A-Za-z0-9+/_-]{43,90}={0,2}")
_WORD = re.compile(r"[^\s,;:()\"']{4,40}")
_HASHES = ("md5", "sha1", "sha256", "sha512")


@requirement(
    SHOULD,
    "B.4.a",
    "F.2",
    why="Prompts and outputs are what is most protected. Without the department's key they are"
    " scanned only on arrival, and lie in the product's topic until then.",
    mend="Ask the department for its key and set BLOTTER_DIGEST_KEY: then content is scanned in"
    " the product and never sent. Or leave content out, and tell data_classes and input_digest.",
)
def no_content(evidence: Evidence) -> Outcome:
    """Content stays in the product"""

    def fault(use: ai.UseRecorded) -> str:
        return "content was sent" if use.data.content is not None else ""

    uses = evidence.of(ai.UseRecorded)
    return each(uses, "uses", fault, "none was sent", not_shown("no use is shown"))


@requirement(
    MUST,
    "B.4.a",
    "F.2.a",
    "F.2.b",
    "F.2.c",
    "F.2.d",
    why="The log is kept for ever and read by auditors: names, numbers and records of people do"
    " not belong in it. Case numbers do, and the plate in a typed reason.",
    mend="Leave the value out of the field that is named, or set BLOTTER_DIGEST_KEY: then what is"
    " protected in purpose_text and extensions is masked before it is sent.",
)
def nothing_in_clear(evidence: Evidence) -> Outcome:
    """No protected data stands in clear in any text"""
    found: Set[str] = set()
    where: List[str] = []
    for item in evidence.items:
        hits = set(_in_clear(item))
        if hits:
            found |= hits
            where.append(item.name)
    if found:
        return failed(f"the scanner found {', '.join(sorted(found))}", where)
    count = len(evidence.items)
    return passed(f"events looked through: {count}") if count else not_shown("there are no events")


def _in_clear(item: Item) -> Iterator[str]:
    """What the scanner finds, and in which field."""
    whole = {"id": item.raw.get("id"), "data": item.raw.get("data")}
    for path, text in texts(whole):
        if any(part in path for part in _ELSEWHERE):
            continue
        expected = () if "extensions" in path else _STATED
        # The name of a field may be the word that tells what a number is.
        name = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.<>]", " ", path.rpartition(".")[2])[-_LONGEST_NAME:]
        for hit in scan(f"{name}: {text}", _ANY_KEY):
            if hit.kind not in expected:
                yield f"{hit.kind} in {_field(path)}"


def _field(path: str) -> str:
    """The path, without the names that the product chose: they may be what was found."""
    return path.split(".extensions", 1)[0] + (".extensions" if ".extensions" in path else "")


@requirement(
    MUST,
    "F.2.a",
    "F.1.a",
    why="A digest without a key is no secret: all plates of a state are tried out in a minute.",
    mend="Use HMAC-SHA256 under a secret key, in hexadecimal: 64 characters. A plain hash of the"
    " value is not enough, and a short code is none.",
)
def digests_keyed(evidence: Evidence) -> Outcome:
    """Digests are keyed digests"""

    def fault(event: Envelope) -> Optional[str]:
        plain = set(_plain_hashes(event))
        for field, digest in _digests(event):
            is_long = _HEXADECIMAL.fullmatch(digest) or _BASE64.fullmatch(digest)
            if not is_long or len(set(digest)) < 8:
                return f"{field} is no digest"
            if digest.rpartition(":")[2].lower() in plain:
                return f"{field} is a hash without a key"
        return None

    digested = [event for event in evidence.events if any(_digests(event))]
    return each(digested, "events with digests", fault, "they look keyed")


def _digests(event: Envelope) -> Iterator[Tuple[str, str]]:
    if not isinstance(event, (ai.UseRecorded, ai.OutputUsed)):
        return
    for field in ("input_digest", "output_digest", "target_digest"):
        digest = getattr(event.data, field, None)
        if digest:
            yield field, digest
    for hit in getattr(event.data, "detected", None) or ():
        yield "detected.digest", hit.digest


def _plain_hashes(event: Envelope) -> Iterator[str]:
    """Unkeyed hashes of all words that the event itself holds in clear."""
    data = event.data.model_dump(mode="json", exclude_none=True)
    for _, text in texts(data):
        for word in {text, *_WORD.findall(text)}:
            for form in {word, word.upper(), word.lower(), re.sub(r"\W", "", word).upper()}:
                for name in _HASHES:
                    yield hashlib.new(name, form.encode("utf-8", "surrogatepass")).hexdigest()


@requirement(
    SHOULD,
    "B.4.a",
    "F.2",
    why="Protected data may go into a system with safeguards only. What is found and was not"
    " declared makes a person look, each time.",
    mend="Set data_classes to what the input holds: pii, cori, cji or phi. The product knows it"
    " from the kind of record. Show it with made-up data.",
)
def classes_declared(evidence: Evidence) -> Outcome:
    """Protected data that goes in is declared"""
    uses = evidence.of(ai.UseRecorded)

    def fault(use: ai.UseRecorded) -> str:
        found = {hit.data_class for hit in use.data.detected or ()}
        if use.data.content is not None:
            found |= {hit.data_class for hit in scan(use.data.content, _ANY_KEY)}
        missing = sorted(found - set(use.data.data_classes or ()))
        return f"{', '.join(missing)} found and not declared" if missing else ""

    outcome = each(uses, "uses", fault, "nothing undeclared was found")
    if outcome.status == "failed" or any(use.data.data_classes for use in uses):
        return outcome
    return not_shown("no use declares protected data")


REQUIREMENTS = (no_content, nothing_in_clear, digests_keyed, classes_declared)
