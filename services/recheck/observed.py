"""What the nightly recheck tells Prometheus."""

from prometheus_client import Counter, Gauge

from services.order.recheck import KINDS
from services.runtime.recheck import Report

DIFFERENCES = Gauge(
    "blotter_recheck_differences",
    "Findings that differ from what the log says, at the last recheck",
    ["kind"],
)
SUBJECTS = Gauge("blotter_recheck_subjects", "Subjects judged at the last recheck")
EVENTS = Gauge("blotter_recheck_events", "Events read at the last recheck")
DONE = Gauge("blotter_recheck_done_timestamp_seconds", "When the last recheck was done")
FAILED = Counter("blotter_recheck_failed_total", "Rechecks that could not be done")


def compared(report: Report, at: float) -> None:
    """A recheck was done; `at`: Unix time in seconds."""
    for kind in KINDS:
        DIFFERENCES.labels(kind).set(sum(d.kind == kind for d in report.differences))
    SUBJECTS.set(report.subjects)
    EVENTS.set(report.events)
    DONE.set(at)
