"""Records of Blotter's own topics that are not events: refusals, and what the checker reads."""

from pydantic import TypeAdapter

from .base import Count, Id, Model, Prose, Time
from .events import Event
from .observed import Mark, Observed


class FieldError(Model):
    """What is wrong with one field: where, what, and the kind of the value, never the value."""

    field: str
    message: Prose
    kind: str


class Rejected(Model):
    """An input that was refused, why, and where it stands.

    `excerpt`: up to 64 KB of the input with its content masked. `sha256`: of the whole input.
    `item`: place within a batch, from 0.
    """

    rejected_id: Id
    source: str
    receivedtime: Time
    topic: str
    partition: Count
    offset: Count
    item: Count | None = None
    event_id: str | None = None
    event_type: str | None = None
    reason: Prose
    errors: list[FieldError]
    size_bytes: Count
    sha256: str
    excerpt: Prose


class DossierEntry(Model):
    """One event for one dossier; without a dossier, a fact of the registry, or what somebody did
    with a finding. An employee's dossier gets the `mark` of a use instead of the use."""

    dossier: str | None
    event: Event | None = None
    mark: Mark | None = None


class GivenBack(Model):
    """A dossier that a recheck gives back from the archive, in one record or several.

    Once it has its last part, the dossier holds what the parts hold, and what was received after
    `complete_to`; nothing else. `part`: from 0, of `parts`.
    """

    subject: str
    complete_to: Time
    part: Count
    parts: Count


class DossierRecord(Model):
    """A record of `ai.dossiers`: what one input passed on, and the tick that follows it.

    `tick`: all that was received on `input` up to and including this time has now been passed on;
    absent where `input` is none of intake's, and is not waited for. `observed`: what was seen of
    sources.
    """

    input: str
    tick: Time | None = None
    entries: list[DossierEntry]
    observed: list[Observed] = []
    given_back: GivenBack | None = None


DOSSIER_RECORD: TypeAdapter[DossierRecord] = TypeAdapter(DossierRecord)
