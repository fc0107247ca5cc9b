"""Judgement alone: one process, one core; events validated, each dossier judged once by every
rule."""

import time
from datetime import timedelta

from schemas.events import EVENT
from schemas.policy import Policy
from services.order.dossier import Dossier
from services.order.engine import judge
from services.order.registry import Registry
from services.order.routing import is_fact, routes
from services.order.rulebook import rulebook
from services.runtime import collector

from ..child import in_child
from ..contender import Bench, Contender, Measure, Row
from ..load import Load, lines


def run(bench: Bench) -> Measure:
    """The whole load, in a process of its own."""
    done = in_child(bench.folder, measure, bench.load)
    seconds, judged = done.value
    return Measure(bench.load.count, seconds, done.peak_mib, {"dossiers": judged})


def measure(load: Load) -> tuple[float, int]:
    """CPU seconds for the load (the registry as it was before is not counted), and how many
    dossiers were judged."""
    rules = rulebook()
    registry = Registry(Policy())
    for line in lines(load.facts):
        registry.add(EVENT.validate_json(line))
    given = list(lines(load.events))
    # As in every process of ours that judges a whole log.
    collector.stop()
    now = load.end + timedelta(hours=1)
    began = time.process_time()
    dossiers: dict[str, Dossier] = {}
    for line in given:
        event = EVENT.validate_json(line)
        if is_fact(event):
            registry.add(event)
        for subject in routes(event):
            dossier = dossiers.get(subject)
            if dossier is None:
                dossier = dossiers[subject] = Dossier(subject)
            dossier.add(event)
    for subject, dossier in dossiers.items():
        if judge(dossier, registry, now, rules).attribution is None:
            raise AssertionError(f"{subject} was not judged")
    return time.process_time() - began, len(dossiers)


CONTENDER = Contender("judge", "judge", run)

ROWS = [
    Row(
        "Judgement on one core",
        "judge",
        "one process reads every event (validated against the contract), files it in its dossiers "
        "and judges each dossier once by the whole rulebook; CPU time",
        at_least=25_000,
    ),
]
