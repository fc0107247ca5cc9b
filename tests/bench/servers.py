"""Kafka and Elasticsearch of the benchmark: its own, on free loopback ports, where needed."""

import os
import shutil
from functools import cached_property
from pathlib import Path

from deploy.native.elasticsearch import Elasticsearch
from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from deploy.native.settings import from_environment


class Servers:
    """Both servers, each started when it is first asked for; `stop` ends what was started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = from_environment(os.environ).parts

    @cached_property
    def _kafka(self) -> Kafka:
        server = Kafka(self._folder / "kafka", free_port(), self._parts, heap="1g")
        server.start()
        return server

    @cached_property
    def _elasticsearch(self) -> Elasticsearch:
        folder = self._folder / "elasticsearch"
        server = Elasticsearch(folder, free_port(), self._parts, heap="1g")
        server.start()
        return server

    @property
    def kafka(self) -> str:
        """Bootstrap address (host:port)."""
        return self._kafka.bootstrap

    @property
    def elasticsearch(self) -> str:
        """URL."""
        return self._elasticsearch.url

    def stop(self) -> None:
        """End what was started, and remove its data."""
        started = vars(self)
        if "_kafka" in started:
            self._kafka.stop()
        if "_elasticsearch" in started:
            self._elasticsearch.stop()
            self._elasticsearch.remove()
        shutil.rmtree(self._folder, ignore_errors=True)
