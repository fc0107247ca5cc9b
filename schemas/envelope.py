"""The CloudEvents 1.0 envelope, structured JSON, that every event wears."""

from typing import Annotated, Any, ClassVar, Literal, Optional

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import Id, Model, Time

SourceName = Annotated[
    str, Field(min_length=2, max_length=200, pattern=r"^/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$")
]
"""Who sends: `/vendors/<vendor>/<system_id>`, `/records/<name>` or `/console`."""

SUBJECT_KINDS = (
    "use",
    "action",
    "share",
    "system",
    "employee",
    "procurement",
    "source",
    "finding",
    "policy",
)

Subject = Annotated[
    str,
    Field(
        min_length=3,
        max_length=220,
        pattern=r"^(" + "|".join(SUBJECT_KINDS) + r")/[^\p{C}\p{Zl}\p{Zp}]+$",
    ),
]
"""What an event is about: `<kind>/<id>`."""


class Envelope(Model):
    """One CloudEvent. Subclasses fix `type` and the shape of `data`."""

    # Which of the fields of `data` name the subject, by kind; empty: any id of that kind.
    subject_fields: ClassVar[dict[str, str]] = {}

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: Id
    """Unique within its source; a repetition with the same bytes is harmless."""
    source: SourceName
    """Who sends: `/vendors/<vendor>/<system_id>`, `/records/<name>` or `/console`."""
    type: str
    """What happened: one of the event types below, with the version of its contract."""
    subject: Subject
    """What it is about: `<kind>/<id>`."""
    time: Time
    """When it happened, in hundredths of a second or better."""
    datacontenttype: Literal["application/json"] = "application/json"
    """The form of `data`."""
    sequence: Optional[Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]] = None
    """One more with every event of the source and instance: a gap is noticed."""
    instance: Optional[Id] = None
    """Which process of the source sent it."""
    traceparent: Optional[Id] = None
    """W3C trace context."""
    receivedtime: Optional[Time] = None
    """Stamped by intake, refused from outside; absent in a file: equal to `time`."""
    data: Any
    """What happened in detail; its fields depend on `type`."""

    @model_validator(mode="after")
    def _subject_fits_data(self) -> "Envelope":
        """An event filed under another subject than its data names would never be judged."""
        if not self.fits_subject():
            raise PydanticCustomError("subject_mismatch", f"must be {self.subject_form()}")
        return self

    def subject_form(self) -> str:
        """What the subject must look like, in words."""
        return " or ".join(
            f"{kind}/<data.{field}>" if field else f"{kind}/<id>"
            for kind, field in self.subject_fields.items()
        )

    def fits_subject(self) -> bool:
        """Whether the subject is one that `data` names."""
        for kind, field in self.subject_fields.items():
            if not field:
                if self.subject.startswith(kind + "/"):
                    return True
                continue
            named = getattr(self.data, field)
            if named is not None and self.subject == f"{kind}/{named}":
                return True
        return False
