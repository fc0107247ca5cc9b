"""`python -m deploy.sync_contract [--check]`: the contract as the emitter ships it.

The emitter is installed alone at a vendor's, so it carries a copy of the models that AI systems
need. `--check` changes nothing and exits 1 if a copy differs from its original.
"""

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ORIGINALS = ROOT / "schemas"
COPIES = ROOT / "services" / "emitter" / "blotter_emitter" / "contract"
SHIPPED = ("base.py", "envelope.py", "ai.py")


def drifted(originals: Path = ORIGINALS, copies: Path = COPIES) -> list[str]:
    """Names of the shipped files whose copy is missing or differs by a byte."""
    return [
        name
        for name in SHIPPED
        if not (copies / name).is_file()
        or (copies / name).read_bytes() != (originals / name).read_bytes()
    ]


def sync(originals: Path = ORIGINALS, copies: Path = COPIES) -> list[str]:
    """Bring the copies up to date; returns the names of those that changed."""
    names = drifted(originals, copies)
    for name in names:
        shutil.copyfile(originals / name, copies / name)
    return names


def main() -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.sync_contract", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell what differs")
    check = parser.parse_args().check
    names = drifted() if check else sync()
    for name in names:
        print(f"{name}: {'differs from schemas/' if check else 'copied from schemas/'}{name}")
    return 1 if check and names else 0


if __name__ == "__main__":
    sys.exit(main())
