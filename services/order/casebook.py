"""Judging a pile of events at once, with no server: `blotter check`, rechecks and tests."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schemas.events import Event
from schemas.policy import Policy
from schemas.verdicts import Verdict

from .engine import judge
from .eventset import EventSet, received
from .registry import Registry
from .routing import is_fact, routes
from .rule import Rule


def judge_all(
    events: Iterable[Event],
    now: datetime,
    policy: Policy,
    rules: Sequence[Rule],
    *,
    override: bool = False,
) -> list[Verdict]:
    """Every verdict on every subject, by subject and clause, of what was received up to `now`.

    `policy` counts while the events hold no policy of their own; with `override`, instead of it.
    """
    registry = Registry(policy, override=policy if override else None)
    dossiers: dict[str, EventSet] = {}
    for event in events:
        if received(event) > now:
            continue
        if is_fact(event):
            registry.add(event)
        for subject in routes(event):
            dossiers.setdefault(subject, EventSet()).add(event)
    verdicts: list[Verdict] = []
    for subject in sorted(dossiers):
        verdicts += judge(subject, dossiers[subject], registry, now, rules).verdicts
    return verdicts
