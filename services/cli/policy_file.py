"""Reading a policy file, with errors that name the key."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from schemas.policy import Policy
from services.order.rule import Rule
from services.order.rulebook import rulebook

from .failures import Failure


def read_policy(path: str, rules: Sequence[Rule] | None = None) -> Policy:
    """The policy of a TOML file; raises Failure naming the file and the key that is wrong.

    `rules`: that it may name, by id; by default those of the rulebook.
    """
    try:
        policy = Policy.from_toml(Path(path).read_text("utf-8"))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(_wrong(dict(item)) for item in error.errors(include_url=False))
        raise Failure(f"{path}: {wrong}") from None
    known = {rule.id for rule in (rulebook() if rules is None else rules)}
    for key, named in _named_rules(policy):
        if named not in known:
            raise Failure(f"{path}: {key}: there is no rule {named}; `blotter rules` lists them")
    return policy


def _named_rules(policy: Policy) -> Iterator[tuple[str, str]]:
    """Each key that names rules, with the id of each rule."""
    yield from (("rules.shadow", rule) for rule in policy.rules.shadow)
    for clause, entry in policy.clauses.items():
        yield from ((f'clauses."{clause}".rules', rule) for rule in entry.rules)


def _wrong(item: dict[str, object]) -> str:
    location = item["loc"]
    assert isinstance(location, tuple)
    key = ".".join(_key(part) for part in location) or "policy"
    if item["type"] == "extra_forbidden":
        return f"{key}: there is no such setting"
    return f"{key}: {str(item['msg']).removeprefix('Value error, ')}"


def _key(part: object) -> str:
    """A part of a key as TOML writes it: a clause's number in quotation marks."""
    return f'"{part}"' if "." in str(part) else str(part)
