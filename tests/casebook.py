"""The plainest way to judge a pile of events: what the fold and `check` are held against."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schemas.events import Event
from schemas.observed import Observed
from schemas.policy import Policy
from schemas.verdicts import Verdict
from services.order.dossier import Dossier
from services.order.engine import judge
from services.order.eventset import received
from services.order.observing import Observer
from services.order.registry import Registry
from services.order.routing import is_fact, routes
from services.order.rule import Rule


def judge_all(
    events: Iterable[Event],
    now: datetime,
    policy: Policy,
    rules: Sequence[Rule],
    observed: Iterable[Observed] = (),
) -> list[Verdict]:
    """Every verdict on every subject, by subject and clause, of what was received up to `now`.

    `observed`: what was seen of sources beyond these events.
    """
    registry = Registry(policy)
    dossiers: dict[str, Dossier] = {}
    observers: dict[str, Observer] = {}
    for event in events:
        if received(event) > now:
            continue
        if is_fact(event):
            registry.add(event)
        observers.setdefault(event.source, Observer(event.source)).add(event)
        for subject in routes(event):
            dossiers.setdefault(subject, Dossier(subject)).add(event)
    for seen in (*(observer.observed() for observer in observers.values()), *observed):
        dossier = dossiers.setdefault(f"source{seen.source}", Dossier(f"source{seen.source}"))
        dossier.observe(seen)
    verdicts: list[Verdict] = []
    for subject in sorted(dossiers):
        verdicts += judge(dossiers[subject], registry, now, rules).verdicts
    return verdicts
