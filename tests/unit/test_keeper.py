"""Of a test run that is killed, nothing stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline import REPOSITORY, eventually

RUN = """
import subprocess, sys, time
from tests import keeper
keeper.begin()
# As servers are started: in a session of its own, and by somebody in between.
subprocess.Popen(["sh", "-c", "setsid sleep 600 & echo $!; wait"])
time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells")
def test_what_a_killed_run_has_started_ends() -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN], cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert run.stdout is not None
    started = Path("/proc") / run.stdout.readline().decode().strip()
    assert (started / "environ").exists()
    assert os.environ["BLOTTER_TEST_RUN"].encode() not in (started / "environ").read_bytes()
    run.kill()
    run.wait()
    eventually("it has ended", lambda: not started.exists(), 20)
    run.stdout.close()
