"""A product that drafts police reports: generative AI.

Set BLOTTER_SOURCE, BLOTTER_SYSTEM_ID and BLOTTER_KAFKA (or BLOTTER_GATEWAY and BLOTTER_API_KEY),
then run it: `python report_writer.py`. Python 3.9 or later, nothing but `blotter-emitter`.
"""

import hashlib
import hmac
import os
import sys
import threading
from datetime import date, timedelta
from typing import NamedTuple

from blotter_emitter import Emitter, Use

SECRET = os.environ.get("ACME_SECRET", "made up; the product's own secret stays there").encode()
DISCLOSURE = "This report was drafted with the help of generative AI."


def model(notes: str) -> str:
    """Stands in for the product's own model."""
    if not notes:
        raise ValueError("there is nothing to write about")
    return f"I was sent to the scene. {notes}"


def digest(text: str) -> str:
    """Tells one version of a text from another. Keyed, so that nobody finds the text by trying."""
    return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


class Draft(NamedTuple):
    """What the product keeps with a draft: the use that made it, and an id of its own."""

    use: Use
    employee_id: str
    output_id: str
    text: str


def draft(emitter: Emitter, employee_id: str, case_number: str, notes: str) -> Draft:
    """Somebody asks for a draft: this is the use. `employee_id`: who is signed in."""
    with emitter.use(
        employee_id=employee_id,
        family="generative",
        capability="text",
        purpose="report_writing",
        case_number=case_number,
        data_classes=["pii"],  # what the notes may hold
    ) as use:
        use.model(provider="acme", name="writer", version="3")
        text = f"{model(notes)}\n\n{DISCLOSURE}"
    return Draft(use, employee_id, f"draft-{use.use_id}", text)


def ask_for_approval(emitter: Emitter, made: Draft) -> None:
    """A supervisor has to approve it first. The department's approval will refer to this very
    use_id, output_id and digest: hand all three to the system in which supervisors approve.
    """
    refers_to = {
        "use_id": made.use.use_id,
        "output_id": made.output_id,
        "output_digest": digest(made.text),
    }
    where = f"https://writer.acme.example/drafts/{made.output_id}"
    emitter.emit(
        {
            "type": "oversight.approval.requested.v1",
            "subject": f"use/{made.use.use_id}",
            "data": {**refers_to, "employee_id": made.employee_id, "locator": where},
        }
    )


def file_report(made: Draft, document_id: str) -> None:
    """It goes into the records system as final: now the output is used, and says that AI helped."""
    made.use.output_used(
        output_id=made.output_id,
        output_kind="text",
        used_for="report",
        final_document=True,
        disclosure=DISCLOSURE,
        document_id=document_id,
        output_digest=digest(made.text),
    )


def keep_telling(emitter: Emitter, ending: threading.Event, every_seconds: float = 60) -> None:
    """Tell that the product lives, as often as was agreed; a product runs this in a thread."""
    while not ending.wait(every_seconds):
        emitter.heartbeat()


def demonstrate(emitter: Emitter) -> None:
    """A short day of two people, with made-up data; `blotter-certify` runs it too."""
    emitter.heartbeat()
    for employee_id, case_number, document_id in (
        ("E-17", "26-1234", "R-9"),
        ("E-23", "26-1240", "R-10"),
    ):
        made = draft(emitter, employee_id, case_number, "The caller pointed out a broken window.")
        ask_for_approval(emitter, made)
        file_report(made, document_id)
    emitter.retention_reported(oldest_record_on=date.today() - timedelta(days=30))  # once a day
    emitter.heartbeat()


def fail(emitter: Emitter) -> None:
    """The same where the model cannot answer: a use that failed was a use, and is told."""
    draft(emitter, "E-17", "26-1234", notes="")


def main() -> int:
    """One emitter for as long as the process runs, shared by its threads."""
    emitter = Emitter.from_environment()
    ending = threading.Event()
    threading.Thread(target=keep_telling, args=(emitter, ending), daemon=True).start()
    demonstrate(emitter)  # here the product does its work
    ending.set()
    is_whole = emitter.close(timeout=10) and not emitter.stats.dropped
    print("acknowledged:" if is_whole else "not all of it:", emitter.stats)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
