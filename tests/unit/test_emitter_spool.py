"""The spool on its own: whatever happens to the process, what comes back is what went in."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from blotter_emitter.spool import Batch, Journal, Limits, Slot, slot
from blotter_emitter.spool.segment import HEAD
from hypothesis import given, settings
from hypothesis import strategies as st

# Segments of 140 bytes: a few events each.
SMALL = Limits(disk=140 * 16, memory=140 * 2, record=100, events=3)
ROOMY = Limits(disk=1 << 20, memory=1 << 20, record=1000, events=100)


def events(journal: Journal) -> list[bytes]:
    """All that can be taken."""
    found = []
    while (batch := journal.take()) is not None:
        found += batch.events
        journal.settle(batch)
    return found


def killed(journal: Journal) -> None:
    """What the end of a process does: files stay as they are."""
    spare = [journal._spare] if journal._spare else []
    for segment in [*journal._chain(), *spare]:
        segment.close()


def written(folder: Path) -> list[Path]:
    """The segments in use, in order."""
    numbers = {path: HEAD.unpack(path.read_bytes()[: HEAD.size])[1] for path in folder.iterdir()}
    return sorted((path for path, number in numbers.items() if number), key=numbers.__getitem__)


def cut(folder: Path, share: float, mangled: bool) -> bool:
    """Lose all that was written after a point; True if that point lay behind all that was.

    `mangled`: the byte at the point is another one, as of a page that was written in part.
    """
    paths = written(folder)
    content = b"".join(path.read_bytes() for path in paths)
    point = int(share * len(content))
    is_all = not content[point:].strip(b"\0")
    for path in paths:
        size = path.stat().st_size
        if point < size:
            kept = path.read_bytes()[: max(0, point)]
            torn = b"\xff" if mangled and point >= HEAD.size and not is_all else b""
            path.write_bytes((kept + torn).ljust(size, b"\0")[:size])
            mangled = False
        point -= size
    return is_all


class Life:
    """A journal over several processes, and what it ought to hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.position = 0
        self.made = 0
        self.waiting: list[bytes] = []
        self.taken: Batch | None = None
        self.journal = Journal(folder, SMALL)

    def append(self, size: int) -> None:
        event = (b"%d:" % self.made).ljust(size, b"x")
        self.made += 1
        if self.journal.append(event, self.made, 0.0):
            self.waiting.append(event)

    def take(self) -> None:
        if self.taken is None:
            self.taken = self.journal.take()
            if self.taken is not None:
                assert self.taken.events == self.waiting[: len(self.taken.events)]

    def settle(self) -> None:
        if self.taken is not None:
            self.position = self.journal.settle(self.taken)
            del self.waiting[: len(self.taken.events)]
            self.taken = None

    def die(self, share: float, mangled: bool) -> None:
        killed(self.journal)
        is_all = cut(self.folder, share, mangled)
        self.journal = Journal(self.folder, SMALL, self.position)
        assert self.journal.left_over() <= len(self.waiting)
        if is_all:
            assert self.journal.left_over() == len(self.waiting)
        del self.waiting[self.journal.left_over() :]
        self.taken = None


STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 100)),
    st.tuples(st.sampled_from(["take", "settle", "tidy"])),
    st.tuples(st.just("die"), st.one_of(st.just(1.0), st.floats(0, 1)), st.booleans()),
)


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(STEPS, max_size=40))
def test_what_comes_back_is_a_prefix_of_what_waited(
    steps: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    life = Life(tmp_path_factory.mktemp("journal"))
    for name, *arguments in steps:
        step: Callable[..., None] = life.journal.tidy if name == "tidy" else getattr(life, name)
        step(*arguments)
    already = life.taken.events if life.taken else []
    assert [*already, *events(life.journal)] == life.waiting
    life.journal.close()


def test_settled_segments_leave_the_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SMALL)
    for number in range(12):
        assert journal.append(b"x" * 90, number, 0.0)
    assert len(written(tmp_path)) == 12
    assert len(events(journal)) == 12
    journal.tidy()
    assert len(written(tmp_path)) == 1
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_it_holds_no_more_than_it_may(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SMALL)
    accepted = [journal.append(b"x" * 90, 0, 0.0) for _ in range(20)]
    assert accepted == [True] * 16 + [False] * 4
    journal.tidy()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= SMALL.disk
    events(journal)
    journal.tidy()
    assert journal.append(b"x" * 90, 0, 0.0)
    journal.close()


def test_where_no_disk_is_memory_is_bounded_too() -> None:
    journal = Journal(None, SMALL)
    assert [journal.append(b"x" * 90, 0, 0.0) for _ in range(4)] == [True, True, False, False]
    assert events(journal) == [b"x" * 90] * 2
    journal.tidy()
    assert journal.append(b"x" * 90, 0, 0.0)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_makes_events_wait_in_memory_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SMALL)
    assert journal.append(b"1" * 90, 1, 0.0)
    with files_no_larger_than(100):
        assert journal.append(b"2" * 90, 2, 0.0)
        assert journal.append(b"3" * 90, 3, 0.0)
        assert not journal.append(b"4" * 90, 4, 0.0)
        assert journal.trouble == "File too large"
        journal.tidy()
        assert (journal.waiting(kept=True), journal.waiting(kept=False)) == (1, 2)
    journal.tidy()
    assert journal.trouble is None
    assert journal.append(b"5" * 90, 5, 0.0)
    assert [event[:1] for event in events(journal)] == [b"1", b"2", b"3", b"5"]
    journal.close()


def test_what_must_not_lie_on_the_disk_does_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ROOMY)
    journal.append(b"safe", 1, 0.0, b"safe, and secret")
    assert all(b"secret" not in path.read_bytes() for path in tmp_path.iterdir())
    killed(journal)
    assert events(Journal(tmp_path, ROOMY)) == [b"safe"]
    journal = Journal(tmp_path, ROOMY, 1 << 40)
    journal.append(b"safe", 1, 0.0, b"safe, and secret")
    assert events(journal) == [b"safe, and secret"]
    journal.close()


def test_what_did_not_fit_into_one_record_is_whole_in_the_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ROOMY)
    for _ in range(3):
        journal.append(b"safe", 1, 0.0, b"x" * 600)
    assert events(journal) == [b"x" * 600] * 3
    journal.close()


# Slots


def test_a_slot_is_held_by_one_and_then_by_the_next(tmp_path: Path) -> None:
    first, second = Slot.take(tmp_path), Slot.take(tmp_path)
    assert [one.folder.name for one in (first, second)] == ["0", "1"]
    assert first.instance != second.instance
    first.sequence = 7
    name = first.instance
    first.close()
    again = Slot.take(tmp_path)
    assert (again.folder.name, again.instance, again.sequence) == ("0", name, 7)
    again.release()
    second.release()


def test_only_its_user_can_read_it(tmp_path: Path) -> None:
    held = Slot.take(tmp_path / "new")
    journal = held.journal(ROOMY)
    journal.append(b"event", 1, 0.0)
    modes = {path.stat().st_mode & 0o777 for path in held.folder.iterdir()}
    assert (held.folder.stat().st_mode & 0o777, modes) == (0o700, {0o600})
    journal.close()
    held.release()


def test_a_child_does_not_hold_what_its_parent_held(tmp_path: Path) -> None:
    held = Slot.take(tmp_path)
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        held.close()
        deadline = time.monotonic() + 10
        taken = ""
        while taken != "0" and time.monotonic() < deadline:
            again = Slot.take(tmp_path)
            taken = again.folder.name
            again.close()
        assert taken == "0"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_the_end_of_a_process_leaves_no_gap_and_that_of_the_machine_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Slot.take(tmp_path)
    held.sequence = 10
    held.secure()
    held.sequence = 11
    held.close()
    again = Slot.take(tmp_path)
    assert again.sequence == 11
    # As the disk has it, which never heard of what came after the last `secure`.
    again.sequence = 10
    again.close()
    monkeypatch.setattr(slot, "_boot", lambda: b"another")
    rebooted = Slot.take(tmp_path)
    assert rebooted.sequence > 11
    after = rebooted.sequence
    rebooted.release()
    monkeypatch.setattr(slot, "_boot", lambda: b"a third")
    assert Slot.take(tmp_path).sequence == after


def test_a_damaged_state_begins_anew_and_loses_no_event(tmp_path: Path) -> None:
    held = Slot.take(tmp_path)
    journal = held.journal(ROOMY)
    journal.append(b"event", 5, 0.0)
    killed(journal)
    name = held.instance
    held.close()
    (tmp_path / "0" / "state").write_bytes(b"\xff" * 100)
    again = Slot.take(tmp_path)
    journal = again.journal(ROOMY)
    assert again.instance != name
    assert events(journal) == [b"event"]
    with suppress(OSError):
        journal.close()
    again.release()
