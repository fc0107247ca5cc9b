"""One day of the demonstration: stories that each end in a known verdict, and a routine besides.

Everything is told relative to `base`, the end of the day, so that duties which are still open when
the demonstration runs are really open. Only D.2 can be mended after its deadline; `withdrawn` means
that evidence which was true in time arrived after the finding had been published.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.ai import UseRecorded
from schemas.events import Event
from schemas.registry import WaiverGranted
from schemas.verdicts import FINDING_KINDS

from . import telling as t
from .department import OFFICERS, UNITS

Ago = Callable[[float], datetime]
"""A time so many hours before the end of the day."""

ROUTINE_USES = 48


@dataclass(frozen=True)
class Story:
    """What happened to one subject. `ends`: the verdict under `clause`, or `withdrawn`.

    `later`: events that reach the department only after the findings on the rest are published.
    """

    clause: str
    subject: str
    ends: str
    events: tuple[Event, ...]
    later: tuple[Event, ...] = ()

    @property
    def publishes(self) -> bool:
        """Whether it leads to a finding, open or withdrawn."""
        return self.ends in FINDING_KINDS or self.ends == "withdrawn"


def day(base: datetime) -> list[tuple[str, list[Event]]]:
    """The day's events by phase: waivers on file, what is reported, what arrives too late for that.

    Waivers come first, because what they cover would otherwise be a finding until they are known.
    """
    told = stories(base)
    at_once = [event for story in told for event in story.events]
    waivers: list[Event] = [event for event in at_once if isinstance(event, WaiverGranted)]
    reports = [event for event in at_once if event not in waivers]
    late = [event for story in told for event in story.later]
    return [
        ("waivers", waivers),
        ("the day", [*_nightly_reports(base), *reports, *routine(base)]),
        ("what arrives late", late),
    ]


def stories(base: datetime) -> list[Story]:
    """Every story, by clause."""

    def ago(hours: float) -> datetime:
        return base - timedelta(hours=hours)

    told: list[Story] = []
    for chapter in (
        _approvals,
        _approvals_in_doubt,
        _redactions,
        _depictions,
        _leads,
        _plates,
        _conduct,
        _shares,
    ):
        told += chapter(ago)
    return told


def routine(base: datetime) -> Iterable[Event]:
    """Reports drafted, approved by the sergeant and used, all day long, with nothing amiss."""
    for number in range(ROUTINE_USES):
        at = base - timedelta(hours=26, minutes=-30 * number)
        officer = OFFICERS[number % len(OFFICERS)]
        sergeant = list(UNITS.values())[number % len(UNITS)]
        drafted = t.draft(f"routine-{number + 1:02}", at, officer)
        yield drafted
        yield t.requested(drafted, at + timedelta(minutes=5), sergeant)
        yield t.decided(drafted, at + timedelta(minutes=8 + number % 7), sergeant)
        yield t.put_to_use(drafted, at + timedelta(minutes=20), "report")


def _nightly_reports(base: datetime) -> list[Event]:
    """Sources that report in intervals: what happened after their last report is still open."""
    return [
        t.heartbeat(t.CAD, base - timedelta(minutes=30)),
        t.heartbeat(t.PAPER, base - timedelta(hours=1)),
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

    def used(of: UseRecorded, hours: float, **data: str) -> Event:
        return t.put_to_use(of, ago(hours), "report", **data)

    def story(of: UseRecorded, ends: str, *events: Event, later: tuple[Event, ...] = ()) -> Story:
        return Story("C.1.a", of.subject, ends, (of, *events), later)

    until = ago(-24)
    waiver = t.waiver(waived.subject, ago(3.9), "C.1", until, "Missing child, no time to lose")
    first = {"output_digest": "sha256:1a"}
    return [
        story(fine, "compliant", t.decided(fine, ago(8.7), "S-1"), used(fine, 8.5)),
        story(never, "violation", used(never, 7.5)),
        story(
            colleague, "violation", t.decided(colleague, ago(6.8), "E-109"), used(colleague, 6.5)
        ),
        story(
            edited,
            "violation",
            t.decided(edited, ago(5.8), "S-1", **first),
            used(edited, 5.5, output_digest="sha256:2b"),
        ),
        story(after, "violation", used(after, 5.5), t.decided(after, ago(5), "S-2")),
        story(
            offline,
            "withdrawn",
            used(offline, 4.5),
            later=(t.decided(offline, ago(4.8), "S-3"),),
        ),
        story(waived, "waived", waiver, used(waived, 3.8)),
        story(paper, "pending", used(paper, 0.2)),
    ]


def _approvals_in_doubt(ago: Ago) -> list[Story]:
    """A sergeant whom the roster does not know; a use that its system never reported."""
    unknown = t.draft("approved-by-someone-unknown", ago(10), "E-110")
    unreported = t.draft("never-reported-by-the-system", ago(11), "E-111")
    decision = t.decided(unknown, ago(9.8), "S-77")
    lost = t.decided(unreported, ago(10.8), "S-1")
    return [
        Story(
            "C.1.a",
            unknown.subject,
            "undetermined",
            (unknown, decision, t.put_to_use(unknown, ago(9.5), "court")),
        ),
        Story("C.1.a", unreported.subject, "undetermined", (lost,)),
        # Whatever else would have to be judged of a use that nobody reported is in doubt as well.
        *(
            Story(clause, unreported.subject, "undetermined", ())
            for clause in ("C.1.b", "D.2", "D.4", "F.1.c")
        ),
    ]


def _redactions(ago: Ago) -> list[Story]:
    camera = t.redaction("body-camera-for-release", ago(12), "E-112", "body_worn_video")
    unstated = t.redaction("redacted-what", ago(12), "E-101", None)
    record = t.redaction("record-for-release", ago(12), "E-102", "record")
    ends = ((camera, "not_applicable"), (unstated, "undetermined"), (record, "violation"))
    return [
        Story("C.1.a", of.subject, verdict, (of, t.put_to_use(of, ago(11), "public_release")))
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
        used = t.put_to_use(of, ago(hours), "briefing")
        return Story("C.1.b", of.subject, ends, (of, *events, used), later)

    return [
        story(fine, 8, "compliant", t.decided(fine, ago(8.5), "S-2")),
        story(never, 7, "violation"),
        story(unknown, 7, "undetermined", t.decided(unknown, ago(7.5), "S-78")),
        story(offline, 6, "withdrawn", later=(t.decided(offline, ago(6.5), "S-3"),)),
        story(paper, 0.2, "pending"),
    ]


def _leads(ago: Ago) -> list[Story]:
    """D.2, with its deadline of 24 hours after the first use as a lead."""
    report = t.face_search("lead-in-a-report", ago(50), "E-104")
    dispatch = t.face_search("lead-in-the-cad-log", ago(49), "E-105")
    never = t.face_search("lead-never-documented", ago(48), "E-106")
    late = t.face_search("lead-documented-late", ago(52), "E-107")
    fresh = t.face_search("lead-of-this-hour", ago(0.6), "E-108")
    noted = t.face_search("lead-in-private-notes", ago(47), "E-109")
    offline = t.face_search("lead-documented-offline", ago(46), "E-110")
    searched = {report: 50, dispatch: 49, never: 48, late: 52, fresh: 0.6, noted: 47, offline: 46}

    def story(of: UseRecorded, ends: str, *events: Event, later: tuple[Event, ...] = ()) -> Story:
        lead = t.put_to_use(of, ago(searched[of] - 0.5), "lead", treated_as="lead")
        return Story("D.2", of.subject, ends, (of, lead, *events), later)

    return [
        story(report, "compliant", t.documented(report, ago(45), "R-26-1041")),
        story(dispatch, "compliant", t.documented(dispatch, ago(44), "CAD-26-88", t.CAD)),
        story(never, "violation"),
        story(late, "cured", t.documented(late, ago(20), "R-26-1042")),
        story(fresh, "pending"),
        story(noted, "undetermined", t.documented(noted, ago(40), "note 7", t.NOTEBOOK)),
        story(offline, "withdrawn", later=(t.documented(offline, ago(40), "R-26-1043"),)),
    ]


def _plates(ago: Ago) -> list[Story]:
    fine = t.plate_search("plate-with-a-purpose", ago(15), "E-101", "stolen vehicle 26-3312")
    blank = t.plate_search("plate-without-a-purpose", ago(14), "E-102", " ")
    waived = t.plate_search("plate-waived", ago(13), "E-103", None)
    wrong = t.plate_search("plate-with-the-purpose-lost", ago(12), "E-104", None)
    right = t.plate_search("plate-with-the-purpose-lost", ago(12), "E-104", "hit and run", "again")
    waiver = t.waiver("employee/E-103", ago(13.5), "D.4", ago(-24), "Undercover detail")
    lost = t.retracted(wrong, ago(1), "L-1", "The export had cut the reason off")
    return [
        Story("D.4", fine.subject, "compliant", (fine,)),
        Story("D.4", blank.subject, "violation", (blank,)),
        Story("D.4", waived.subject, "waived", (waiver, waived)),
        Story("D.4", wrong.subject, "withdrawn", (wrong,), (lost, right)),
    ]


def _conduct(ago: Ago) -> list[Story]:
    """F.1.c on uses and on employees."""
    fine = t.draft("official", ago(16), "E-111")
    personal = t.draft("birthday-speech", ago(16), "E-112", purpose="personal")
    wrong = t.draft("marked-personal-by-mistake", ago(15), "E-101", purpose="personal")
    right = t.draft("marked-personal-by-mistake", ago(15), "E-101", note="again")
    mended = t.retracted(wrong, ago(1), "L-1", "Wrong item picked from the list")
    about = {"E-110": ("sustained", "violation"), "E-104": ("not_sustained", "compliant")}
    return [
        Story("F.1.c", fine.subject, "compliant", (fine,)),
        Story("F.1.c", personal.subject, "violation", (personal,)),
        Story("F.1.c", wrong.subject, "withdrawn", (wrong,), (mended, right)),
        *(
            Story(
                "F.1.c",
                f"employee/{who}",
                ends,
                (t.complaint(f"IA-{who}", ago(18), who, "unauthorized_sharing", finding),),
            )
            for who, (finding, ends) in about.items()
        ),
    ]


def _shares(ago: Ago) -> list[Story]:
    """F.1.c on what was passed on."""
    recipients = (
        ("to-a-colleague", "employee", "E-105", "compliant"),
        ("to-a-former-colleague", "employee", "E-190", "violation"),
        ("to-someone-unknown", "employee", "E-999", "undetermined"),
        ("to-another-agency", "agency", "Yolo County", "not_applicable"),
    )
    return [
        Story("F.1.c", f"share/{name}", ends, (t.shared(name, ago(17), "E-106", kind, whom),))
        for name, kind, whom, ends in recipients
    ]
