"""The contract as a page to browse, docs/contract.html: every event type, field and example.

Made from the models, the AsyncAPI document and the examples. The console shows the same within a
page of its own. Neither has a script.
"""

import html
import json
import re
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import ValidationError

from . import ai, asyncapi, described, errors, example_files, oversight, registry, review
from .described import Field
from .envelope import SUBJECT_KINDS
from .events import EVENT, EVENT_MODELS
from .json_schema import MODELS, RECORDS
from .records import FieldError

Document = dict[str, Any]

FOLDER = Path(__file__).parent
_FAMILIES: dict[str, ModuleType] = {
    "AI systems": ai,
    "Oversight": oversight,
    "Registry": registry,
    "Review": review,
}
_CODE = re.compile("`([^`]+)`")
_HOLE = "\0"


@dataclass(frozen=True)
class Topic:
    """A topic of Kafka, and what is done there."""

    id: str
    address: str
    act: str
    about: str


@dataclass(frozen=True)
class Refused:
    """An example that is not accepted; `wrong`: the value because of which, within its JSON."""

    before: str
    wrong: str
    after: str
    error: FieldError


@dataclass(frozen=True)
class Record:
    """A record of Blotter's own. `full`: an example with every field."""

    name: str
    about: str
    fields: list[Field]
    topics: list[Topic]
    full: str


@dataclass(frozen=True)
class EventType(Record):
    """A type of event. `intake`: the topic of `source`, which sends the examples."""

    subject: str
    either: str
    source: str
    intake: str
    minimal: str
    refused: Refused


@dataclass(frozen=True)
class Family:
    """Event types that are of one kind of sender."""

    id: str
    title: str
    about: str
    events: list[EventType]


def text() -> str:
    """The page as a file that stands alone: nothing is fetched from anywhere."""
    styles = [
        (FOLDER / "static" / name).read_text("utf-8") for name in ("page.css", "contract.css")
    ]
    return _render("contract.html", style=Markup("\n".join(styles)))


@cache
def content() -> Markup:
    """What the page says, without the page around it; wants `static/contract.css`."""
    return Markup(_render("_contract.html"))


def _render(template: str, **more: Any) -> str:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        prose=_prose, plain=_plain, anchor=_anchor, path=_path, first_sentence=_first_sentence
    )
    document = asyncapi.document()
    return made.get_template(template).render(
        families=[_family(title, module, document) for title, module in _FAMILIES.items()],
        records=[_record(name, document) for name in RECORDS],
        topics=_topics(document),
        subjects={kind: _filed_under(kind) for kind in SUBJECT_KINDS},
        envelope=described.envelope_fields(),
        kinds=described.KINDS,
        **more,
    )


def _family(title: str, module: ModuleType, document: Document) -> Family:
    names = [name for name, model in EVENT_MODELS.items() if model.__module__ == module.__name__]
    events = [_event(name, document) for name in names]
    return Family(names[0].partition(".")[0], title, described.about(module), events)


def _event(name: str, document: Document) -> EventType:
    source = described.example(name)["source"]
    return EventType(
        **vars(_record(name, document)),
        subject=described.subject(name),
        either=described.either(name),
        source=source,
        intake="ai.intake" + source.replace("/", "."),
        minimal=described.pretty(described.example(name, "minimal")),
        refused=_refused(name),
    )


def _record(name: str, document: Document) -> Record:
    return Record(
        name=name,
        about=described.about(MODELS[name]),
        fields=described.fields(name),
        topics=_topics(document, name),
        full=described.pretty(described.example(name)),
    )


def _topics(document: Document, name: str = "") -> list[Topic]:
    """All of the AsyncAPI document, or those that a message is on."""
    acts = {"receive": "Sent by sources", "send": "Published by Blotter"}
    return [
        Topic(
            f"topic-{key}",
            channel["address"],
            acts[document["operations"][key]["action"]],
            channel["description"],
        )
        for key, channel in document["channels"].items()
        if not name or name in channel["messages"]
    ]


def _filed_under(kind: str) -> list[str]:
    return [name for name, model in EVENT_MODELS.items() if kind in model.subject_fields]


def _refused(name: str) -> Refused:
    """The invalid example that says most: a value that there is no such thing as, if it has one."""
    examples = [example for example in example_files.invalid() if example.name == name]
    chosen = min(examples, key=lambda example: not example.why.startswith("not_a"))
    shown = json.loads(chosen.path.read_text("utf-8"))
    # From a sender it would be a second fault.
    shown.pop("receivedtime", None)
    try:
        EVENT.validate_json(json.dumps(shown))
    except ValidationError as error:
        (told,) = errors.field_errors(error)
        return Refused(*_around(shown, told.field.split(".")), told)
    raise ValueError(f"{chosen.path} is accepted")


def _around(document: Any, path: list[str]) -> tuple[str, str, str]:
    """JSON before the value at a path, that value, and what follows; without it, all is before."""
    *outer, last = [int(key) if key.isdecimal() else key for key in path]
    holder = reduce(getitem, outer, document)
    try:
        value, holder[last] = json.dumps(holder[last], ensure_ascii=False), _HOLE
    except LookupError:
        return described.pretty(document), "", ""
    before, _, after = described.pretty(document).partition(json.dumps(_HOLE))
    return before, value, after


def _anchor(path: str, name: str) -> str:
    """The id of a field's row: lists and places within them do not show in it."""
    return f"{name}/" + re.sub(r"\[\]|\.[0-9]+", "", path)


def _path(path: str) -> Markup:
    """A path of which the last name stands out."""
    outer, dot, own = path.rpartition(".")
    return (
        Markup('<span class="outer">{}</span>{}').format(outer + dot, own) if dot else _plain(path)
    )


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".") + "."


def _prose(text: str) -> Markup:
    """Text in which code stands between backticks; names of types, and subjects, lead to them."""
    return Markup(_CODE.sub(_code, _plain(text)))


def _code(found: re.Match[str]) -> str:
    code = found[1]
    kind, slash, _ = code.partition("/")
    place = f"subject-{kind}" if slash and kind in SUBJECT_KINDS else code
    link = place != code or code in EVENT_MODELS
    return f'<a href="#{place}"><code>{code}</code></a>' if link else f"<code>{code}</code>"


def _plain(text: str) -> Markup:
    """Text as it is: outside of attributes, quotes need no escape, and JSON stays legible."""
    return Markup(html.escape(text, quote=False))
