"""C.1.b: a supervisor approves an image or video of an employee before it is used."""

from ..approval import judge_approval, shows_employee
from ..case import Case
from ..outcome import Outcome
from ..reviews import SETTLED
from ..rule import Example, Rule
from ..scenario import after, decided, department, output_used, use


def check(case: Case) -> Outcome:
    """As C.1.a, and reported instead of it, for products that show an employee."""
    if not shows_employee(case):
        return Outcome("not_applicable", "no image or video of an employee", (case.use,))
    return judge_approval(case)


RULE = Rule(
    clause="C.1.b",
    id="employee_depicted",
    title="A supervisor approves an image or video of an employee before it is used",
    remedy="a supervisor's approval of this very image or video, recorded before it was used",
    settings=("approval.chain_of_command_required", "approval.exempt_purposes"),
    severity="high",
    kinds=("use",),
    check=check,
    settled=SETTLED,
    also=("C.1.c",),
)

_poster = use(capability="image", depicted_employees=["E-2"])
_used = [*department(), _poster, output_used(after(1), output_kind="image", used_for="briefing")]

EXAMPLES = [
    Example("approved", [*_used, decided(after(0.5))], "use/U-1", "compliant", after(9)),
    Example("never approved", _used, "use/U-1", "violation", after(9)),
    Example("settling", _used, "use/U-1", "pending", after(1, minutes=5)),
    Example(
        "an image of nobody in the department",
        [*department(), use(capability="image"), output_used(after(1), output_kind="image")],
        "use/U-1",
        "not_applicable",
        after(9),
    ),
    Example(
        "text about an employee",
        [*department(), use(depicted_employees=["E-2"]), output_used(after(1))],
        "use/U-1",
        "not_applicable",
        after(9),
    ),
    Example(
        "redaction of camera footage that shows an employee",
        [
            *department(),
            use(
                capability="redaction",
                purpose="public_release_redaction",
                input_kind="in_car_video",
                depicted_employees=["E-2"],
            ),
            output_used(after(1), output_kind="video", used_for="public_release"),
        ],
        "use/U-1",
        "not_applicable",
        after(9),
        "redaction",
    ),
]
