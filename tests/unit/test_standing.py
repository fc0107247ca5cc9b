"""Duties that stand for ever are judged again when what was announced comes true."""

from datetime import timedelta

from services.order import scenario as s
from tests.unit.test_fold import Live

DUE = s.NINE + timedelta(days=275)


def verdict(live: Live, rule: str, subject: str) -> str:
    return live.told().get((subject, rule), "not_applicable")


def test_an_audit_dated_ahead_counts_from_its_time_on() -> None:
    live = Live()
    live.tell(s.department(), DUE - timedelta(days=1))
    assert verdict(live, "yearly_audit", "system/writer") == "pending"
    live.tell([s.audited(DUE, received=DUE - timedelta(days=1))], DUE - timedelta(days=1))
    assert verdict(live, "yearly_audit", "system/writer") == "pending"
    live.tell([], DUE)
    assert verdict(live, "yearly_audit", "system/writer") == "compliant"


def test_what_counts_without_late_evidence_is_waited_for_too() -> None:
    late = s.trained(s.after(-1), received=s.after(48))
    live = Live()
    live.tell([*s.department(), s.source(s.RECORDS), s.use(), late], s.after(48))
    told = []
    for day in (2, 276, 306):
        for name in (s.RECORDS, "in/0"):
            live.tell([], s.NINE + timedelta(days=day), name)
        told.append(verdict(live, "training_current", "employee/E-1"))
    assert told == ["compliant", "pending", "undetermined"]
