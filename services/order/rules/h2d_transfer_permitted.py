"""H.2.d: data made by AI leaves the department only as the law permits."""

from schemas import ai
from schemas.verdicts import VerdictKind

from ..case import Case
from ..outcome import Outcome, worst
from ..rule import Example, Rule, subject_group
from ..scenario import after, department, retracted, shared, system
from ..sentences import quoted


def check(case: Case) -> Outcome:
    """Each share with somebody outside rests on a legal basis that the system's registration
    names; whether data was shared, transferred or sold makes no difference."""
    judged = [_share(case, share) for share in case.of(ai.OutputShared)]
    return worst(judged or [Outcome("not_applicable", "no share to judge")])


def _share(case: Case, share: ai.OutputShared) -> Outcome:
    data = share.data
    recipient = f"{data.recipient.kind} {data.recipient.id}"
    if data.recipient.kind == "employee":
        reason = f"shared within the department, with {recipient}, which is judged apart"
        return Outcome("not_applicable", reason, (share,), share.time)
    what = f"data of {data.system_id} was {data.manner} ({recipient})"
    stated = (data.legal_basis or "").strip()
    if not stated:
        reason = f"{what} with no legal basis stated"
        return Outcome("violation", reason, (share,), share.time)
    registered = case.registry.system(data.system_id, share.time)
    if registered is None:
        reason = f"what the law permits is unknown: {data.system_id} was not registered then"
        return Outcome("undetermined", reason, (share,), share.time)
    permitted = {_compared(basis) for basis in registered.data.permitted_transfers}
    if _compared(stated) in permitted:
        return Outcome(
            "compliant", f"{what} under {quoted(stated)}", (share, registered), share.time
        )
    reason = f"{what} under {quoted(stated)}, which is not among those registered for the system"
    return Outcome("violation", reason, (share, registered), share.time)


def _compared(basis: str) -> str:
    """A legal basis as it is compared: case and white space around it make no difference."""
    return basis.strip().casefold()


def system_of_share(case: Case) -> str:
    """Shares of one system's data stand together."""
    shares = case.of(ai.OutputShared)
    return f"system/{shares[-1].data.system_id}" if shares else subject_group(case)


RULE = Rule(
    clause="H.2.d",
    id="transfer_permitted",
    title="Data made by AI leaves the department only as the law permits",
    remedy="a legal basis, stated with the share, that the system's registration permits",
    severity="high",
    kinds=("share",),
    check=check,
    group=system_of_share,
)

_LAW = "Gov. Code 7920"
_permitting = [*department(), system("writer", after(-1), permitted_transfers=[f" {_LAW} "])]
_OUT = ("agency", "Yolo County")
_wrong = shared(after(0), _OUT)


def _by(
    kind: str, expect: VerdictKind, basis: str | None = None, manner: str = "shared"
) -> Example:
    share = shared(after(0), (kind, "R-1"), legal_basis=basis, manner=manner)
    name = f"{manner}, {kind}, {'no basis' if basis is None else 'a basis'}"
    return Example(name, [*_permitting, share], "share/SH-1", expect, after(1))


EXAMPLES = [
    *(_by(kind, "violation") for kind in ("agency", "vendor", "public", "other")),
    *(_by(kind, "compliant", _LAW) for kind in ("agency", "vendor", "public", "other")),
    *(_by("vendor", "violation", None, manner) for manner in ("transferred", "sold")),
    *(_by("vendor", "compliant", _LAW.upper(), manner) for manner in ("transferred", "sold")),
    _by("employee", "not_applicable"),
    Example(
        "a basis that the registration does not name",
        [*_permitting, shared(after(0), _OUT, legal_basis="a favour")],
        "share/SH-1",
        "violation",
        after(1),
        "a favour",
    ),
    Example(
        "a blank basis",
        [
            *department(),
            system("writer", after(-1), permitted_transfers=["", " "]),
            shared(after(0), _OUT, legal_basis="  "),
        ],
        "share/SH-1",
        "violation",
        after(1),
        "no legal basis",
    ),
    Example(
        "permitted from that instant",
        [
            *department(),
            system("writer", after(1), permitted_transfers=[_LAW]),
            shared(after(1), _OUT, legal_basis=_LAW),
        ],
        "share/SH-1",
        "compliant",
        after(2),
    ),
    Example(
        "permitted just after",
        [
            *department(),
            system("writer", after(1, seconds=0.01), permitted_transfers=[_LAW]),
            shared(after(1), _OUT, legal_basis=_LAW),
        ],
        "share/SH-1",
        "violation",
        after(2),
    ),
    Example(
        "a system that nobody registered",
        [*department(), shared(after(0), _OUT, system_id="shadow", legal_basis=_LAW)],
        "share/SH-1",
        "undetermined",
        after(1),
        "not registered",
    ),
    Example(
        "a system that nobody registered, no basis",
        [*department(), shared(after(0), _OUT, system_id="shadow")],
        "share/SH-1",
        "violation",
        after(1),
        "no legal basis",
    ),
    Example(
        "corrected",
        [
            *_permitting,
            _wrong,
            retracted(after(1), _wrong),
            shared(after(0), _OUT, legal_basis=_LAW),
        ],
        "share/SH-1",
        "compliant",
        after(2),
    ),
    Example(
        "reported twice, once without a basis",
        [*_permitting, shared(after(0), _OUT), shared(after(1), _OUT, legal_basis=_LAW)],
        "share/SH-1",
        "violation",
        after(2),
    ),
]
