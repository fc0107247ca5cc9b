"""When things happened, and in which order they were told."""

from collections import defaultdict
from datetime import timedelta
from typing import Dict, List, Tuple

from ...contract.envelope import Envelope
from ..evidence import Evidence
from ..requirement import (
    MUST,
    SHOULD,
    Outcome,
    each,
    failed,
    not_applicable,
    not_shown,
    passed,
    requirement,
    successive,
)

AHEAD = timedelta(minutes=5)
"""How far a clock may be ahead: what intake allows."""
LATE = timedelta(hours=24)
"""From when on evidence counts as told late."""


@requirement(
    MUST,
    "C.1",
    "C.2",
    "B.2.b",
    why="What had to be done before an output was used is judged by the instant. Two acts in one"
    " second must not look like one, or in the wrong order.",
    mend="Leave time out, and the emitter stamps it; or give an aware datetime with what the"
    " clock has.",
)
def time_in_hundredths(evidence: Evidence) -> Outcome:
    """Times are told to hundredths of a second"""
    items = [item for item in evidence.items if item.event is not None]
    whole = [i.name for i in items if i.event and not i.event.time.microsecond]
    if not items:
        return not_shown("there are no valid events")
    # One time in a hundred ends in .00 by chance, and a log writes that as a whole second; what is
    # sent together may share it.
    times = {event.time for event in evidence.events}
    in_whole = [time for time in times if not time.microsecond]
    if len(in_whole) * 10 > len(times) and (len(in_whole) > 1 or len(times) == 1):
        unit = "minutes" if all(not e.time.second for e in evidence.events) else "seconds"
        return failed(f"{len(whole)} of {len(items)} times are told in whole {unit}", whole)
    return passed(f"times: {len(items)}")


@requirement(
    MUST,
    "completeness",
    why="A time that never moves is a constant of the program, not the moment of an act.",
    mend="Let the emitter stamp each event as it happens.",
)
def time_moves(evidence: Evidence) -> Outcome:
    """Each event has its own time"""
    events = evidence.events
    if len(events) < 2:
        return not_shown("it takes two events")
    if len({event.time for event in events}) == 1:
        return failed(f"all {len(events)} events have the same time", (e.id for e in events))
    return passed(f"times: {len({event.time for event in events})}, in {len(events)} events")


@requirement(
    MUST,
    "completeness",
    why="What has not happened yet cannot be reported: such an event is refused, and the source's"
    " clock becomes a finding.",
    mend="Have the host's clock set by a time server, and give times with their own offset: a"
    " local time that is called UTC lies hours away.",
)
def time_not_ahead(evidence: Evidence) -> Outcome:
    """No event lies in the future"""
    latest = {item.name: (item.received or evidence.now) + AHEAD for item in evidence.items}

    def fault(event: Envelope) -> str:
        return "lies after its receipt" if event.time > latest[event.id] else ""

    nothing = not_shown("there are no valid events")
    return each(evidence.events, "events", fault, "none lies in the future", nothing)


@requirement(
    SHOULD,
    "B.2.a",
    "D.2",
    why="What is told more than a day late does not count by itself: it could have been written"
    " when somebody asked.",
    mend="Report each use when it ends, not in a nightly run; time is when it happened, not a date"
    " out of test data.",
)
def told_at_once(evidence: Evidence) -> Outcome:
    """Events are sent on the day on which they happened"""
    received = {item.name: item.received for item in evidence.items}
    if not any(received.values()):
        return not_applicable("a file does not say when its events were sent")

    def fault(event: Envelope) -> str:
        at = received[event.id]
        return "told more than 24 h late" if at is not None and at - event.time > LATE else ""

    return each(evidence.events, "events", fault, "sent within a day")


@requirement(
    SHOULD,
    "completeness",
    why="Consecutive numbers are how the department notices that something is missing.",
    mend="Report through the emitter and leave out id or time, or number the events of each"
    " process with instance and sequence, one more each time.",
)
def numbered(evidence: Evidence) -> Outcome:
    """Events are numbered by the process that sent them"""

    def fault(event: Envelope) -> str:
        return "" if event.sequence and event.instance else "without sequence or instance"

    nothing = not_shown("there are no valid events")
    return each(evidence.events, "events", fault, "numbered", nothing)


@requirement(
    MUST,
    "completeness",
    why="A gap is a finding of its own: a log with something missing proves nothing.",
    mend="Send everything, in order, and never begin anew with the same instance. If the emitter"
    " numbers, a gap means that it lost something: see its log.",
)
def gapless(evidence: Evidence) -> Outcome:
    """No number is missing and none comes twice"""
    numbers: Dict[str, List[Tuple[int, str]]] = defaultdict(list)
    for item in evidence.items:
        # What is not valid was sent all the same, and is a fault of its own.
        sequence, instance = item.raw.get("sequence"), item.raw.get("instance")
        if isinstance(sequence, str) and sequence.isdecimal() and isinstance(instance, str):
            numbers[instance].append((int(sequence), item.name))
    if not numbers:
        return not_applicable("no event is numbered")
    wrong = []
    for each_of in numbers.values():
        # A repetition of the same event is harmless.
        pairs = successive(sorted(set(each_of)))
        wrong += [name for (before, _), (number, name) in pairs if number != before + 1]
    if wrong:
        return failed(f"{len(wrong)} numbers do not follow the one before", wrong)
    return passed(f"processes: {len(numbers)}, no gap")


REQUIREMENTS = (
    time_in_hundredths,
    time_moves,
    time_not_ahead,
    told_at_once,
    numbered,
    gapless,
)
