"""Duties that stand for ever are judged again when what was announced comes true."""

from datetime import timedelta

from services.order import scenario as s
from tests.unit.test_fold import Live

DUE = s.NINE + timedelta(days=275)


def verdict(live: Live, rule: str, subject: str) -> str:
    return next(v.verdict for v in live.verdicts() if (v.rule, v.subject) == (rule, subject))


def test_an_audit_dated_ahead_counts_from_its_time_on() -> None:
    live = Live()
    live.tell(s.department(), DUE - timedelta(days=1))
    assert verdict(live, "yearly_audit", "system/writer") == "pending"
    live.tell([s.audited(DUE, received=DUE - timedelta(days=1))], DUE - timedelta(days=1))
    assert verdict(live, "yearly_audit", "system/writer") == "pending"
    live.tell([], DUE)
    assert verdict(live, "yearly_audit", "system/writer") == "compliant"
