"""Completeness: what sources leave out, and uses of which only others know."""

from collections.abc import Iterable

from schemas.events import Event
from services.order.rulebook import rulebook

from .. import telling as t
from ..story import WITHDRAWN, Ago, Story

_CLAUSE = "completeness"
REFUSED = 5
"""Events that a source may not send: more than the demonstration's policy suffers in a day."""


def stories(ago: Ago) -> list[Story]:
    """Sources first."""
    return [
        *_gaps(ago),
        *_silent(),
        *_refused(ago),
        *_wrong_clock(ago),
        *_changed(ago),
        *_lost(ago),
    ]


def _gaps(ago: Ago) -> list[Story]:
    """Two of one vendor's products number what they send; the report writer does not."""

    def sent(source: str, numbers: Iterable[int]) -> tuple[Event, ...]:
        return tuple(
            t.transcript(
                source, f"{source.rsplit('/', 1)[1]}-{number}", ago(24 - number), "E-110"
            ).model_copy(update={"sequence": str(number), "instance": "a"})
            for number in numbers
        )

    return [
        _story(t.REPORT_WRITER, "compliant"),
        _story(t.INTERVIEWS, "violation", sent(t.INTERVIEWS, (1, 2, 5))),
        _story(
            t.DISPATCH_AUDIO,
            WITHDRAWN,
            sent(t.DISPATCH_AUDIO, (1, 2, 4)),
            sent(t.DISPATCH_AUDIO, (3,)),
        ),
    ]


def _story(
    source: str, ends: str, events: tuple[Event, ...] = (), later: tuple[Event, ...] = ()
) -> Story:
    return Story(_CLAUSE, f"source{source}", ends, events, later)


def _silent() -> list[Story]:
    """Nothing was ever heard of the gunshot detector, which should report every few seconds."""
    return [_story(t.GUNSHOT_DETECTOR, "violation")]


def _refused(ago: Ago) -> list[Story]:
    """The translator's vendor reports uses of a system that it may not speak for."""
    refused = tuple(
        t.translation(f"mail-{number}", ago(number), "E-109", system_id="mail-plugin")
        for number in range(1, REFUSED + 1)
    )
    return [Story(_CLAUSE, f"source{t.TRANSLATOR}", "violation", refused=refused)]


def _wrong_clock(ago: Ago) -> list[Story]:
    """A vendor whose clock is in another time zone."""
    behind = t.heartbeat(t.HOTSPOTS, ago(9))
    return [Story(_CLAUSE, f"source{t.HOTSPOTS}", "violation", once=(behind,))]


def _changed(ago: Ago) -> list[Story]:
    """One event, sent twice, and not the same."""
    both = tuple(
        t.question(t.PUBLIC_CHAT, "asked-this-or-that", ago(5), "E-108", purpose=purpose)
        for purpose in ("administrative", "report_writing")
    )
    return [Story(_CLAUSE, f"source{t.PUBLIC_CHAT}", "violation", once=both)]


def _lost(ago: Ago) -> list[Story]:
    """A use that its system never reported: whatever would have to be judged is in doubt."""
    of = t.draft("never-reported-by-the-system", ago(11), "E-111")
    clauses = sorted({rule.clause for rule in rulebook() if "use" in rule.kinds} - {"C.1.a"})
    return [
        Story("C.1.a", of.subject, "undetermined", (t.decided(of, ago(10.8), "S-1"),)),
        *(Story(clause, of.subject, "undetermined") for clause in clauses),
    ]
