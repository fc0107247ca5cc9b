"""What a product tells of itself, as long as it runs."""

from collections import defaultdict
from typing import Dict, List

from ...contract import ai
from ...contract.envelope import Envelope
from ..evidence import Evidence
from ..requirement import (
    ADVICE,
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

_SILENT_AFTER = 3
"""Intervals after which a source counts as silent."""


@requirement(
    SHOULD,
    "completeness",
    why="Without a sign of life, silence can mean that nobody used the AI or that nobody told.",
    mend="Call emitter.heartbeat() at the interval that was agreed, from a timer.",
)
def heartbeat(evidence: Evidence) -> Outcome:
    """The product tells that it lives"""
    count = len(evidence.of(ai.SourceHeartbeat))
    return passed(f"heartbeats: {count}") if count else not_shown("no heartbeat is shown")


@requirement(
    MUST,
    "completeness",
    why="A heartbeat counts what was sent and lost. If it counts less than came, it counts"
    " something else.",
    mend="Use emitter.heartbeat(), which counts for itself; counts are of one process since it"
    " began.",
)
def heartbeat_counts(evidence: Evidence) -> Outcome:
    """A heartbeat counts what was sent"""
    beats = evidence.of(ai.SourceHeartbeat)

    def fault(beat: ai.SourceHeartbeat) -> str:
        sent = len({event.sequence for event in evidence.events if _before(event, beat)})
        if beat.data.emitted < sent:
            return f"counts {beat.data.emitted} events after {sent} came"
        return f"{beat.data.dropped} events were lost" if beat.data.dropped else ""

    return each(beats, "heartbeats", fault, "counts fit")


def _before(event: Envelope, beat: ai.SourceHeartbeat) -> bool:
    """Sent earlier, by the same process."""
    if not (event.sequence and beat.sequence) or event.instance != beat.instance:
        return False
    return int(event.sequence) < int(beat.sequence)


@requirement(
    SHOULD,
    "completeness",
    why="Silence for three times the agreed interval is a finding against the source.",
    mend="Name the agreed interval with --cadence SECONDS, and send two heartbeats or more.",
)
def heartbeat_cadence(evidence: Evidence) -> Outcome:
    """Heartbeats come as often as agreed"""
    beats: Dict[str, List[float]] = defaultdict(list)
    for beat in evidence.of(ai.SourceHeartbeat):
        beats[beat.instance or ""].append(beat.time.timestamp())
    pairs = [pair for times in beats.values() for pair in successive(sorted(times))]
    if evidence.cadence is None:
        return not_shown("the agreed interval is not known")
    if not pairs:
        return not_shown("it takes two heartbeats of one process")
    longest = max(later - earlier for earlier, later in pairs)
    if longest > _SILENT_AFTER * evidence.cadence:
        return failed(f"{longest:.0f} s between two, {evidence.cadence:g} s are agreed")
    return passed(f"at most {longest:.0f} s apart, {evidence.cadence:g} s are agreed")


@requirement(
    SHOULD,
    "F.1.d",
    why="Keeping data for longer than agreed is a use that the order forbids; the product alone"
    " knows its oldest record.",
    mend="Report emitter.retention_reported(oldest_record_on=…) once a day.",
)
def retention(evidence: Evidence) -> Outcome:
    """The product tells how old its oldest record is"""
    reports = evidence.of(ai.RetentionReported)

    def fault(report: ai.RetentionReported) -> str:
        ahead = report.data.oldest_record_on > report.time.date()
        return "the oldest record lies in the future" if ahead else ""

    return each(reports, "reports", fault, "told", not_shown("no report is shown"))


@requirement(
    ADVICE,
    "H.2.a",
    "H.2.b",
    why="The yearly audit asks how accurate each system is.",
    mend="Report emitter.output_evaluated(…) whenever the quality of outputs is measured.",
)
def accuracy(evidence: Evidence) -> Outcome:
    """The product tells how good its outputs are"""
    count = len(evidence.of(ai.OutputEvaluated))
    return passed(f"measurements: {count}") if count else not_shown("no measurement is shown")


@requirement(
    SHOULD,
    "H.2.b",
    why="When a model turns out to be faulty, the uses of that model must be found.",
    mend="Call use.model(provider=…, name=…, version=…) in the block.",
)
def model_named(evidence: Evidence) -> Outcome:
    """Uses name the model that answered"""

    def fault(use: ai.UseRecorded) -> str:
        return "" if use.data.model else "model is missing"

    uses = evidence.of(ai.UseRecorded)
    return each(uses, "uses", fault, "models are named", not_shown("no use is shown"))


@requirement(
    SHOULD,
    "B.2.a",
    "H.2.c",
    why="A prompt that failed was a use all the same: the data went in. Leaving failures out would"
    " be a way to use AI unseen.",
    mend="Keep the call of the model inside the block of emitter.use, which reports when an"
    " exception passes through. Show it with --failing MODULE:FUNCTION, in which the model fails.",
)
def failures_told(evidence: Evidence) -> Outcome:
    """A use that fails is told as well"""
    failing = evidence.failing
    if failing is None:
        if evidence.run is None:
            return not_applicable("events do not tell which use failed")
        return not_shown("no run in which the model fails")
    if failing.reported:
        return passed(f"uses told although the model failed: {failing.reported}")
    return failed("the model failed, and no use was told")


REQUIREMENTS = (
    heartbeat,
    heartbeat_counts,
    heartbeat_cadence,
    retention,
    accuracy,
    model_named,
    failures_told,
)
