"""C: generated products are approved, reviewed for accuracy, and disclosed."""

from typing import Any

from schemas.ai import UseRecorded
from schemas.events import Event

from .. import filing
from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story

_UNAPPROVED = ["approval"]


def stories(ago: Ago) -> list[Story]:
    """In the order of the clauses."""
    return [
        *_approvals(ago),
        *_approvals_in_doubt(ago),
        *_redactions(ago),
        *_depictions(ago),
        *_accuracy(ago),
        *_disclosures(ago),
    ]


def _approvals(ago: Ago) -> list[Story]:
    fine = t.draft("approved-in-time", ago(9), "E-101")
    never = t.draft("never-approved", ago(8), "E-102")
    colleague = t.draft("approved-by-a-colleague", ago(7), "E-103")
    edited = t.draft("edited-after-approval", ago(6), "E-104")
    after = t.draft("approved-afterwards", ago(6), "E-105")
    offline = t.draft("approved-while-offline", ago(5), "E-106")
    waived = t.draft("waived-in-an-emergency", ago(4), "E-107")
    paper = t.draft("perhaps-approved-on-paper", ago(0.5), "E-108")

    def used(of: UseRecorded, hours: float, *approval: Event, **data: str) -> tuple[Event, ...]:
        return *t.proper(of, ago(hours), lacks=_UNAPPROVED, **data), *approval

    def story(of: UseRecorded, ends: str, events: tuple[Event, ...], *later: Event) -> Story:
        return Story("C.1.a", of.subject, ends, events, later)

    until = ago(-DAY)
    waiver = filing.waiver(waived.subject, ago(3.9), "C.1", until, "Missing child, no time to lose")
    first = t.decided(edited, ago(5.8), "S-1", output_digest="sha256:1a")
    by_a_peer = t.decided(colleague, ago(6.8), "E-109")
    return [
        story(fine, "compliant", used(fine, 8.5, t.decided(fine, ago(8.7), "S-1"))),
        story(never, "violation", used(never, 7.5)),
        story(colleague, "violation", used(colleague, 6.5, by_a_peer)),
        story(edited, "violation", used(edited, 5.5, first, output_digest="sha256:2b")),
        story(after, "violation", used(after, 5.5, t.decided(after, ago(5), "S-2"))),
        story(offline, WITHDRAWN, used(offline, 4.5), t.decided(offline, ago(4.8), "S-3")),
        story(waived, "waived", used(waived, 3.8, waiver)),
        story(paper, "pending", used(paper, 0.2)),
    ]


def _approvals_in_doubt(ago: Ago) -> list[Story]:
    """A sergeant whom the roster does not know."""
    of = t.draft("approved-by-someone-unknown", ago(10), "E-110")
    decision = t.decided(of, ago(9.8), "S-77")
    used = t.proper(of, ago(9.5), "court", lacks=_UNAPPROVED)
    return [Story("C.1.a", of.subject, "undetermined", (*used, decision))]


def _redactions(ago: Ago) -> list[Story]:
    camera = t.redaction("body-camera-for-release", ago(12), "E-112", "body_worn_video")
    unstated = t.redaction("redacted-what", ago(12), "E-101", None)
    record = t.redaction("record-for-release", ago(12), "E-102", "record")
    ends = ((camera, "not_applicable"), (unstated, "undetermined"), (record, "violation"))
    return [
        Story(
            "C.1.a",
            of.subject,
            verdict,
            t.proper(of, ago(11), "public_release", lacks=_UNAPPROVED),
        )
        for of, verdict in ends
    ]


def _depictions(ago: Ago) -> list[Story]:
    fine = t.picture("poster-approved", ago(9), "E-103", "E-104")
    never = t.picture("poster-not-approved", ago(8), "E-105", "E-106")
    unknown = t.picture("poster-approved-by-someone-unknown", ago(8), "E-107", "E-108")
    offline = t.picture("poster-approved-while-offline", ago(7), "E-109", "E-110")
    paper = t.picture("poster-perhaps-approved-on-paper", ago(0.5), "E-111", "E-112")

    def story(
        of: UseRecorded, hours: float, ends: str, *events: Event, later: tuple[Event, ...] = ()
    ) -> Story:
        used = t.proper(of, ago(hours), "briefing", lacks=_UNAPPROVED)
        return Story("C.1.b", of.subject, ends, (*used, *events), later)

    return [
        story(fine, 8, "compliant", t.decided(fine, ago(8.5), "S-2")),
        story(never, 7, "violation"),
        story(unknown, 7, "undetermined", t.decided(unknown, ago(7.5), "S-78")),
        story(offline, 6, WITHDRAWN, later=(t.decided(offline, ago(6.5), "S-3"),)),
        story(paper, 0.2, "pending"),
    ]


def _accuracy(ago: Ago) -> list[Story]:
    fine = t.draft("reviewed-for-accuracy", ago(14), "E-101")
    never = t.draft("not-reviewed-for-accuracy", ago(13.9), "E-102")
    wrong = t.draft("used-with-errors-left", ago(13.8), "E-103")
    offline = t.draft("reviewed-for-accuracy-offline", ago(13.7), "E-104")
    errors = t.reviewed(wrong, ago(13.3), "accuracy", "errors_found")

    def used(of: UseRecorded) -> tuple[Event, ...]:
        return t.proper(of, ago(13), lacks=["accuracy"])

    return [
        Story("C.2", fine.subject, "compliant", t.proper(fine, ago(13))),
        Story("C.2", never.subject, "violation", used(never)),
        Story("C.2", wrong.subject, "violation", (*used(wrong), errors)),
        Story(
            "C.2",
            offline.subject,
            WITHDRAWN,
            used(offline),
            (t.reviewed(offline, ago(13.2), "accuracy"),),
        ),
    ]


def _disclosures(ago: Ago) -> list[Story]:
    fine = t.draft("final-and-disclosed", ago(15), "E-105")
    never = t.draft("final-and-not-disclosed", ago(14.9), "E-106")
    late = t.draft("final-and-disclosed-late", ago(14.8), "E-107")
    somewhere = t.draft("final-and-disclosed-somewhere", ago(14.7), "E-108")
    offline = t.draft("final-and-disclosed-offline", ago(14.6), "E-109")

    def final(of: UseRecorded, **data: Any) -> tuple[Event, ...]:
        whole: dict[str, Any] = {
            "final_document": True,
            "document_id": f"R-{of.data.use_id}",
        } | data
        return t.proper(of, ago(14), **whole)

    def told(of: UseRecorded, hours: float) -> Event:
        return t.disclosed(of, ago(hours), f"R-{of.data.use_id}")

    def story(of: UseRecorded, ends: str, events: tuple[Event, ...], *later: Event) -> Story:
        return Story("C.2.a", of.subject, ends, events, later)

    unnamed = final(somewhere, document_id=None)
    return [
        story(fine, "compliant", final(fine, disclosure=t.STATEMENT)),
        story(never, "violation", final(never)),
        story(late, "cured", (*final(late), told(late, 3))),
        story(somewhere, "undetermined", (*unnamed, told(somewhere, 14.2))),
        story(offline, WITHDRAWN, final(offline), told(offline, 14.2)),
    ]
