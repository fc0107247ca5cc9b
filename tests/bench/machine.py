"""On what was measured: the machine, and the versions of all that takes part."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .child import ROOT

_LIBRARIES = (
    "pydantic",
    "orjson",
    "confluent-kafka",
    "aiokafka",
    "faust-streaming",
    "kafka-python",
    "elasticsearch",
    "quixstreams",
    "bytewax",
    "rocksdict",
)


def described() -> dict[str, str]:
    """Each by its name."""
    processor = _found(Path("/proc/cpuinfo"), r"model name\s*: (.+)")
    memory = int(_found(Path("/proc/meminfo"), r"MemTotal:\s+(\d+)"))
    native = ROOT / "deploy" / "native"
    kafka = _found(native / "kafka" / "pom.xml", r"<kafka.version>([^<]+)<")
    elasticsearch = _found(native / "elasticsearch" / "pom.xml", r"<version>(\d+\.[^<]+)<")
    return {
        "CPU": f"{processor}, {os.cpu_count()} cores",
        "Memory": f"{memory / 2**20:.1f} GiB",
        "Kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Libraries": ", ".join(_versions()),
        "Servers": f"Kafka {kafka}, Elasticsearch {elasticsearch}",
    }


def _found(path: Path, pattern: str) -> str:
    found = re.search(pattern, path.read_text())
    return found[1].strip() if found else "0"


def _versions() -> list[str]:
    told = []
    for name in _LIBRARIES:
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} (not installed)")
    return told
