"""Keeps one service running: `python -m deploy.native.keep services.intake.main`.

A service that crashes is started again, after a pause that grows. Two ends are meant: after
SIGTERM, and because a setting is wrong.
"""

import signal
import subprocess
import sys
import threading
import time

MEANT = (0, 2)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY_SECONDS = 60.0  # having run for so long, a crash is a new one


def keep(module: str) -> int:
    """Run the module until it ends by intention; its exit code."""
    stopping = threading.Event()
    # Signals go to the whole group, so the service has had this one too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    pause = FIRST_PAUSE
    while True:
        started = time.monotonic()
        code = subprocess.Popen([sys.executable, "-m", module]).wait()
        if stopping.is_set() or code in MEANT:
            return code
        if time.monotonic() - started > STEADY_SECONDS:
            pause = FIRST_PAUSE
        print(f"{module} crashed ({code}); starting it again in {pause:.0f} s", file=sys.stderr)
        if stopping.wait(pause):
            return 0
        pause = min(2 * pause, LONGEST_PAUSE)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1]))
