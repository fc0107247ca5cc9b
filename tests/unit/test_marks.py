"""What an employee's dossier keeps of uses: the same, whatever came first."""

from itertools import permutations

from schemas.policy import Policy
from services.order import scenario as s
from services.order.dossier import Dossier
from services.order.registry import Registry


def test_of_two_reports_of_a_use_that_is_taken_back_neither_counts() -> None:
    use, other = s.use(use_id="U-1"), s.use(use_id="U-2")
    reports = [use.model_copy(update={"receivedtime": s.after(hours)}) for hours in (1, 2)]
    registry = Registry(Policy())
    registry.add(s.retracted(s.after(3), use))
    for order in permutations([*reports, other]):
        marks = registry.counted(Dossier("employee/E-1", order).uses)
        assert [mark.subject for mark in marks] == [other.subject]
