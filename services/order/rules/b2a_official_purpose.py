"""B.2.a: AI systems are used for official purposes."""

from functools import lru_cache

from schemas.ai import UseRecordedData
from schemas.policy import PurposePolicy
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome
from ..rule import Example, Rule
from ..scenario import (
    after,
    department,
    face_search,
    plate_search,
    policy_change,
    retracted,
    use,
    waiver,
)
from ..sentences import plain
from ..spans import ALWAYS, Span
from ..words import bare


def check(case: Case) -> Outcome:
    """The purpose is official, and clear enough to be called so."""
    recorded = case.use
    use, policy = recorded.data, case.policy.purpose
    purpose = plain(use.purpose)
    if use.purpose in policy.unofficial:
        reason = f"{use.employee_id} used {use.system_id} for a purpose stated as {purpose}"
        return Outcome("violation", reason, (recorded,), recorded.time)
    doubts = _doubts(use, policy)
    if doubts:
        reason = f"whether {use.employee_id} used {use.system_id} officially is unclear: "
        return Outcome("undetermined", reason + "; ".join(doubts), (recorded,), recorded.time)
    return Outcome("compliant", f"the stated purpose is {purpose}", (recorded,), recorded.time)


def _doubts(use: UseRecordedData, policy: PurposePolicy) -> list[str]:
    doubts = []
    if use.purpose in policy.unclear:
        doubts.append(f"the purpose is given as {use.purpose.replace('_', ' ')}")
    if use.purpose == "system_test" and use.account_kind not in policy.test_accounts:
        doubts.append(f"a system test from an account that is {use.account_kind}")
    if use.capability in policy.searches:
        typed = bare(use.purpose_text)
        if not typed:
            doubts.append("the search gives no reason in words")
        elif typed in _bare_words(tuple(policy.meaningless_reasons)):
            doubts.append(f'the reason typed, "{typed}", says nothing of an investigation')
    return doubts


def _lasting(case: Case) -> Span | None:
    """What was typed for a search is looked at each time."""
    return None if case.use.data.capability in case.policy.purpose.searches else ALWAYS


@lru_cache
def _bare_words(reasons: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(bare, reasons))


RULE = Rule(
    clause="B.2.a",
    id="official_purpose",
    title="AI systems are used for official purposes",
    remedy="an official purpose, stated with the use; for a search, the reason for it in words",
    settings=(
        "purpose.unofficial",
        "purpose.unclear",
        "purpose.searches",
        "purpose.meaningless_reasons",
        "purpose.test_accounts",
    ),
    severity="medium",
    kinds=("use",),
    check=check,
    lasting=_lasting,
)

_now = after(1)
_personal = use(purpose="personal")


def _typed(name: str, text: str | None, expect_doubt: str = "") -> Example:
    search = plate_search(purpose_text=text)
    verdict: VerdictKind = "undetermined" if expect_doubt else "compliant"
    return Example(name, [*department(), search], "use/U-1", verdict, _now, expect_doubt)


EXAMPLES = [
    Example("official", [*department(), use()], "use/U-1", "compliant", _now, "report writing"),
    Example("personal", [*department(), _personal], "use/U-1", "violation", _now, "personal"),
    Example(
        "personal, and no reason for the search: the violation comes first",
        [*department(), plate_search(purpose="personal")],
        "use/U-1",
        "violation",
        _now,
    ),
    Example("other", [*department(), use(purpose="other")], "use/U-1", "undetermined", _now),
    Example(
        "not stated",
        [*department(), use(purpose="not_stated")],
        "use/U-1",
        "undetermined",
        _now,
        "not stated",
    ),
    _typed("a reason", "Stolen vehicle"),
    _typed("a reason with a meaningless word in it", "test drive of a stolen car"),
    _typed("a bare case number", "2514277"),
    _typed("in another script", "угон"),
    _typed("no reason", None, "no reason in words"),
    _typed("white space", " \t\u00a0", "no reason in words"),
    _typed("characters that nobody sees", "\u200b\u3164\u2800\ufe0f", "no reason in words"),
    _typed("punctuation", "*** -/.", "no reason in words"),
    _typed("an accent and nothing else", "\u0301", "no reason in words"),
    _typed("meaningless", "test", '"test"'),
    _typed("meaningless, decorated", "  Administrative \n TEST!! ", '"administrative test"'),
    _typed("meaningless, as often typed", "Daytime search for best result.", "says nothing"),
    _typed("meaningless, with a space that nobody sees", "t\u200best", '"test"'),
    _typed("meaningless, in wide letters", "ｔｅｓｔ", '"test"'),
    _typed("meaningless, with punctuation in it", "N/A", '"n a"'),
    Example(
        "a search for a face without a reason",
        [*department(), face_search()],
        "use/U-1",
        "undetermined",
        _now,
    ),
    Example(
        "no search: needs no reason in words",
        [*department(), use(purpose_text="test")],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "two doubts are both told",
        [*department(), plate_search(purpose="other")],
        "use/U-1",
        "undetermined",
        _now,
        "given as other; the search gives",
    ),
    Example(
        "test from a person's account",
        [*department(), use(purpose="system_test")],
        "use/U-1",
        "undetermined",
        _now,
        "account that is named",
    ),
    Example(
        "test from an administrative account",
        [*department(), use(purpose="system_test", account_kind="administrative")],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "the department calls training exercises unofficial",
        [
            *department(),
            policy_change(purpose={"unofficial": ["personal", "training_exercise"]}),
            use(purpose="training_exercise"),
        ],
        "use/U-1",
        "violation",
        _now,
        "training exercise",
    ),
    Example(
        "the department has a list of its own",
        [
            *department(),
            policy_change(purpose={"meaningless_reasons": ["Person Crime"]}),
            plate_search(purpose_text="person crime"),
        ],
        "use/U-1",
        "undetermined",
        _now,
    ),
    Example(
        "retracted and recorded anew",
        [*department(), _personal, retracted(after(0.5), _personal), use(known_as="again")],
        "use/U-1",
        "compliant",
        _now,
    ),
    Example(
        "waived",
        [*department(), _personal, waiver(after(-1), "use/U-1", "B.2.a", after(1))],
        "use/U-1",
        "waived",
        _now,
    ),
    Example(
        "system not registered",
        [*department(), use(system_id="shadow", purpose="personal")],
        "use/U-1",
        "not_applicable",
        _now,
        "not registered",
    ),
]
