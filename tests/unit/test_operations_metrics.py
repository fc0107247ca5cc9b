"""What intake tells operators of a source, as its heartbeats say it."""

from typing import cast

from prometheus_client import REGISTRY

from schemas.ai import SourceHeartbeat
from services.intake.observed import Heartbeats
from services.order import scenario as s


def lost(source: str) -> float | None:
    return REGISTRY.get_sample_value("blotter_intake_source_dropped_total", {"source": source})


def beat(source: str, instance: str | None, dropped: int) -> SourceHeartbeat:
    said = cast(SourceHeartbeat, s.heartbeat(s.NINE, source, dropped=dropped))
    return said.model_copy(update={"instance": instance})


def test_lost_events_of_each_process_count_once() -> None:
    source = "/vendors/acme/counted"
    beats = Heartbeats()
    said = [("a", 0), ("a", 2), ("b", 1), ("a", 2), ("a", 5), ("a", 2), ("a", 6)]
    for instance, dropped in said:
        beats.told(beat(source, instance, dropped))
    assert lost(source) == 6 + 1


def test_a_process_without_a_name_begins_anew_where_it_counts_less() -> None:
    source = "/vendors/acme/nameless"
    beats = Heartbeats()
    for dropped in (3, 4, 1):
        beats.told(beat(source, None, dropped))
    assert lost(source) == 4 + 1
