"""What an employee's dossier keeps of uses: the same, whatever came first."""

from itertools import permutations

from services.order import scenario as s
from services.order.marks import Marks, mark_of
from services.order.retractions import Retractions


def test_of_two_reports_of_a_use_that_is_taken_back_neither_counts() -> None:
    use = s.use(s.NINE, use_id="U-1")
    first, second = (
        mark_of(use.model_copy(update={"receivedtime": s.after(hours)})) for hours in (1, 2)
    )
    other = mark_of(s.use(s.NINE, use_id="U-2"))
    retractions = Retractions([s.retracted(s.after(3), use)])
    for order in permutations([first, second, other]):
        marks = Marks(order)
        marks.settle(retractions)
        assert list(marks) == [other]
