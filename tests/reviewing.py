"""A department with findings on its people, judged by the real pipeline, and a console on it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from schemas.accounts import Role
from schemas.events import Event, dump
from services.order import scenario as s
from tests import signed_in
from tests.pipeline import IMPATIENT, Pipeline, eventually
from tests.signed_in import Client, Console

VENDOR, RMS, CONSOLE = "/vendors/acme/x", "/records/rms", "/console"
PEOPLE: dict[Role, str] = {
    "supervisor": "S-1",
    "psit": "P-1",
    "auditor": "A-1",
    "administrator": "M-1",
}
OVERDUE_AT_ONCE = {"BLOTTER_REVIEW_HOURS_MEDIUM": "0.000001"}
APPROVALS = ["oversight.approval.requested.v1", "oversight.approval.decided.v1"]
CROWD = 4
"""Searches of plates with a system that nobody registered."""


class Department:
    """Sergeant S-1 leads O-1 and O-2, sergeant S-2 leads X-1, and lieutenant L-1 both sergeants."""

    def __init__(self, pipeline: Pipeline, console: Console) -> None:
        self.pipeline = pipeline
        self.console = console
        self.sergeant = console.client("supervisor")
        self.psit = console.client("psit")
        self.lieutenant = self._account("lieutenant", "L-1")
        self.other = self._account("other", "S-2")

    def _account(self, name: str, employee_id: str) -> Client:
        self.console.account(name, "supervisor", employee_id)
        client = self.console.stranger()
        eventually(f"{name} is signed in", lambda: client.sign_in(name).status_code == 303)
        return client

    def finding(self, use_id: str, clause: str) -> dict[str, Any]:
        """A finding on a use, as it can be searched now."""
        (found,) = self._of(use_id, clause)
        return found

    def until_found(self, *wanted: tuple[str, str]) -> None:
        """Wait for findings, by use and clause."""
        for use_id, clause in wanted:
            eventually(f"{clause} of {use_id}", lambda u=use_id, c=clause: bool(self._of(u, c)))  # type: ignore[misc]

    def _of(self, use_id: str, clause: str) -> list[dict[str, Any]]:
        documents = self.pipeline.documents(self.pipeline.indices.findings)
        return [
            each for each in documents
            if each["subject"] == f"use/{use_id}" and each["clause"] == clause
        ]  # fmt: skip

    def send(self, *events: Event) -> None:
        """As the vendor does."""
        self.pipeline.send(VENDOR, [dump(each) for each in events])

    def change(self, *facts: Event) -> None:
        """As PSIT does in the registry."""
        made = [each.model_copy(update={"source": CONSOLE}) for each in facts]
        self.pipeline.send(CONSOLE, [dump(each) for each in made])

    def request_approval(self, use_id: str, employee_id: str, **more: Any) -> None:
        """A draft that waits."""
        now = datetime.now(UTC)
        self.send(s.use(now, use_id=use_id, employee_id=employee_id, known_as=f"use-{use_id}"))
        asked = {"use_id": use_id, "employee_id": employee_id, "locator": f"RMS draft {use_id}"}
        kind, whole = "oversight.approval.requested.v1", asked | more
        event = s.event(kind, f"use/{use_id}", now, RMS, known_as=f"ask-{use_id}", **whole)
        self.pipeline.send(RMS, [dump(event)])


@contextmanager
def department(
    kafka: str, elasticsearch: str, folder: Path, **settings: str
) -> Iterator[Department]:
    """All of it, with its first findings in the index."""
    pipeline = Pipeline(kafka, elasticsearch, folder, IMPATIENT)
    try:
        pipeline.set_up([VENDOR, RMS])
        for name in ("intake", "checker", "indexer"):
            pipeline.service(name)
        pipeline.send(CONSOLE, [dump(fact) for fact in registry()])
        with signed_in.console(
            kafka, elasticsearch, pipeline.indices.prefix, PEOPLE, **settings
        ) as console:
            for service in pipeline.services:
                service.until_healthy()
            eventually("the registry is in the log", lambda: len(pipeline.log()) >= len(registry()))
            eventually("the roster is known", lambda: _indexed(pipeline) >= len(registry()))
            made = Department(pipeline, console)
            made.send(*uses())
            made.until_found(*FIRST)
            yield made
    finally:
        pipeline.stop()


FIRST = (
    ("plate-1", "D.4"), ("plate-2", "D.4"), ("plate-3", "D.4"), ("plate-x", "D.4"),
    ("plate-s", "D.4"), ("private", "F.1.c"), ("private-2", "F.1.c"),
)  # fmt: skip


def registry() -> list[Event]:
    """A policy that settles at once, people, systems, sources."""
    at = datetime.now(UTC) - timedelta(days=1)
    facts = [
        s.policy_change(at, time={"settling_seconds": 0}),
        s.source(VENDOR, at, allowed_types=["ai.use.recorded.v1", "ai.output.used.v1"]),
        s.source(RMS, at, allowed_types=APPROVALS),
        s.supervisor("L-1", name="Lou Reyes"),
        s.supervisor("S-1", name="Ana Ruiz", supervisor_id="L-1"),
        s.supervisor("S-2", name="Bo Chen", supervisor_id="L-1"),
        s.employee("O-1", name="Ola Berg", supervisor_id="S-1"),
        s.employee("O-2", name="Per Dahl", supervisor_id="S-1"),
        s.employee("X-1", name="Xu Lin", supervisor_id="S-2"),
        *(each for each in s.department() if each.type == "registry.system.changed.v1"),
    ]
    return [
        each.model_copy(update={"source": CONSOLE, "id": f"fact-{n}"})
        for n, each in enumerate(facts)
    ]


def uses() -> list[Event]:
    """Searches without a case, and two for personal ends; and many with one cause."""
    at = datetime.now(UTC) - timedelta(minutes=3)

    def plate(use_id: str, employee_id: str, **more: Any) -> Event:
        return s.plate_search(
            at, use_id=use_id, employee_id=employee_id, known_as=f"use-{use_id}", **more
        )

    return [
        *(plate(f"plate-{n}", "O-1") for n in (1, 2, 3)),
        plate("plate-x", "X-1"),
        plate("plate-s", "S-1"),
        plate("private", "O-1", purpose="personal"),
        plate("private-2", "O-2", purpose="personal"),
        *(plate(f"crowd-{n}", "O-2", system_id="unheard-of") for n in range(CROWD)),
    ]


def _indexed(pipeline: Pipeline) -> int:
    pipeline.elasticsearch.indices.refresh(index=f"{pipeline.indices.prefix}-*")
    # Before the first event there is no index.
    found = pipeline.elasticsearch.search(
        index=pipeline.indices.events, size=0, ignore_unavailable=True
    )
    return int(found["hits"]["total"]["value"])


def said(answer: httpx.Response) -> str:
    """What a person reads: without tags, in single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))
