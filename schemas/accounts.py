"""People who may sign in to the console: records of `ai.users`, internal to the department."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from .base import Id, Model, Time

Role = Literal["supervisor", "psit", "auditor", "administrator"]
"""supervisor: reviews what is about their people. psit: Public Safety IT, who review everything.
auditor: reads everything and changes nothing. administrator: may do all."""

AccountName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
"""1 to 64 lower-case letters, digits, `.`, `_`, `@` and `-`."""


class Account(Model):
    """A local account as it stands; the record's key in `ai.users` is `name`.

    `employee_id`: who it is, as the roster names them: what they do is recorded under it.
    `password`: argon2id hash, with its parameters and salt. `disabled`: since when it is of no use.
    """

    name: AccountName
    role: Role
    employee_id: Id
    password: Annotated[str, Field(pattern=r"^\$argon2id\$[A-Za-z0-9+/=,$]{20,500}$")]
    created: Time
    disabled: Time | None = None


ACCOUNT: TypeAdapter[Account] = TypeAdapter(Account)
"""Reads a record of `ai.users`; raises pydantic.ValidationError."""
