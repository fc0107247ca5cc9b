"""The product itself: reporting must never get in its way."""

from ..evidence import Evidence
from ..requirement import MUST, Outcome, failed, not_shown, passed, requirement


@requirement(
    MUST,
    "completeness",
    why="If reporting breaks the product, somebody will switch reporting off.",
    mend="See the traceback above; what is raised must not come from reporting.",
    of_run=True,
)
def returns(evidence: Evidence) -> Outcome:
    """The demonstration runs to its end"""
    run = evidence.run
    assert run is not None
    if run.raised:
        return failed(f"it raised {run.raised}")
    if run.seconds is None:
        return failed("it had not returned in time")
    return passed("it returned")


@requirement(
    MUST,
    "completeness",
    why="Kafka will be away one day. A product that then fails its users teaches them to do"
    " without the log.",
    mend="Do not check what reporting returns, and do not call flush or close in a request: both"
    " wait for Kafka. Close the emitter when the process ends.",
    of_run=True,
)
def quiet_when_away(evidence: Evidence) -> Outcome:
    """With Kafka away, nothing is raised"""
    away = evidence.away
    if away is None:
        return not_shown("it was not run with Kafka away")
    if away.raised:
        return failed(f"it raised {away.raised}")
    return passed("it raised nothing")


@requirement(
    MUST,
    "completeness",
    why="A person waits for the product, and must not wait for the log.",
    mend="Report without waiting: no flush or close in a request, wait_when_full left at 0.",
    of_run=True,
)
def quick_when_away(evidence: Evidence) -> Outcome:
    """With Kafka away, the product is as quick as before"""
    run, away = evidence.run, evidence.away
    if away is None or run is None or run.seconds is None:
        return not_shown("it was not run with Kafka away")
    if away.seconds is None:
        return failed("it had not returned in time")
    allowed = run.seconds + max(evidence.slack, run.seconds)
    if away.seconds > allowed:
        return failed(f"it took {away.seconds:.1f} s, and {run.seconds:.1f} s before")
    return passed("it took no longer than allowed")


REQUIREMENTS = (returns, quiet_when_away, quick_when_away)
