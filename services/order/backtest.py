"""A backtest: what another policy or other rules would have found in the same events."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from .findings import finding_id
from .pile import Facts, Pile
from .recheck import Difference, differences, findings_of
from .rule import Rule


def backtest(
    pile: Pile,
    proposed: Facts,
    now: datetime,
    rules: Sequence[Rule],
    proposed_rules: Sequence[Rule],
) -> Iterator[tuple[str, list[Difference]]]:
    """Subject by subject, how the findings on it would change.

    `proposed`: the pile's facts with the policy that is proposed.
    """
    supposed = pile.supposing(proposed)
    for subject in pile.subjects():
        found = {
            finding_id(verdict): verdict for verdict in findings_of(pile.judge(subject, now, rules))
        }
        verdicts = findings_of(supposed.judge(subject, now, proposed_rules))
        yield subject, differences(verdicts, found)
