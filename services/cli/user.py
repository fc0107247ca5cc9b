"""`blotter user`: accounts by which people sign in to the console."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_args

import click
from kafka import TopicPartition
from pydantic import ValidationError

from schemas.accounts import ACCOUNT, Account, Role
from schemas.errors import field_errors, summary
from services.runtime import passwords, topics
from services.runtime.kafka import admin, partition_counts, read_to_end, reader, write

from .failures import Failure, servers_named
from .settings import settings
from .terminal import visible

_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input: its first line."
)


@click.group()
def command() -> None:
    """Make and change the accounts by which people sign in to the console.

    The console knows of every change within two seconds.
    """


@command.command()
@click.argument("name", metavar="NAME")
@click.option("--role", required=True, type=click.Choice(get_args(Role)), help="What they may do.")
@click.option("--employee", required=True, metavar="ID", help="Who it is, as the roster has them.")
@_stdin
def add(name: str, role: Role, employee: str, password_stdin: bool) -> None:
    """Make the account NAME: small letters, digits and . _ @ -

    \b
    supervisor     sees and reviews what is about their people, and approves
    psit           Public Safety IT: sees and reviews everything, changes the registry
    auditor        sees everything and changes nothing
    administrator  may do all

    What they do at the console is recorded under ID. The password is asked for twice.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        if name in _accounts(own.kafka):
            raise Failure(f"there is an account {visible(name)} already: see `blotter user list`")
        whole = {"name": name, "role": role, "employee_id": employee, "created": datetime.now(UTC)}
        _checked(whole | {"password": "$argon2id$" + "0" * 20})  # before a password is asked for
        kept = passwords.hashed(_password(password_stdin))
        _put(own.kafka, _checked(whole | {"password": kept}))
    click.echo(f"{name} may sign in as {role}, employee {visible(employee)}")


@command.command("list")
def list_() -> None:
    """List all accounts; never a password.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    own = settings()
    with servers_named(own.kafka):
        accounts = _accounts(own.kafka)
    for name, each in sorted(accounts.items()):
        made = each.created.date().isoformat()
        state = f"disabled {each.disabled:%Y-%m-%d}" if each.disabled else "may sign in"
        click.echo(f"{name}  {each.role}  {visible(each.employee_id)}  made {made}  {state}")
    if not accounts:
        click.echo("no account: `blotter user add NAME --role … --employee …`", err=True)


@command.command()
@click.argument("name", metavar="NAME")
@_stdin
def password(name: str, password_stdin: bool) -> None:
    """Give NAME another password, and end their sessions. It is asked for twice.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    _change(name, lambda: {"password": passwords.hashed(_password(password_stdin))})
    click.echo(f"{name} has another password; whoever was signed in by the old one is signed out")


@command.command()
@click.argument("name", metavar="NAME")
def disable(name: str) -> None:
    """Sign NAME out at once, and let nobody sign in by that name. What they did stays recorded.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    _change(name, lambda: {"disabled": datetime.now(UTC)})
    click.echo(f"{name} is disabled")


@command.command()
@click.argument("name", metavar="NAME")
def enable(name: str) -> None:
    """Let NAME sign in again, by the same password.

    \b
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    """
    _change(name, lambda: {"disabled": None})
    click.echo(f"{name} may sign in")


def _change(name: str, changes: Callable[[], dict[str, Any]]) -> None:
    """`changes`: what is to be another, found out once it is certain that there is the account."""
    own = settings()
    with servers_named(own.kafka):
        account = _accounts(own.kafka).get(name)
        if account is None:
            raise Failure(f"there is no account {visible(name)}: `blotter user list` names them")
        _put(own.kafka, account.model_copy(update=changes()))


def _password(from_stdin: bool) -> str:
    """Never shown, never an argument, which others on the machine could read."""
    if from_stdin:
        given = click.get_text_stream("stdin").readline().rstrip("\r\n")
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    if objection := passwords.objection(given):
        raise Failure(objection)
    return given


def _checked(whole: dict[str, Any]) -> Account:
    try:
        return Account.model_validate(whole)
    except ValidationError as error:
        raise Failure(summary(field_errors(error))) from None


def _put(bootstrap: str, account: Account) -> None:
    value = account.model_dump_json(exclude_none=True).encode()
    write(bootstrap, topics.USERS, account.name.encode(), value)


def _accounts(bootstrap: str) -> dict[str, Account]:
    with admin(bootstrap) as client:
        if topics.USERS not in partition_counts(client):
            raise Failure(f"topic {topics.USERS} is missing: run `blotter setup` first")
    with reader(bootstrap) as consumer:
        records = read_to_end(consumer, [TopicPartition(topics.USERS, 0)])
        accounts = [ACCOUNT.validate_json(value) for _, value in records if value is not None]
    return {account.name: account for account in accounts}
