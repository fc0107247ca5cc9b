"""Fixtures of every kind of test: real servers, started on first use, once for the run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.native.elasticsearch import Elasticsearch
from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from deploy.native.settings import from_environment
from tests import keeper

if TYPE_CHECKING:  # the benchmark has no browser
    from tests.e2e.pictures import Picture

ROOT = Path(__file__).parents[1]

# Servers of tests live for seconds: what Java's second compiler takes, it does not give back.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write the README's pictures again")


def pytest_configure() -> None:
    keeper.begin()


@pytest.fixture(scope="session")
def parts() -> Path:
    """Folder of the downloaded servers, kept between runs."""
    return from_environment(os.environ).parts


@pytest.fixture(scope="session")
def emitter_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The emitter's wheel, as vendors install it."""
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, for building leaves its traces beside the sources.
    sources = shutil.copytree(
        ROOT / "services" / "emitter",
        folder / "sources",
        ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"),
    )
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder)]
    subprocess.run([*command, str(sources)], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


@contextmanager
def _broker(folder: Path, parts: Path) -> Iterator[str]:
    server = Kafka(folder, free_port(), parts)
    try:
        server.start()
        yield server.bootstrap
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[str]:
    """Bootstrap address (host:port) of an empty broker of this test run."""
    with _broker(tmp_path_factory.mktemp("kafka"), parts) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[str]:
    """Bootstrap address of a broker of this module alone, for tests that use Blotter's topics."""
    with _broker(tmp_path_factory.mktemp("own-kafka"), parts) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def elasticsearch(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[str]:
    """URL of an empty Elasticsearch node of this test run."""
    server = Elasticsearch(
        tmp_path_factory.mktemp("elasticsearch"), free_port(), parts, heap="512m"
    )
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
        server.remove()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> "Picture":
    """Takes pictures for the README if the run has `--pictures`."""
    from tests.e2e import pictures

    return pictures.take if request.config.getoption("--pictures") else pictures.leave
