"""The emitter in products that run on other Pythons: from 3.9, the oldest it says it works on."""

import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.native import parts as native_parts
from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from services.runtime.topics import intake_topic

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "docs" / "examples"
VERSIONS = ["3.9", "3.10", "3.12", "3.13"]  # the other tests run on whatever runs Blotter

# kafka-python reads its schemas by functions that Python 3.12 calls deprecated, and 3.13 no more.
WARNINGS = ",".join(
    ["error"]
    + [
        f"ignore::DeprecationWarning:{module}"
        for module in ("kafka.protocol.schemas.load_json", "importlib.resources._legacy")
    ]
)

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the other Pythons are fetched for Linux on x86-64 only",
)

KILLED = """
import os, signal, sys
from blotter_emitter import Emitter
emitter = Emitter.from_environment()
use = dict(employee_id="E-17", family="generative", capability="text", purpose="report_writing")
for n in range(500):
    emitter.use_recorded(use_id=f"{sys.argv[1]}-{n}", **use)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(not emitter.close(timeout=60))
"""


class Product:
    """An environment of one Python with the wheel, as a vendor's product has it."""

    def __init__(self, version: str, pythons: Path, wheel: Path, folder: Path) -> None:
        self.version = version
        self.folder = folder
        self.source = f"/vendors/acme/on-{version}"
        self.topic = intake_topic(self.source)
        [self._home] = (pythons / version).glob("org/bytedeco/cpython/linux-x86_64")
        python = self._home / "bin" / f"python{version}"
        python.chmod(0o755)  # a jar does not keep that it is a program
        self.run([str(python), "-m", "venv", "env"])
        self.run(["env/bin/python", "-m", "pip", "install", "-q", str(wheel)])

    def run(
        self, command: list[str], settings: dict[str, str] | None = None, expect: int = 0
    ) -> str:
        """Run a command in the product's folder; return what it printed."""
        own = {
            "LD_LIBRARY_PATH": f"{self._home}:{self._home / 'lib'}",
            "XDG_STATE_HOME": str(self.folder / "state"),
            "PYTHONWARNINGS": WARNINGS,
        }
        if "pip" in command or "venv" in command:
            del own["PYTHONWARNINGS"]
        environment = {**os.environ, **own, **(settings or {})}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    def settings(self, broker: Kafka) -> dict[str, str]:
        return {
            "BLOTTER_SOURCE": self.source,
            "BLOTTER_SYSTEM_ID": "acme-report-writer",
            "BLOTTER_KAFKA": broker.bootstrap,
        }


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[Kafka]:
    server = Kafka(tmp_path_factory.mktemp("kafka"), free_port(), parts)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", params=VERSIONS)
def product(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    parts: Path,
    emitter_wheel: Path,
    broker: Kafka,
) -> Product:
    pythons = native_parts.fetch(TESTS / "pythons" / "pom.xml", "unpack", parts)
    folder = tmp_path_factory.mktemp("product")
    product = Product(request.param, pythons, emitter_wheel, folder)
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(product.topic, 1, 1)])
    admin.close()
    return product


def arrived(broker: Kafka, topic: str) -> list[dict[str, Any]]:
    """All events of a topic, in order."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed")
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    found: list[dict[str, Any]] = []
    while consumer.position(partition) < end:
        for batch in consumer.poll(timeout_ms=1000).values():
            for record in batch:
                read = json.loads(record.value)
                found.extend(read if isinstance(read, list) else [read])
    consumer.close()
    return found


def test_the_guides_example_reports_its_day(product: Product, broker: Kafka) -> None:
    said = product.run(["env/bin/python", "-V"])
    assert said.startswith(f"Python {product.version}.")
    example = str(EXAMPLES / "report_writer.py")
    said = product.run(["env/bin/python", example], product.settings(broker))
    assert "accepted=9, delivered=9" in said
    assert len(arrived(broker, product.topic)) == 9


def test_the_guides_example_is_certified(product: Product) -> None:
    demonstration = ["report_writer:demonstrate", "--failing", "report_writer:fail"]
    agreed = ["--source", product.source, "--cadence", "60"]
    said = product.run(
        ["env/bin/blotter-certify", *demonstration, *agreed], {"PYTHONPATH": str(EXAMPLES)}
    )
    assert "Certified." in said


def test_a_product_killed_with_kafka_away_loses_nothing(product: Product, broker: Kafka) -> None:
    settings = product.settings(broker)
    before = len(arrived(broker, product.topic))
    broker.kill()
    try:
        command = ["env/bin/python", "-c", KILLED]
        product.run([*command, "killed"], settings, expect=-signal.SIGKILL)
    finally:
        broker.start()
    product.run([*command, "next"], settings)
    events = arrived(broker, product.topic)[before:]
    by_id = {event["id"]: event for event in events}
    uses = [event["data"]["use_id"] for event in by_id.values()]
    assert uses == [f"{name}-{n}" for name in ("killed", "next") for n in range(500)]
