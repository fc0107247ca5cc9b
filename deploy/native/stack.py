"""Servers, setup and services without Docker; `up` leaves alone what runs already."""

import argparse
import shutil
import sys
from collections.abc import Collection, Sequence

from deploy.native import prerequisites, services
from deploy.native.elasticsearch import Elasticsearch
from deploy.native.kafka import Kafka
from deploy.native.processes import Process, StackError
from deploy.native.settings import Settings, from_environment

Server = Kafka | Elasticsearch


def kafka(settings: Settings) -> Kafka:
    """Return the stack's broker."""
    process = settings.process("kafka")
    return Kafka(settings.home / "kafka", settings.kafka_port, settings.parts, process=process)


def elasticsearch(settings: Settings) -> Elasticsearch:
    """Return the stack's search server."""
    return Elasticsearch(
        settings.home / "elasticsearch",
        settings.elasticsearch_port,
        settings.parts,
        settings.elasticsearch_heap,
        settings.process("elasticsearch"),
    )


def up(settings: Settings, only: Collection[str] = ()) -> None:
    """Start everything (or the named parts), wait until each is ready. Raises StackError."""
    if missing := prerequisites.missing_for_servers():
        raise StackError(prerequisites.describe(missing))
    servers: list[Server] = [kafka(settings), elasticsearch(settings)]
    wanted = [server for server in servers if not only or server.process.name in only]
    for server in wanted:  # all at once: each takes seconds
        server.spawn()
    for server in wanted:
        server.wait()
        _say(server.process, f"port {server.port}")
    if not only or "setup" in only:
        services.setup(settings)
    chosen = [one for one in services.services(settings) if not only or one.name in only]
    for service in chosen:
        services.spawn(settings, service)
    for service in chosen:
        services.wait(settings, service)
        _say(service.process(settings), f"port {service.port}")


def down(settings: Settings, only: Collection[str] = ()) -> None:
    """Stop everything (or the named parts), services first. Nothing is deleted."""
    for process in reversed(_processes(settings)):
        if process.pid is not None and (not only or process.name in only):
            process.stop()
            print(f"{process.name} stopped")


def clean(settings: Settings) -> None:
    """Stop everything and delete its data, pid files and logs; downloaded servers stay."""
    down(settings)
    elasticsearch(settings).remove()
    for folder in (kafka(settings).folder, settings.run, settings.logs):
        shutil.rmtree(folder, ignore_errors=True)
    (settings.home / "digest-key").unlink(missing_ok=True)


def status(settings: Settings, only: Collection[str] = ()) -> bool:
    """Print a line for each process; return whether all of them run."""
    processes = [process for process in _processes(settings) if not only or process.name in only]
    for process in processes:
        _say(process, f"log {process.log}")
    return all(process.pid is not None for process in processes)


def _processes(settings: Settings) -> list[Process]:
    """List every process in starting order, also checkers left from a larger stack."""
    servers = [kafka(settings).process, elasticsearch(settings).process]
    known = [service.process(settings) for service in services.services(settings)]
    names = {process.name for process in known}
    left = sorted({path.stem for path in settings.run.glob("checker-*.pid")} - names)
    return [*servers, *known, *(settings.process(name) for name in left)]


def _say(process: Process, detail: str) -> None:
    state = f"runs (pid {process.pid}, {detail})" if process.pid is not None else "does not run"
    print(f"{process.name:<15}{state}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run a command; return the exit status: 1 if something failed or does not run."""
    parser = argparse.ArgumentParser(prog="python -m deploy.native", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status"])
    parser.add_argument(
        "only", nargs="*", metavar="name", help="kafka, elasticsearch, setup, or a service"
    )
    chosen = parser.parse_args(arguments)
    try:
        settings = from_environment()
        if chosen.command == "up":
            up(settings, chosen.only)
        elif chosen.command == "down":
            down(settings, chosen.only)
        else:
            return 0 if status(settings, chosen.only) else 1
    except StackError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    return 0
