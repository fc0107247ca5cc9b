"""Names and settings of Blotter's topics, and the partition of a key."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from struct import unpack_from

INTAKE_PREFIX = "ai.intake."
CONSOLE = "/console"
"""The department's own source; it registers all others, so nobody registers it."""

SOURCES = "ai.sources"
KEYS = "ai.keys"
USERS = "ai.users"
FILTERS = "ai.filters"
ALERTS = "ai.alerts"
EVENTS = "ai.events"
DOSSIERS = "ai.dossiers"
REJECTED = "ai.rejected"
FINDINGS = "ai.findings"
FINDING_HISTORY = "ai.finding-history"
METRICS = "ai.metrics"
CHECKER_CHANGELOG = "ai.checker-changelog"

_FOREVER = {"retention.ms": "-1", "retention.bytes": "-1"}
_COMPACTED = {"cleanup.policy": "compact"}
_M = 0x5BD1E995
_32_BITS = 0xFFFFFFFF
INTAKE_RETENTION_MS = 48 * 3600 * 1000


@dataclass(frozen=True)
class Topic:
    """A topic as it is to be created."""

    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


def fixed_topics(partitions: int) -> list[Topic]:
    """Every topic that does not depend on a source; `partitions` is fixed for a generation."""
    return [
        Topic(SOURCES, 1, _COMPACTED),
        Topic(KEYS, 1, _COMPACTED),
        Topic(USERS, 1, _COMPACTED),
        Topic(FILTERS, 1, _COMPACTED),
        Topic(ALERTS, 1, _COMPACTED),
        Topic(EVENTS, partitions, _FOREVER),
        Topic(DOSSIERS, partitions, _FOREVER),
        Topic(REJECTED, partitions, _FOREVER),
        Topic(FINDINGS, partitions, _COMPACTED),
        Topic(FINDING_HISTORY, partitions, _FOREVER),
        Topic(METRICS, partitions, _COMPACTED),
        # A value holds what was said of one dossier, with every finding.
        Topic(CHECKER_CHANGELOG, partitions, _COMPACTED | {"max.message.bytes": "16777216"}),
    ]


def intake_topic(source: str) -> str:
    """The topic on which a source sends.

    `/vendors/acme/x` sends on `ai.intake.vendors.acme.x`. A name that had to be altered gets a
    digest, so that no two sources share a topic.
    """
    plain = source.strip("/").replace("/", ".")
    slug = re.sub(r"[^A-Za-z0-9._-]", "_", plain)[:180]
    if "/" + plain.replace(".", "/") != source:
        slug += "-" + hashlib.sha256(source.encode()).hexdigest()[:8]
    return INTAKE_PREFIX + slug


def intake(source: str) -> Topic:
    """The intake topic of a source: one partition, so that its order is kept, and short-lived."""
    config = {
        "retention.ms": str(INTAKE_RETENTION_MS),
        # The broker says when the department had a record, however long intake was away.
        "message.timestamp.type": "LogAppendTime",
    }
    return Topic(intake_topic(source), 1, config)


@lru_cache(maxsize=16_384)
def partition_of(key: str, partitions: int) -> int:
    """The partition that every Kafka client's default partitioner gives this key."""
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """MurmurHash2 (Austin Appleby), 32 bits, Kafka's seed; twice as fast as the clients' own."""
    words = len(data) >> 2
    hashed = 0x9747B28C ^ len(data)
    for word in unpack_from(f"<{words}I", data):
        mixed = word * _M & _32_BITS
        hashed = (hashed * _M ^ (mixed ^ mixed >> 24) * _M) & _32_BITS
    rest = data[4 * words :]
    if rest:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * _M & _32_BITS
    hashed = (hashed ^ hashed >> 13) * _M & _32_BITS
    return hashed ^ hashed >> 15
