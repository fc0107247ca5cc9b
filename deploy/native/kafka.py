"""Apache Kafka as one KRaft node on the loopback interface."""

import base64
import os
import socket
import struct
import uuid
from pathlib import Path

from deploy.native import parts, prerequisites
from deploy.native.processes import LOOPBACK, Process, free_port, require_free, run

POM = Path(__file__).parent / "kafka" / "pom.xml"
LOG4J = POM.with_name("log4j2.xml")

# What differs from Kafka's defaults wherever Blotter runs it; docker-compose.yml says the same.
BROKER = {
    "auto.create.topics.enable": "false",
    "message.max.bytes": "2097152",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "5",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "log.cleaner.dedupe.buffer.size": "33554432",
}


class Kafka:
    """One broker, its own controller, whose state is all in `folder`.

    `port` is the clients' port; the controller takes any free one at each start. `cache` keeps the
    downloaded server; `process` says where the pid file and the log are (default: in `folder`).
    Raises StackError from `start` when it cannot come up.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        cache: Path,
        heap: str = "512m",
        process: Process | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.bootstrap = f"{LOOPBACK}:{port}"
        self._cache = cache
        self._heap = heap
        self.process = process or Process("kafka", self.folder / "pid", self.folder / "kafka.log")

    def start(self) -> None:
        """Start and wait until it answers; nothing happens if it runs already."""
        self.spawn()
        self.wait()

    def spawn(self) -> None:
        """Start without waiting."""
        if self.process.pid is not None:
            return
        require_free(self.port, "BLOTTER_KAFKA_PORT")
        self.folder.mkdir(parents=True, exist_ok=True)
        properties = self._configure(free_port())
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(properties)
        self.process.start(self._java("kafka.Kafka", str(properties)), os.environ, self.folder)

    def wait(self, seconds: float = 90.0) -> None:
        """Wait until the broker is registered and answers clients."""
        self.process.wait_until(self.is_ready, seconds)

    def is_ready(self) -> bool:
        """Say whether a metadata request is answered and names a live broker."""
        try:
            return _count_brokers(self.port) > 0
        except (OSError, struct.error):
            return False

    def stop(self) -> None:
        """Shut down in order."""
        self.process.stop()

    def kill(self) -> None:
        """End at once, as a crash would."""
        self.process.kill()

    def _configure(self, controller_port: int) -> Path:
        own = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / "data"),
        }
        path = self.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in {**own, **BROKER}.items()))
        return path

    def _format(self, properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One word: an id may begin with a hyphen.
        cluster_id = f"--cluster-id={cluster}"
        command = ["kafka.tools.StorageTool", "format", cluster_id, "-c", str(properties)]
        run(self._java(*command), failure=f"Kafka could not format {self.folder}")

    def _java(self, *arguments: str) -> list[str]:
        jars = parts.fetch(POM, "copy-dependencies", self._cache)
        options = [f"-Xmx{self._heap}", f"-Dlog4j2.configurationFile={LOG4J}", "-cp", f"{jars}/*"]
        return [prerequisites.java(), *options, *arguments]


def _count_brokers(port: int) -> int:
    """Return how many brokers a metadata request lists (of no topics; Kafka protocol, version 1).

    An open port alone does not mean that the broker has joined the cluster.
    """
    request = struct.pack(">hhih7si", 3, 1, 1, 7, b"blotter", 0)
    with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as answer:
            _, _, brokers = struct.unpack(">iii", answer.read(12))
    return int(brokers)
