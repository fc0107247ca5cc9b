"""Reading a policy file, with errors that name the key."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from schemas.policy import Policy

from .failures import Failure


def read_policy(path: str) -> Policy:
    """The policy of a TOML file; raises Failure naming the file and the key that is wrong."""
    try:
        return Policy.from_toml(Path(path).read_text("utf-8"))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(_wrong(dict(item)) for item in error.errors(include_url=False))
        raise Failure(f"{path}: {wrong}") from None


def _wrong(item: dict[str, object]) -> str:
    location = item["loc"]
    assert isinstance(location, tuple)
    key = ".".join(map(str, location)) or "policy"
    if item["type"] == "extra_forbidden":
        return f"{key}: there is no such setting"
    return f"{key}: {str(item['msg']).removeprefix('Value error, ')}"
