"""A backtest: what another policy or other rules would have found in the same events."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.verdicts import FINDING_KINDS

from .findings import finding_id
from .pile import Pile
from .recheck import Difference, differences
from .rule import Rule


def backtest(
    today: Pile,
    proposed: Pile,
    now: datetime,
    rules: Sequence[Rule],
    proposed_rules: Sequence[Rule],
) -> Iterator[tuple[str, list[Difference]]]:
    """Subject by subject, how the findings on it would change.

    `today`, `proposed`: the same events, with the policy in force and the proposed one.
    """
    for subject in today.subjects():
        found = {
            finding_id(verdict): verdict
            for verdict in today.judge(subject, now, rules).verdicts
            if verdict.verdict in FINDING_KINDS
        }
        verdicts = proposed.judge(subject, now, proposed_rules).verdicts
        yield subject, differences(verdicts, found)
