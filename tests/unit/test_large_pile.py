"""A large pile says what a small one says, and leaves nothing behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import EVENT, Event, dump
from schemas.policy import Policy
from services.cli import piles
from services.cli.main import main
from services.order import scenario as s
from services.order.pile import Facts, Pile, sort_out
from services.order.rulebook import rulebook
from services.order.sightings import BLOCK
from services.runtime.buckets import COUNT
from services.runtime.large_pile import Answers, LargePile, Lot, Sorter, ask
from services.runtime.scratch import scratch_folder
from services.runtime.workers import Workers
from tests import load

ROOT = Path(__file__).parents[2]
BASE = s.after(0)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2) as started:
        yield started


@dataclass(frozen=True)
class Everything:
    """Every verdict on every subject, and what was seen of every source."""

    now: datetime

    def __call__(
        self, facts: Facts
    ) -> Callable[[Lot], Generator[tuple[str, list[str]], None, int]]:
        return self._told

    def _told(self, lot: Lot) -> Generator[tuple[str, list[str]], None, int]:
        for subject in lot.subjects():
            verdicts = lot.pile.judge(subject, self.now, rulebook()).verdicts
            told = [verdict.model_dump_json() for verdict in verdicts]
            if subject.startswith("source/"):
                seen = lot.pile.observed(subject.removeprefix("source"), self.now)
                told.append("" if seen is None else seen.model_dump_json())
            yield subject, told
        return len(lot.pile)


def read(lines: list[bytes], sorter: Sorter) -> int:
    for line in lines:
        if line.startswith(b"!"):
            sorter.refuse(load.VENDOR, datetime.fromisoformat(line[1:].decode()))
        else:
            sort_out(EVENT.validate_json(line), sorter)
    return len(lines)


def small(lines: list[bytes], now: datetime) -> Answers[list[str], int]:
    pile = Pile(Policy())
    for line in lines:
        if line.startswith(b"!"):
            pile.refuse(load.VENDOR, datetime.fromisoformat(line[1:].decode()))
        else:
            pile.add(EVENT.validate_json(line))
    return ask(Everything(now), pile)


def large(lines: list[bytes], now: datetime, workers: Workers) -> Answers[list[str], int]:
    with TemporaryDirectory() as folder:
        pile = LargePile(Path(folder), workers, Policy())
        lots = [lines[n : n + 50] for n in range(0, len(lines), 50)]
        assert sum(pile.sort(read, lots)) == len(lines)
        answers = pile.ask(Everything(now), now)
        return Answers(answers.sums, list(answers.each))


def numbered(chance: st.DataObject, event: Event) -> Event:
    """Numbers near each other, at the edge of a block; sometimes any; sometimes none."""
    number = st.one_of(st.none(), st.integers(BLOCK - 20, BLOCK + 20), st.integers(0, 10**19 - 1))
    sequence = chance.draw(number)
    late = chance.draw(st.integers(0, 200))
    update = {
        "sequence": None if sequence is None else str(sequence),
        "instance": chance.draw(st.sampled_from([None, "a", "b"])),
        "receivedtime": event.time + timedelta(minutes=late),
    }
    return event.model_copy(update=update)


@settings(max_examples=12, deadline=None)
@given(chance=st.data(), seed=st.integers(0, 10_000))
def test_a_large_pile_says_what_a_small_one_says(
    chance: st.DataObject, seed: int, workers: Workers
) -> None:
    traffic = [numbered(chance, event) for event in load.traffic(seed, 15, BASE)]
    # Other bytes under a known id; the same bytes again.
    other = [e.model_copy(update={"instance": "c"}) for e in traffic[:3]]
    again = [
        e.model_copy(update={"receivedtime": e.time + timedelta(hours=9)}) for e in traffic[3:6]
    ]
    facts = [
        fact.model_copy(update={"receivedtime": fact.time}) for fact in load.registry(s.after(-9))
    ]
    refused = [b"!" + (BASE + timedelta(hours=n)).isoformat().encode() for n in range(-3, 3)]
    lines = [*map(dump, [*facts, *traffic, *other, *again]), *refused]
    shuffled = chance.draw(st.permutations(lines))
    now = BASE + timedelta(minutes=chance.draw(st.integers(-120, 600)))
    expected, found = small(lines, now), large(shuffled, now, workers)
    assert list(found.each) == list(expected.each)
    assert sum(found.sums) == sum(expected.sums)
    assert len(found.sums) == COUNT


def test_runs_that_other_lots_continue_are_one(workers: Workers) -> None:
    events = [
        s.documented(BASE, known_as=f"ev-{number}", sequence=number, received=BASE)
        for block in range(4)
        for number in (block * BLOCK, *range(block * BLOCK + 2, block * BLOCK + 5002, 2))
    ]
    lines = [dump(event) for event in events]
    expected, found = small(lines, s.after(1)), large(lines, s.after(1), workers)
    assert list(found.each) == list(expected.each)


def named(result: Result) -> list[str]:
    """What is said besides, but for how far it is."""
    lines = result.stderr.splitlines()
    return [line for line in lines if not line.endswith(("events read", "parts judged"))]


def written(path: Path, uses: int) -> Path:
    events = [*s.department(), *(s.plate_search(use_id=f"U-{n}") for n in range(uses))]
    path.write_bytes(b"{oops\n" + b"".join(dump(event) + b"\n" for event in events) + b"[]\n")
    return path


def test_check_and_backtest_of_many_events_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "many.jsonl", 300)
    policy = tmp_path / "policy.toml"
    policy.write_text("[alpr]\nrequired_fields = []\n")
    monkeypatch.setenv("BLOTTER_HOME", str(tmp_path / "home"))
    valid = tmp_path / "valid.jsonl"
    valid.write_bytes(b"\n".join(file.read_bytes().splitlines()[1:-1]))
    at = ["--at", "2026-03-05"]
    commands = [
        ["check", str(file), str(valid), *at],
        ["check", str(valid), str(file), *at, "--json", "--all"],
        ["backtest", str(valid), str(valid), "--policy", str(policy)],
    ]
    plain = [CliRunner().invoke(main, command) for command in commands]
    monkeypatch.setattr(piles, "SMALL_BYTES", 1)
    many = [CliRunner().invoke(main, command) for command in commands]
    for one, other in zip(plain, many, strict=True):
        assert (one.exit_code, one.stdout, named(one)) == (
            other.exit_code,
            other.stdout,
            named(other),
        )
        assert one.stdout
    assert list((tmp_path / "home" / "scratch").iterdir()) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; "
        "from services.runtime.scratch import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    (left,) = tmp_path.iterdir()
    with scratch_folder(tmp_path) as mine:
        assert list(tmp_path.iterdir()) == [mine]
        assert mine != left
        with scratch_folder(tmp_path) as another:
            assert {*tmp_path.iterdir()} == {mine, another}
    assert list(tmp_path.iterdir()) == []


def pause(_: int) -> int:
    return os.getpid()


def test_what_fails_in_a_process_is_raised(workers: Workers) -> None:
    with pytest.raises(TypeError):
        list(workers.run(pause, [(1,), (1, 2)]))
