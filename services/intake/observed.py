"""What intake tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from schemas.ai import SourceHeartbeat

_MOST_INSTANCES = 1000
"""Processes of one source that are remembered; the one that was silent longest is forgotten."""

ACCEPTED = Counter("blotter_intake_accepted_total", "Events accepted", ["source"])
REJECTED = Counter("blotter_intake_rejected_total", "Inputs refused", ["source"])
REPEATED = Counter("blotter_intake_repeated_total", "Repetitions dropped", ["source"])
TRIED_OUT = Counter("blotter_intake_tried_out_total", "Records of sandboxes left out", ["source"])
TRANSACTION_SECONDS = Histogram(
    "blotter_intake_transaction_seconds", "Time until one lot of one input is committed"
)
TICK = Gauge("blotter_intake_tick_seconds", "Up to when an input has been passed on", ["input"])
LAG = Gauge("blotter_intake_lag_records", "Records of an input not yet read", ["input"])
LOST = Counter("blotter_intake_lost_records_total", "Records deleted unread", ["input"])
DROPPED = Counter(
    "blotter_intake_source_dropped_total", "Events that a source says it lost", ["source"]
)
SPOOLED = Gauge(
    "blotter_intake_source_spooled", "Events that wait at a source, as it said last", ["source"]
)


class Heartbeats:
    """What one source says of itself. Its counts begin anew with each of its processes."""

    def __init__(self) -> None:
        self._dropped: dict[str, int] = {}

    def told(self, beat: SourceHeartbeat) -> None:
        """Count what was lost since this process's last heartbeat."""
        instance = beat.instance or ""
        before = self._dropped.pop(instance, 0)
        now = beat.data.dropped
        if instance:
            # Of a named process a smaller number is an older heartbeat, come late.
            now = max(before, now)
        self._dropped[instance] = now
        if len(self._dropped) > _MOST_INSTANCES:
            self._dropped.pop(next(iter(self._dropped)))
        DROPPED.labels(beat.source).inc(now - before if now >= before else now)
        SPOOLED.labels(beat.source).set(beat.data.spooled)
