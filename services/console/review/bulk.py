"""The same action on several findings, each by itself."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from schemas.review import FindingActed, FindingActedData
from schemas.verdicts import Finding
from services.runtime.roster import Roster
from services.runtime.search import Body

from .. import inbox
from ..access.forms import Form
from ..inbox import Looking
from ..parameters import BadParameter, InboxQuery
from ..recorder import Recorder, fresh
from ..store import Store, Unavailable, sources, total
from . import actions
from .actions import Typed

_AT_ONCE = 50
_NUMBER: TypeAdapter[int] = TypeAdapter(int)
_CHANGED = "this has changed since the list was shown to you; look at it again"
_GONE = "it is not there any more, or is not yours to see"
_ALONE = "a finding of high severity is dismissed on its own page, by two people"


@dataclass(frozen=True)
class Picked:
    """What was ticked. `findings`: the revision that was shown of each. `entries`: of each, how
    many findings were shown behind it and the sum of their revisions. `matching`: the same of all
    that the list matched, on whatever page; None: that was not ticked."""

    findings: dict[str, int] = field(default_factory=dict)
    entries: dict[str, tuple[int, int]] = field(default_factory=dict)
    matching: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.findings or self.entries or self.matching)


@dataclass(frozen=True)
class Missed:
    """Findings on which nobody acted, for one reason. `examples`: id and sentence of the first."""

    why: str
    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """What was recorded, the event of each finding; and what was not."""

    recorded: dict[str, str]
    missed: list[Missed]


def picked(form: Form) -> tuple[Picked, Form]:
    """What was ticked, and the rest of the form. Raises BadParameter."""
    found, rest, matching = Picked(), {}, None
    for name, value in form.fields.items():
        kind, _, key = name.partition(":")
        if kind == "f":
            found.findings[key] = _number(name, value)
        elif kind == "e":
            found.entries[key] = _shown(name, value)
        elif name == "matching":
            matching = _shown(name, value)
        else:
            rest[name] = value
    return replace(found, matching=matching), Form(rest)


def _shown(name: str, text: str) -> tuple[int, int]:
    count, _, revisions = text.partition(".")
    return _number(name, count), _number(name, revisions)


def _number(name: str, text: str) -> int:
    try:
        return _NUMBER.validate_python(text)
    except ValidationError:
        raise BadParameter(name, "must be a number") from None


class Bulk:
    """Acts for one person. `most`: findings at once."""

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        roster: Roster,
        psit: Collection[str],
        looking: Looking,
        most: int,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._roster = roster
        self._psit = psit
        self._looking = looking
        self._most = most
        self._missed: dict[str, Missed] = {}

    async def act(self, picked: Picked, query: InboxQuery, zone: ZoneInfo, typed: Typed) -> Result:
        """Act on all that was picked. Raises Unavailable only before anything was recorded."""
        wanted = await self._singles(picked.findings)
        for entry, shown in picked.entries.items():
            wanted |= await self._listed(query.model_copy(update={"entry": entry}), shown, zone)
        if picked.matching is not None:
            wanted |= await self._listed(query, picked.matching, zone)
        if len(wanted) > self._most:
            self._miss(self._too_many(len(wanted)), wanted.values(), len(wanted))
            wanted = {}
        sendable = [
            (finding, data)
            for finding in wanted.values()
            if (data := self._data(finding, picked.findings, typed)) is not None
        ]
        recorded = await self._write(sendable)
        return Result(recorded, sorted(self._missed.values(), key=lambda each: -each.count))

    async def _singles(self, revisions: dict[str, int]) -> dict[str, Finding]:
        if not revisions:
            return {}
        if len(revisions) > self._most:
            self._miss(self._too_many(len(revisions)), [], len(revisions))
            return {}
        filters = [{"terms": {"finding_id": sorted(revisions)}}, *self._looking.scope]
        found, _ = await self._search(filters)
        gone = len(revisions) - len(found)
        if gone > 0:
            self._miss(_GONE, [], gone)
        return found

    async def _listed(
        self, query: InboxQuery, shown: tuple[int, int], zone: ZoneInfo
    ) -> dict[str, Finding]:
        """All findings that a list stood for, if they are as they were then."""
        elsewhere = await inbox.elsewhere(self._store, query)
        filters = [
            *inbox.conditions(query, zone, self._looking, elsewhere),
            inbox.shown(query, self._looking),
        ]
        found, count = await self._search(filters)
        if count > self._most:
            self._miss(self._too_many(count), found.values(), count)
        elif (count, sum(each.revision for each in found.values())) != shown:
            self._miss(_CHANGED, found.values(), count)
        else:
            return found
        return {}

    async def _search(self, filters: list[Body]) -> tuple[dict[str, Finding], int]:
        body: Body = {
            "query": {"bool": {"filter": filters}},
            "size": self._most,
            "sort": [{"finding_id": "asc"}],
            "track_total_hits": True,
        }
        response = await self._store.search(self._store.indices.findings, body)
        documents = await asyncio.to_thread(_findings, sources(response))
        return {each.finding_id: each for each in documents}, total(response)

    def _data(
        self, finding: Finding, revisions: dict[str, int], typed: Typed
    ) -> FindingActedData | None:
        revision = revisions.get(finding.finding_id, finding.revision)
        data = actions.acted(finding.finding_id, revision, self._looking.me, typed)
        why = actions.refusal(finding, data, typed, self._roster, self._psit)
        if why is None and typed.action == "dismissed" and finding.severity == "high":
            why = _ALONE
        if why is not None:
            self._miss(why, [finding], 1)
        return data if why is None else None

    async def _write(self, wanted: list[tuple[Finding, FindingActedData]]) -> dict[str, str]:
        """The events that were recorded, by finding."""
        slots = asyncio.Semaphore(_AT_ONCE)
        recorded: dict[str, str] = {}

        async def one(finding: Finding, data: FindingActedData) -> None:
            event = fresh(FindingActed, f"finding/{finding.finding_id}", data)
            async with slots:
                try:
                    recorded[finding.finding_id] = await self._recorder.write(event)
                except Unavailable as error:
                    self._miss(str(error), [finding], 1)

        await asyncio.gather(*(one(*each) for each in wanted))
        return recorded

    def _miss(self, why: str, findings: Iterable[Finding], count: int) -> None:
        known = self._missed.get(why, Missed(why))
        examples = [*known.examples, *((f.finding_id, f.sentence) for f in findings)][:10]
        self._missed[why] = replace(known, count=known.count + count, examples=examples)

    def _too_many(self, count: int) -> str:
        return (
            f"{count:,} findings are more than may be acted on at once ({self._most:,}); choose"
            " fewer with the filters, by days or by unit"
        )


def _findings(documents: list[Body]) -> list[Finding]:
    known = Finding.model_fields
    return [
        Finding.model_validate({name: each[name] for name in each.keys() & known})
        for each in documents
    ]
