"""What a person can fill in of a fact: made from what the contract says of itself."""

import re
from dataclasses import dataclass, replace
from functools import cache

from schemas.described import Field, fields
from schemas.events import EVENT_MODELS
from services.order.sentences import plain
from services.order.trainings import TOPICS

_TOPICS = {str(letter): about for letter, about in TOPICS.items()}
_WORDS = re.compile("`([^`]+)`")
_INITIALS = re.compile(r"\b(ID|AI|IT|CAD)(s?)\b", re.IGNORECASE)
_MANY = "list of "
EXTENSIONS = "extensions"
SUBJECT = "subject"
TIME = "time"


@dataclass(frozen=True)
class Box:
    """A field of a fact, as it is asked for in a form and as a column of a table.

    `path`: as in `safeguards.from`; `subject` and `time` are the event's own, all others are of its
    `data`. `kind`: of value, in the contract's words; of a list, that of its members. `choices`:
    the words that are allowed, if only some are; `open`: others that are known already may stay.
    `group`: the object that it is a part of, or empty. `is_group`: an object whose parts follow.
    """

    path: str
    kind: str
    required: bool
    many: bool = False
    choices: tuple[str, ...] = ()
    open: bool = False
    meaning: str = ""
    limits: str = ""
    group: str = ""
    is_group: bool = False

    @property
    def label(self) -> str:
        """Its name as people write it."""
        name = plain(self.path.rpartition(".")[2])
        words = name[:1].upper() + name[1:]
        return _INITIALS.sub(lambda found: found[1].upper() + found[2], words)

    def word(self, choice: str) -> str:
        """A choice as people read it; of a topic of G.1, what it is about."""
        if self.choices == tuple(_TOPICS):
            return f"{choice}: {_TOPICS[choice]}" if choice in _TOPICS else choice
        return choice if "." in choice else plain(choice)

    @property
    def is_time(self) -> bool:
        """Whether it holds a time of day, or may."""
        return self.kind in ("time", "time or date")


@cache
def boxes(event_type: str) -> tuple[Box, ...]:
    """The fields of `data`, in the contract's order, a group before its parts."""
    found = [_box(field) for field in fields(event_type)]
    groups = {box.group for box in found}
    return tuple(replace(box, is_group=box.path in groups) for box in found)


def _box(field: Field) -> Box:
    path = field.path.removesuffix("[]")
    many = field.kind.startswith(_MANY)
    kind = field.kind.removeprefix(_MANY)
    choices = tuple(_WORDS.findall(kind)) if kind.startswith("one of ") else ()
    form = [limit for limit in field.limits if limit.startswith("of the form")]
    known = tuple(EVENT_MODELS) if path == "allowed_types" else choices
    return Box(
        path=path,
        kind="one of" if choices else kind,
        required=field.required,
        many=many,
        choices=known,
        open=known != choices,
        meaning=_WORDS.sub(r"“\1”", field.meaning),
        limits="" if form else "; ".join(field.limits),
        group=path.rpartition(".")[0],
    )
