"""`python -m tests.bench [contender or group ...] [--rounds N] [--write]`.

Prints what each run did, then the ratios; results lie in .blotter/bench/results.json. `--write`
also writes docs/performance.md, and wants everything to have run; `--again` writes it from the
results of the last run. Exit code 1: a contender failed.
"""

import argparse
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

from . import document, report
from .contender import Contender, Measure
from .running import ROOT, Result, all_contenders, all_rows, chosen, run
from .sizes import Sizes

FOLDER = ROOT / ".blotter" / "bench"
KEPT = FOLDER / "results.json"


def main(arguments: Sequence[str]) -> int:
    """Run; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="contenders or groups; without any, all")
    parser.add_argument("--rounds", type=int, help="default: BLOTTER_BENCH_ROUNDS")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--again", action="store_true", help="write it from the last results")
    wanted = parser.parse_args(arguments)
    if wanted.again:
        document.write(_kept())
        return 0
    sizes = Sizes() if wanted.rounds is None else Sizes(rounds=wanted.rounds)
    try:
        contenders = chosen(wanted.names)
    except ValueError as error:
        parser.error(str(error))
    if wanted.write and len(contenders) < len(all_contenders()):
        parser.error("--write wants everything to run")
    failed = _run(contenders, sizes)
    _tell(_kept().results)
    if failed:
        print("FAILED: what is above is no result", file=sys.stderr)
        return 1
    if wanted.write:
        document.write(_kept())
    return 0


def _run(contenders: Sequence[Contender], sizes: Sizes) -> bool:
    """Run, and keep the results; whether a contender failed."""
    began = time.monotonic()
    results: list[Result] = []
    failed = False
    try:
        for result in run(contenders, sizes, FOLDER / f"run-{os.getpid()}"):
            results.append(result)
            _tell_run(result)
    except Exception:
        traceback.print_exc()
        failed = True
    kept = {
        "day": str(datetime.now(UTC).date()),
        "seconds": time.monotonic() - began,
        "sizes": sizes.model_dump(),
        "failed": failed,
        "runs": [asdict(result) for result in results],
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    return failed


def _kept() -> document.Run:
    """The results of the last run."""
    kept = json.loads(KEPT.read_text())
    results = [Result(**{**one, "measure": Measure(**one["measure"])}) for one in kept["runs"]]
    day = date.fromisoformat(kept["day"])
    return document.Run(results, Sizes(**kept["sizes"]), day, kept["seconds"])


def _tell_run(result: Result) -> None:
    did = result.measure
    details = ", ".join(f"{name} {report.number(value)}" for name, value in did.details.items())
    print(
        f"round {result.round}  {result.contender:<14}{report.number(did.figure()):>10} events/s"
        f"  {did.seconds:7.2f} s  {did.peak_mib:6.0f} MiB  {details}",
        flush=True,
    )


def _tell(results: Sequence[Result]) -> None:
    for row in all_rows():
        spread = report.told(row, results)
        if spread is not None:
            title, middle, between, target, met = report.line(row, spread)
            print(f"{title}: {middle} ({between}) {target and f'target {target}: {met}'}")


if __name__ == "__main__":
    # Servers and workers are stopped then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
