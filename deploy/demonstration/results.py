"""What the pipeline made of the demonstration, as Elasticsearch has it."""

import json
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.verdicts import FINDING_KINDS, VERDICT_KINDS, VerdictKind

from .story import WITHDRAWN, Story

Key = tuple[str, str]
"""Clause and subject."""

_GRAVITY: tuple[VerdictKind, ...] = (
    "violation",
    "undetermined",
    "cured",
    "pending",
    "compliant",
    "waived",
    "not_applicable",
)


def gravest(kinds: Iterable[VerdictKind]) -> VerdictKind:
    """Of the verdicts of several rules of one clause on one subject, what a person must see."""
    return min(kinds, key=_GRAVITY.index)


@dataclass(frozen=True)
class Results:
    """Reads the indices of one prefix at a URL. Methods raise OSError if nobody answers."""

    url: str
    prefix: str = "blotter"

    def accepted(self, kinds: Iterable[str]) -> int:
        """How many events of these types are in the log."""
        query = {"terms": {"type": sorted(kinds)}}
        return int(self._ask("events-*/_count", {"query": query})["count"])

    def searches_judged(self, system_id: str) -> int:
        """How many uses of a system were judged."""
        query = {"term": {"system_id": system_id}}
        answer = self._ask("metrics/_count", {"query": query})
        return int(answer["count"])

    def all_judged(self, at: datetime) -> bool:
        """Whether the checker has judged all that was received before this, and put nothing off."""
        self.refresh("progress")
        hits = self._ask("progress/_search", {"size": 1000})["hits"]["hits"]
        return bool(hits) and all(
            told["_source"]["backlog"] == 0
            and "now" in told["_source"]
            and datetime.fromisoformat(told["_source"]["now"]) >= at
            for told in hits
        )

    def refresh(self, index: str = "*") -> None:
        """Have what was indexed shown."""
        self._ask(f"{index}/_refresh")

    def published(self, stories: Iterable[Story]) -> set[Key]:
        """On which of the stories there is a finding, open or withdrawn."""
        return set(self._findings(stories))

    def ends(self, stories: Sequence[Story]) -> dict[Key, str]:
        """How each story stands: its verdict, or `withdrawn`; without those not judged yet."""
        subjects = sorted({story.subject for story in stories})
        body = {"size": 1000, "query": {"terms": {"dossier": subjects}}}
        documents = [hit["_source"] for hit in self._ask("metrics/_search", body)["hits"]["hits"]]
        verdicts = {
            (clause, document["dossier"]): str(kind)
            for document in documents
            for kind in reversed(_GRAVITY)
            for clause in document[kind]
        }
        gone = {key for key, state in self._findings(stories).items() if state == WITHDRAWN}
        # A story that is told to end so; others may have been in doubt while events were under way.
        told = {(s.clause, s.subject) for s in stories if s.ends == WITHDRAWN}
        # A verdict that still needs somebody is older than the withdrawal, and about to change.
        mended = {key for key in gone & told if verdicts.get(key) not in FINDING_KINDS}
        return verdicts | dict.fromkeys(mended, WITHDRAWN)

    def by_clause(self) -> dict[str, dict[str, int]]:
        """Numbers of subjects by clause and verdict, and of findings that were withdrawn."""
        kinds = {kind: {"terms": {"field": kind, "size": 200}} for kind in VERDICT_KINDS}
        verdicts = self._ask("metrics/_search", {"size": 0, "aggs": kinds})["aggregations"]
        query = {"term": {"state": WITHDRAWN}}
        clauses = {WITHDRAWN: {"terms": {"field": "clause", "size": 200}}}
        body = {"size": 0, "query": query, "aggs": clauses}
        gone = self._ask("findings/_search", body)["aggregations"]
        table: dict[str, dict[str, int]] = {}
        for kind, counted in (verdicts | gone).items():
            for bucket in counted["buckets"]:
                table.setdefault(bucket["key"], {})[kind] = bucket["doc_count"]
        return dict(sorted(table.items()))

    def _findings(self, stories: Iterable[Story]) -> dict[Key, str]:
        subjects = sorted({story.subject for story in stories})
        body = {"size": 1000, "query": {"terms": {"subject": subjects}}}
        hits = self._ask("findings/_search", body)["hits"]["hits"]
        found = [hit["_source"] for hit in hits]
        # Of several rules of one clause, one whose finding is open counts.
        found.sort(key=lambda f: f["state"] != WITHDRAWN)
        return {(f["clause"], f["subject"]): f["state"] for f in found}

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/{self.prefix}-{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            parsed: dict[str, Any] = json.load(answer)
            return parsed
