"""Keys by which a source sends over HTTP: records of `ai.keys`, internal to the department."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, TypeAdapter

from .base import Id, Model, Time
from .envelope import SourceName


class ApiKey(Model):
    """One key of one source, as it stands; the record's key in `ai.keys` is `key_id`.

    `digest`: SHA-256 of the secret, in hexadecimal. A fast digest is enough, because a secret has
    256 random bits: there is nothing to guess, unlike with a password. `expires`: from then on the
    key is not valid; absent: never. `revoked`: since when it is not.
    """

    key_id: Id
    source: SourceName
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created: Time
    label: Annotated[str, Field(max_length=200)] | None = None
    expires: Time | None = None
    revoked: Time | None = None

    def is_valid(self, at: datetime) -> bool:
        """Whether it opens anything at a time."""
        return not any(end is not None and end <= at for end in (self.expires, self.revoked))


API_KEY: TypeAdapter[ApiKey] = TypeAdapter(ApiKey)
"""Reads a record of `ai.keys`; raises pydantic.ValidationError."""
