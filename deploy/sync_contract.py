"""`python -m deploy.sync_contract [--check]`: the contract as the emitter ships it.

The emitter is installed alone at a vendor's, so it carries a copy of the models that AI systems
need, and of the scanner. `--check` changes nothing and exits 1 if a copy differs from its original.
"""

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ORIGINALS = ROOT / "schemas"
COPIES = ROOT / "services" / "emitter" / "blotter_emitter" / "contract"
MODELS = ("base.py", "envelope.py", "ai.py")
SCANNER = "scanner"


def drifted(originals: Path = ORIGINALS, copies: Path = COPIES) -> list[str]:
    """Names of the shipped files whose copy is missing, differs by a byte, or has no original."""
    names = {*MODELS, *_scanner(originals), *_scanner(copies)}
    return sorted(name for name in names if _read(copies / name) != _read(originals / name))


def _scanner(folder: Path) -> list[str]:
    return [f"{SCANNER}/{path.name}" for path in (folder / SCANNER).glob("*.py")]


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def sync(originals: Path = ORIGINALS, copies: Path = COPIES) -> list[str]:
    """Bring the copies up to date; returns the names of those that changed."""
    names = drifted(originals, copies)
    (copies / SCANNER).mkdir(exist_ok=True)
    for name in names:
        if (originals / name).is_file():
            shutil.copyfile(originals / name, copies / name)
        else:
            (copies / name).unlink()
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
