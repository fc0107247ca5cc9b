"""`blotter explain`: the story of a finding, as its page in the console tells it."""

import asyncio
import textwrap
from collections.abc import Iterator

import click

from services.order.story import Item, Section, Story
from services.runtime import findings
from services.runtime.elasticsearch import connect
from services.runtime.indices import Indices
from services.runtime.search import Body, search

from .failures import Failure, servers_named
from .settings import CliSettings, settings
from .terminal import visible

COLUMNS = 80
_MOST_EVENTS = 500


@click.command()
@click.argument("finding")
@click.option("--json", "as_json", is_flag=True, help="The story as one JSON object.")
def command(finding: str, as_json: bool) -> None:
    """Tell the story of FINDING, by its id: the clause, what happened and when, what was missing,
    which facts were consulted, the rule and the policy, and what would have made it compliant.

    \b
    Exit status: 0 told, 2 there is no such finding, or no answer.
    Settings: BLOTTER_ELASTICSEARCH: its URL (default http://127.0.0.1:9200).
    BLOTTER_INDEX_PREFIX: of the indices' names (default blotter).
    BLOTTER_ELASTICSEARCH_SECONDS: how long to wait for its answer (default 30).
    """
    own = settings()
    with servers_named(own.kafka, own.elasticsearch):
        told = asyncio.run(_read(own, finding))
    if told is None:
        shown = visible(textwrap.shorten(finding, 60, placeholder="…"))
        raise Failure(f"there is no finding {shown}: see the console for the ids of findings")
    click.echo(told.model_dump_json() if as_json else "\n".join(lines(told)))


async def _read(own: CliSettings, finding_id: str) -> Story | None:
    seconds = own.elasticsearch_seconds
    client = connect(own.elasticsearch, seconds)

    async def ask(index: str, body: Body) -> Body:
        # An alias that does not exist yet stands for no event.
        return await search(client, index, body, missing_ok=True, patience_seconds=seconds)

    try:
        read = await findings.read(ask, Indices(own.index_prefix), finding_id, _MOST_EVENTS)
        return read.story if read else None
    finally:
        await client.close()


def lines(story: Story, columns: int = COLUMNS) -> Iterator[str]:
    """The story as plain text, no line longer than `columns`."""
    head = f"{story.verdict} · clause {story.clause} · {story.severity} severity"
    for text in filter(None, (head, story.trial)):
        yield from _wrapped(text, 0, columns)
    yield ""
    yield from _wrapped(story.sentence, 0, columns)
    yield ""
    yield from _wrapped(story.caution, 0, columns)
    for section in story.sections:
        yield from _section(section, columns)


def _section(section: Section, columns: int) -> Iterator[str]:
    yield ""
    yield section.title
    yield "-" * len(section.title)
    for item in section.items:
        yield from _item(item, columns)


def _item(item: Item, columns: int) -> Iterator[str]:
    if item.label:
        yield from _wrapped(item.label, 0, columns)
    yield from _wrapped(item.text, 2, columns)
    for note in item.notes:
        yield from _wrapped(note, 4, columns)


def _wrapped(text: str, indent: int, columns: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(
        visible(text),
        columns,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
    )
