"""A crashed service is started again; one that ends by intention is not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SERVICE = """
import os, signal, sys, time
from pathlib import Path
runs = Path({runs!r})
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
{then}
"""


def keeper(folder: Path, then: str) -> tuple[subprocess.Popen[bytes], Path]:
    runs = folder / "runs"
    (folder / "service.py").write_text(SERVICE.format(runs=str(runs), then=then))
    environment = os.environ | {"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}
    command = [sys.executable, "-m", "deploy.native.keep", "service"]
    return subprocess.Popen(command, env=environment, start_new_session=True), runs


@pytest.mark.parametrize("crash", ["os._exit(70)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_crash_is_followed_by_a_new_start(tmp_path: Path, crash: str) -> None:
    process, runs = keeper(tmp_path, f'{crash} if runs.read_text() == "x" else sys.exit(0)')
    assert process.wait(20) == 0
    assert runs.read_text() == "xx"


def test_a_wrong_setting_ends_it(tmp_path: Path) -> None:
    process, runs = keeper(tmp_path, "sys.exit(2)")
    assert process.wait(20) == 2
    assert runs.read_text() == "x"


def test_sigterm_ends_both(tmp_path: Path) -> None:
    process, runs = keeper(tmp_path, "time.sleep(60)")
    deadline = time.monotonic() + 20
    while not runs.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)
    assert runs.read_text() == "x"
