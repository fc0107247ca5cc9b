"""Mapping files: those that come with Blotter, by name, and any other, by path."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..failures import Failure
from .checking import problems
from .mapping import Mapping

_SHELF = Path(__file__).parents[1] / "mappings"


def names() -> list[str]:
    """The mappings that come with Blotter."""
    return sorted(path.stem for path in _SHELF.glob("*.toml"))


def text_of(name: str) -> str:
    """A mapping as it is written; `name`: of one that comes with Blotter, or a path."""
    path = _SHELF / f"{name}.toml" if name in names() else Path(name)
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise Failure(
            f"{name}: no such mapping file; there are also {', '.join(names())}"
        ) from None
    except OSError as error:
        raise Failure(f"{name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Failure(f"{name}: not UTF-8") from None


def read_mapping(name: str, said: dict[str, Any] | None = None) -> Mapping:
    """A mapping that can be used; raises Failure naming each key that is wrong.

    `said`: on the command line, in the place of what the file says.
    """
    try:
        raw = tomllib.loads(text_of(name))
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{name}: not TOML: {error}") from None
    for key, value in (said or {}).items():
        table, _, inner = key.rpartition(".")
        (raw.setdefault(table, {}) if table else raw)[inner] = value
    try:
        mapping = Mapping.model_validate(raw)
    except ValidationError as error:
        wrong = [_wrong(dict(item)) for item in error.errors(include_url=False)]
    else:
        wrong = list(problems(mapping))
        if not wrong:
            return mapping
    raise Failure("\n".join(f"{name}: {each}" for each in wrong))


def _wrong(item: dict[str, Any]) -> str:
    key = ".".join(_key(item["loc"])) or "mapping"
    if item["type"] == "extra_forbidden":
        return f"{key}: there is no such key"
    if item["type"] == "missing":
        return f"{key}: is missing"
    return f"{key}: {str(item['msg']).removeprefix('Value error, ')}"


def _key(location: tuple[int | str, ...]) -> Iterator[str]:
    """A key as TOML writes it: quoted where it holds more than a plain key may."""
    for part in location:
        plain = str(part).replace("_", "").replace("-", "")
        yield str(part) if plain.isalnum() else f'"{part}"'
