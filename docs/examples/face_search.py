"""A product that searches pictures for a face: perceptive AI.

Set BLOTTER_SOURCE, BLOTTER_SYSTEM_ID and BLOTTER_KAFKA (or BLOTTER_GATEWAY and BLOTTER_API_KEY),
then run it: `python face_search.py`. Python 3.9 or later, nothing but `blotter-emitter`.
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
NOTICE = "A lead, not an identification: no arrest, detention or warrant may rest on it alone."


def model(face: str) -> list[str]:
    """Stands in for the product's own search."""
    if not face:
        raise ValueError("there is no face in the picture")
    return [f"booking-photo-{len(face)}"]


def digest(target: str) -> str:
    """The same face gives the same digest, and nobody learns whose it is."""
    return hmac.new(SECRET, target.encode(), hashlib.sha256).hexdigest()


class Match(NamedTuple):
    """What the product shows of a hit. `use_id` belongs on the sheet: who acts on the match names
    it among the grounds of the action.
    """

    use: Use
    employee_id: str
    output_id: str
    picture: str
    notice: str = NOTICE


def search(
    emitter: Emitter,
    employee_id: str,
    case_number: str,
    authorization_ref: str,
    reason: str,
    face: str,
) -> list[Match]:
    """Somebody searches: this is the use. Case, authorization and reason are asked for first."""
    with emitter.use(
        employee_id=employee_id,
        family="perceptive",
        capability="face_recognition",
        purpose="investigation",
        purpose_text=reason,
        case_number=case_number,
        authorization_ref=authorization_ref,
        target_digest=digest(face),
        surveillance={"bases": ["suspected_crime"]},
        data_classes=["cji"],
    ) as use:
        use.model(provider="acme", name="faces", version="7")
        pictures = model(face)
    return [
        Match(use, employee_id, f"match-{use.use_id}-{number}", picture)
        for number, picture in enumerate(pictures, 1)
    ]


def follow_up(match: Match) -> None:
    """Somebody takes the match as a lead: from now on it has to be documented within a day."""
    match.use.output_used(
        output_id=match.output_id, output_kind="match", used_for="lead", treated_as="lead"
    )


def document(emitter: Emitter, match: Match, report_number: str) -> None:
    """The lead is written down in a report. Leave this out if the records system tells it."""
    documented = {
        "use_id": match.use.use_id,
        "employee_id": match.employee_id,
        "report_number": report_number,
    }
    emitter.emit(
        {
            "type": "oversight.lead.documented.v1",
            "subject": f"use/{match.use.use_id}",
            "data": documented,
        }
    )


def keep_telling(emitter: Emitter, ending: threading.Event, every_seconds: float = 60) -> None:
    """Tell that the product lives, as often as was agreed; a product runs this in a thread."""
    while not ending.wait(every_seconds):
        emitter.heartbeat()


def demonstrate(emitter: Emitter) -> None:
    """A short day of two people, with made-up data; `blotter-certify` runs it too."""
    emitter.heartbeat()
    reason = "Man who left the shop on Cedar St with the till"
    [first] = search(emitter, "E-17", "26-1234", "REQ-88", reason, "face of the man at the till")
    follow_up(first)
    document(emitter, first, "R-9")
    # The same face again, with nothing made of it: the same digest.
    search(emitter, "E-17", "26-1234", "REQ-88", reason, "face of the man at the till")
    reason = "Driver who left the collision at 4th and Main"
    [open_lead] = search(emitter, "E-23", "26-1240", "REQ-91", reason, "face of the driver")
    follow_up(open_lead)  # not documented yet: a duty that is open
    emitter.retention_reported(oldest_record_on=date.today() - timedelta(days=30))  # once a day
    emitter.heartbeat()


def fail(emitter: Emitter) -> None:
    """The same where the model cannot answer: a use that failed was a use, and is told."""
    search(emitter, "E-17", "26-1234", "REQ-88", "Man who left with the till", face="")


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
