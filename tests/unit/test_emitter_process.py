"""The emitter and the life of processes: killed, forked, interrupted by signals, in asyncio."""

import asyncio
import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blotter_emitter import Emitter
from blotter_emitter.testing import MemorySender

SOURCE = "/vendors/acme/report-writer"
USE: dict[str, Any] = {
    "employee_id": "E-17",
    "family": "generative",
    "capability": "text",
    "purpose": "report_writing",
}
BEGIN = """
import os, signal, sys, time
from blotter_emitter import Emitter
from blotter_emitter.testing import MemorySender
USE = {use!r}
class Away(MemorySender):
    def send(self, events, deadline, stopping):
        return "unreachable"
folder = {folder!r}
def use(emitter, name):
    return emitter.use_recorded(use_id=name, **USE)
"""


def program(folder: Path, text: str) -> list[str]:
    begin = BEGIN.replace("{use!r}", repr(USE)).replace("{folder!r}", repr(str(folder)))
    return [sys.executable, "-c", begin + text]


def run(folder: Path, text: str) -> str:
    ran = subprocess.run(
        program(folder, text), capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode in (0, -signal.SIGKILL), ran.stderr
    return ran.stdout


def successor(folder: Path, count: int = 0) -> tuple[Emitter, MemorySender]:
    """The next process's emitter, once it has sent what was left."""
    kafka = MemorySender()
    emitter = Emitter(SOURCE, "s", sender=kafka, spool=folder)
    deadline = time.monotonic() + 10
    while emitter.stats.recovered < count:
        assert time.monotonic() < deadline, emitter.stats
        time.sleep(0.005)
    return emitter, kafka


def numbers(events: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Sequences by instance, in order of arrival."""
    found: dict[str, list[int]] = {}
    for event in events:
        found.setdefault(event["instance"], []).append(int(event["sequence"]))
    return found


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_what_a_killed_process_accepted_is_sent_by_the_next(tmp_path: Path) -> None:
    run(
        tmp_path,
        f"e = Emitter({SOURCE!r}, 's', sender=Away(), spool=folder)\n"
        "for n in range(3000): use(e, f'U-{n}')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    emitter, kafka = successor(tmp_path, 3000)
    emitter.use_recorded(use_id="U-3000", **USE)
    assert emitter.close(5)
    assert [event["data"]["use_id"] for event in kafka.events] == [f"U-{n}" for n in range(3001)]
    assert list(numbers(kafka.events).values()) == [list(range(1, 3002))]
    assert emitter.stats.accepted == emitter.stats.delivered == 1


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_moment_nothing_accepted_is_lost(tmp_path: Path, seed: int) -> None:
    """The child tells each id after it was accepted; those must all arrive, and without a gap."""
    text = (
        f"e = Emitter({SOURCE!r}, 's', file=folder + '/sent', spool=folder)\n"
        "for n in range(10**9): os.write(1, (use(e, f'U-{n}') + '\\n').encode())\n"
    )
    child = subprocess.Popen(program(tmp_path, text), stdout=subprocess.PIPE)
    assert child.stdout is not None
    told = [child.stdout.readline()]
    time.sleep(random.Random(seed).uniform(0, 0.15))
    child.kill()
    told += child.stdout.read().splitlines(keepends=True)
    child.wait()
    accepted = [line.decode().strip() for line in told if line.endswith(b"\n")]
    emitter = Emitter(SOURCE, "s", file=tmp_path / "sent", spool=tmp_path)
    emitter.use_recorded(use_id="last", **USE)
    assert emitter.close(10)
    sent = {event["id"]: event for event in lines(tmp_path / "sent")}
    assert set(accepted) <= set(sent)
    assert len(sent) <= len(accepted) + 2
    [found] = numbers(list(sent.values())).values()
    assert found == list(range(1, len(found) + 1))


def test_a_process_that_ends_with_kafka_away_leaves_all_to_the_next(tmp_path: Path) -> None:
    run(
        tmp_path,
        f"e = Emitter({SOURCE!r}, 's', sender=Away(), spool=folder, exit_timeout=0.1)\n"
        "for n in range(10): use(e, f'U-{n}')\n"
        "assert not e.close(0.1)\n"
        "assert (e.stats.spooled, dict(e.stats.failed)) == (10, {})\n",
    )
    emitter, kafka = successor(tmp_path, 10)
    assert emitter.close(5)
    assert len(kafka.events) == 10


def test_what_was_dropped_stays_a_gap_over_the_end_of_the_process(tmp_path: Path) -> None:
    run(
        tmp_path,
        f"e = Emitter({SOURCE!r}, 's', sender=Away(), spool=folder, spool_bytes=1)\n"
        "while use(e, 'U'): pass\n"
        "os.write(1, str(e.stats.accepted).encode())\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    emitter, kafka = successor(tmp_path)
    emitter.use_recorded(use_id="U", **USE)
    assert emitter.close(5)
    [found] = numbers(kafka.events).values()
    assert found == [*range(1, found[-1] - 1), found[-1]]


def test_slots_of_processes_that_are_no_more_are_emptied_too(tmp_path: Path) -> None:
    run(
        tmp_path,
        f"a, b = (Emitter({SOURCE!r}, 's', sender=Away(), spool=folder) for _ in 'ab')\n"
        "for n in range(100): use(a, f'A-{n}'), use(b, f'B-{n}')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    emitter, kafka = successor(tmp_path, 200)
    assert emitter.close(5)
    assert sorted(numbers(kafka.events).values()) == [list(range(1, 101))] * 2
    assert not list(tmp_path.rglob("*.segment"))


FORKING = (
    "def work(name):\n"
    "    for n in range(200): use(e, f'{name}-{n}')\n"
    f"e = Emitter({SOURCE!r}, 's', file=folder + '/sent', spool=folder)\n"
)


def test_a_server_that_forks_workers_reports_everything_once(tmp_path: Path) -> None:
    run(
        tmp_path,
        FORKING + "work('parent')\n"
        "for name in 'abc':\n"
        "    if os.fork() == 0:\n"
        "        work(name)\n"
        "        assert e.close(10), e.stats\n"
        "        os._exit(0)\n"
        "work('again')\n"
        "for _ in 'abc': assert os.wait()[1] == 0\n",
    )
    events = lines(tmp_path / "sent")
    assert len(events) == len({event["data"]["use_id"] for event in events}) == 1000
    assert len({event["id"] for event in events}) == 1000
    by_instance = numbers(events)
    assert sorted(map(len, by_instance.values())) == [200, 200, 200, 400]
    assert all(found == list(range(1, len(found) + 1)) for found in by_instance.values())


def test_a_worker_of_multiprocessing_sends_what_it_has_at_its_end(tmp_path: Path) -> None:
    """Also without a spool: such a process runs no exit handlers."""
    run(
        tmp_path,
        FORKING.replace("spool=folder", "spool=False") + "import multiprocessing\n"
        "child = multiprocessing.get_context('fork').Process(target=work, args=('a',))\n"
        "child.start(); child.join(); assert child.exitcode == 0\n",
    )
    assert len(lines(tmp_path / "sent")) == 200


def test_a_child_that_leaves_at_once_loses_nothing(tmp_path: Path) -> None:
    run(
        tmp_path,
        FORKING + "if os.fork() == 0:\n    work('a')\n    os._exit(0)\nos.wait()\n",
    )
    emitter, kafka = successor(tmp_path)
    sent = lines(tmp_path / "sent") if (tmp_path / "sent").exists() else []
    deadline = time.monotonic() + 10
    while len({event["id"] for event in [*sent, *kafka.events]}) < 200:
        assert time.monotonic() < deadline, emitter.stats
        time.sleep(0.01)
    assert emitter.close(5)


def test_a_signal_handler_may_report(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        FORKING + "import itertools; told = itertools.count()\n"
        "signal.signal(signal.SIGALRM, lambda *_: use(e, f's{next(told)}'))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)\n"
        "for n in range(5000): use(e, f'm{n}')\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "assert e.close(10), e.stats\n"
        "os.write(1, str(5000 + next(told)).encode())\n",
    )
    events = lines(tmp_path / "sent")
    [found] = numbers(events).values()
    assert found == list(range(1, len(events) + 1))
    assert len({event["data"]["use_id"] for event in events}) == len(events) == int(told) > 5050


@pytest.fixture
def hanging() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        yield f"127.0.0.1:{silent.getsockname()[1]}"


def test_a_kafka_that_hangs_does_not_hold_up_asyncio(hanging: str, tmp_path: Path) -> None:
    emitter = Emitter(SOURCE, "s", hanging, spool=tmp_path)
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    async def product() -> None:
        beating = asyncio.create_task(beat())
        for number in range(300):
            async_use = emitter.use(use_id=f"U-{number}", **USE)
            with async_use:
                await asyncio.sleep(0.001)
        beating.cancel()

    asyncio.run(product())
    assert longest < 0.5
    assert emitter.stats.spooled == 300
    began = time.monotonic()
    emitter.close(0.1)
    assert time.monotonic() - began < 2


def test_where_there_can_be_no_spool_events_wait_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    kafka = MemorySender()
    emitter = Emitter(SOURCE, "s", sender=kafka, spool=tmp_path / "file")
    for _ in range(3):
        emitter.use_recorded(use_id="U", **USE)
    assert emitter.stats.unspooled is not None
    assert "Not a directory" in emitter.stats.unspooled
    assert caplog.text.count("events wait in memory only") == 1
    assert emitter.close(5)
    assert len(kafka.events) == 3


@pytest.mark.parametrize("told", [False, True])
def test_content_lies_on_the_disk_only_if_told_so(tmp_path: Path, told: bool) -> None:
    kafka = MemorySender()
    kafka.failure = "unreachable"
    emitter = Emitter(SOURCE, "s", sender=kafka, spool=tmp_path, spool_content=told)
    emitter.use_recorded(use_id="U-1", **USE, content="SSN 536-22-1234")
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*.segment"))
    assert b"U-1" in on_disk
    assert (b"536-22-1234" in on_disk) is told
    kafka.failure = None
    assert emitter.close(5)
    assert kafka.events[0]["data"]["content"] == "SSN 536-22-1234"


def test_the_default_spool_is_the_users_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    emitter = Emitter(SOURCE, "s", file=tmp_path / "sent")
    emitter.use_recorded(use_id="U", **USE)
    assert (tmp_path / "blotter" / "vendors.acme.report-writer" / "0" / "state").exists()
    assert emitter.close(5)
    monkeypatch.setenv("BLOTTER_SOURCE", SOURCE)
    monkeypatch.setenv("BLOTTER_EMITTER_SPOOL", "off")
    monkeypatch.setenv("BLOTTER_EMITTER_FILE", str(tmp_path / "sent"))
    with Emitter.from_environment(system_id="s") as emitter:
        emitter.use_recorded(use_id="U", **USE)
        assert emitter.stats.unspooled == "switched off"
    assert len(lines(tmp_path / "sent")) == 2


def test_the_heartbeat_tells_what_waits_and_was_lost(tmp_path: Path) -> None:
    kafka = MemorySender()
    kafka.failure = "unreachable"
    emitter = Emitter(SOURCE, "s", sender=kafka, spool=tmp_path)
    emitter.use_recorded(use_id="U", **USE)
    emitter.use_recorded(use_id="U", **{**USE, "family": "none"})
    emitter.heartbeat()
    kafka.failure = None
    assert emitter.close(5)
    told = kafka.events[-1]["data"]
    assert (told["emitted"], told["dropped"], told["spooled"]) == (1, 1, 1)


def test_a_child_keeps_no_file_of_its_parent_open(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        f"e = Emitter({SOURCE!r}, 's', sender=Away(), spool=folder)\n"
        "use(e, 'U')\n"
        "def held():\n"
        "    paths = (os.path.realpath(f'/proc/self/fd/{n}') for n in range(50))\n"
        "    return sum(path.endswith(('state', '.segment')) for path in paths)\n"
        "assert held()\n"
        "if os.fork() == 0: os.write(1, b'%d' % held()); os._exit(0)\n"
        "os.wait()\n",
    )
    assert told == "0"


def test_a_user_without_a_home_goes_on_in_memory_and_is_told(tmp_path: Path) -> None:
    text = """
from pathlib import Path
def nowhere():
    raise RuntimeError("Could not determine home directory.")
Path.home = nowhere
os.environ.pop("XDG_STATE_HOME", None)
emitter = Emitter("/vendors/acme/report-writer", "s", "127.0.0.1:1")
use(emitter, "U-1")
print(emitter.stats.queued, emitter.stats.unspooled)
os._exit(0)
"""
    text = text.replace("os._exit(0)", "sys.stdout.flush(); os._exit(0)")
    assert run(tmp_path, text) == ("1 there is no home folder: set BLOTTER_EMITTER_SPOOL\n")


def test_without_assertions_kafka_is_refused_at_once(tmp_path: Path) -> None:
    text = """
try:
    Emitter("/vendors/acme/report-writer", "s", "127.0.0.1:1", spool=folder)
except ValueError as error:
    print(error)
"""
    command = program(tmp_path, text)
    ran = subprocess.run(
        [command[0], "-O", *command[1:]], capture_output=True, text=True, timeout=60, check=True
    )
    assert "use gateway instead" in ran.stdout
