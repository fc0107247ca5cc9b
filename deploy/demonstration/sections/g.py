"""G: whoever uses AI is trained, and again every year."""

from .. import filing
from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story

_EACH = ["G.1", *(f"G.1.{topic}" for topic in "abcdefg")]


def stories(ago: Ago) -> list[Story]:
    """People, and the courses that they took."""
    return [*_in_order(), *_never(), *_too_late(ago), *_soon_due(ago), *_recorded_late(ago)]


def _in_order() -> list[Story]:
    """Trained, or with no use on record."""
    return [
        *(Story(clause, "employee/E-101", "compliant") for clause in _EACH),
        Story("G.1", "employee/L-1", "not_applicable"),
    ]


def _never() -> list[Story]:
    """Somebody new, whose use is told under B.2.b."""
    return [Story(clause, "employee/E-201", "violation") for clause in _EACH]


def _too_late(ago: Ago) -> list[Story]:
    """One topic came after the first use: the training is mended, the use is not."""
    who = "E-202"
    of = t.draft("before-one-topic", ago(30), who)
    events = (
        filing.employee(who, ago(30 * DAY)),
        filing.trained(who, ago(20 * DAY), "abdefg"),
        of,
        filing.trained(who, ago(10), "c"),
    )
    return [
        Story("B.2.b", of.subject, "violation", events),
        Story("G.1", f"employee/{who}", "cured"),
        Story("G.1.c", f"employee/{who}", "cured"),
        Story("G.1.d", f"employee/{who}", "compliant"),
    ]


def _soon_due(ago: Ago) -> list[Story]:
    who = "E-203"
    of = t.draft("shortly-before-the-refresher", ago(9), who)
    events = (filing.employee(who, ago(400 * DAY)), filing.trained(who, ago(350 * DAY)), of)
    return [Story("G.1", f"employee/{who}", "pending", events)]


def _recorded_late(ago: Ago) -> list[Story]:
    who = "E-204"
    of = t.draft("before-the-course-was-on-record", ago(9), who)
    later = filing.trained(who, ago(50 * DAY))
    return [
        Story("B.2.b", of.subject, WITHDRAWN, (filing.employee(who, ago(90 * DAY)), of), (later,)),
        *(Story(clause, f"employee/{who}", WITHDRAWN) for clause in _EACH),
    ]
