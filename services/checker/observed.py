"""What the checker tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from schemas.verdicts import PartitionProgress
from services.order.fold import Step

RECORDS = Counter("blotter_checker_records_total", "Records of ai.dossiers applied")
ENTRIES = Counter("blotter_checker_entries_total", "Events and facts in those records")
UNJUDGED = Counter(
    "blotter_checker_unjudged_total", "Records and dossiers that could not be judged: a defect"
)
FINDINGS = Counter(
    "blotter_checker_findings_total", "Findings published", ["clause", "verdict", "state"]
)
DOSSIERS_CHANGED = Counter(
    "blotter_checker_dossiers_changed_total", "Dossiers whose verdicts changed"
)
TRANSACTION_SECONDS = Histogram(
    "blotter_checker_transaction_seconds", "Time to fold and publish one lot of records"
)
NOW = Gauge("blotter_checker_now_seconds", "The tick that every input has reached", ["partition"])
BACKLOG = Gauge("blotter_checker_backlog", "Dossiers still to be judged again", ["partition"])
DOSSIERS = Gauge("blotter_checker_dossiers", "Dossiers known", ["partition"])


def judged(step: Step, entries: int) -> None:
    """Count what one record did."""
    RECORDS.inc()
    ENTRIES.inc(entries)
    DOSSIERS_CHANGED.inc(len(step.metrics))
    for finding in step.findings:
        FINDINGS.labels(finding.clause, finding.verdict, finding.state).inc()


def progressed(progress: PartitionProgress) -> None:
    """Show how far a partition has come."""
    partition = str(progress.partition)
    BACKLOG.labels(partition).set(progress.backlog)
    DOSSIERS.labels(partition).set(progress.dossiers)
    if progress.now is not None:
        NOW.labels(partition).set(progress.now.timestamp())


def forget(partition: int) -> None:
    """A partition that another checker has taken is that one's to tell about."""
    for gauge in (NOW, BACKLOG, DOSSIERS):
        gauge.remove(str(partition))
