"""The rules on Quix Streams: `python -m tests.bench.on_quix BOOTSTRAP GROUP FOLDER GUARANTEE`.

State is RocksDB with a changelog topic, a key for each dossier, bytes in and out (no JSON of
theirs). Intake has put a dossier's events into one partition already, so a record is taken apart
and given the dossiers' keys within it: `group_by` would send every event through Kafka once more.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quixstreams import Application, message_context
from quixstreams.models import Serializer

from services.runtime import topics

from .peer import Host, Kept, News, Output

COMMIT_SECONDS = 2.0


class _Value(Serializer):  # type: ignore[misc]
    """An output's bytes as they are."""

    def __call__(self, value: Output, ctx: Any) -> bytes:
        return value.value


def main(bootstrap: str, group: str, folder: Path, guarantee: Any) -> None:
    """Run until SIGTERM."""
    app = Application(
        bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_SECONDS,
        state_dir=folder,
        processing_guarantee=guarantee,
        loglevel="WARNING",
    )
    host = Host()
    source = app.topic(topics.DOSSIERS, value_deserializer="bytes", key_deserializer="bytes")
    targets = {
        name: app.topic(name, value_serializer=_Value(), key_serializer="bytes")
        for name in (topics.FINDINGS, topics.FINDING_HISTORY, topics.METRICS)
    }

    def by_dossier(value: bytes, _: Any, at: int, headers: Any) -> Iterator[tuple[Any, ...]]:
        for subject, news in host.take(message_context().partition, value):
            yield news, subject.encode(), at, headers

    def look_at(news: News, key: bytes, _: int, __: Any, state: Any) -> list[Output]:
        kept = Kept.of(key.decode(), state.get_bytes("dossier"))
        outputs = host.look_at(kept, [news])
        state.set_bytes("dossier", kept.as_bytes())
        return outputs

    records = app.dataframe(source)
    by_key = records.stream.add_transform(by_dossier, expand=True)
    dossiers = records.__dataframe_clone__(stream=by_key)
    outputs = dossiers.apply(look_at, stateful=True, metadata=True, expand=True)
    outputs.to_topic(lambda output, *_: targets[output.topic], key=lambda output: output.key)
    app.run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
