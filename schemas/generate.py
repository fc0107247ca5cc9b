"""Writes every file that is made from the models; `--check` compares instead.

    python -m schemas.generate [--check | --release VERSION]

Exit 0: written, or all is as it should be. Exit 1: `--check` found files that differ, are missing
or are left over; their paths, from the root of the repository, go to standard output.
`--release v2` freezes the JSON Schemas under `schemas/released/v2`, which must not exist.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from . import asyncapi, contract_page, json_schema, mappings, reference

ROOT = Path(__file__).resolve().parents[1]
_FOLDERS = ("schemas/json", "schemas/elasticsearch")
"""Folders that hold generated files only."""


def generated() -> dict[str, str]:
    """Text of every generated file by its path from the root of the repository."""
    files = {
        f"schemas/json/{name}.schema.json": _json(json_schema.document(name))
        for name in json_schema.MODELS
    }
    files |= {
        f"schemas/elasticsearch/{name}.json": _json(mappings.build(name))
        for name in mappings.INDICES
    }
    files["schemas/asyncapi.json"] = _json(asyncapi.document())
    files["docs/events.md"] = reference.text()
    files["docs/contract.html"] = contract_page.text()
    return files


def differing(root: Path = ROOT) -> list[str]:
    """Paths of the files under `root` that are not as `generated` says, or should not be there."""
    files = generated()
    wrong = {path for path, text in files.items() if _read(root / path) != text}
    present = {path for folder in _FOLDERS for path in (root / folder).glob("*")}
    return sorted(wrong | {str(path.relative_to(root)) for path in present} - files.keys())


def write(root: Path = ROOT) -> None:
    """Make the files under `root` as `generated` says."""
    files = generated()
    for path in differing(root):
        if path not in files:
            (root / path).unlink()
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(files[path], "utf-8")


def release(version: str, root: Path = ROOT) -> None:
    """Freeze the JSON Schemas with their checksums. Raises FileExistsError for a known version."""
    folder = root / "schemas/released" / version
    folder.mkdir(parents=True)
    sums = []
    for path in sorted((root / "schemas/json").glob("*.schema.json")):
        (folder / path.name).write_bytes(path.read_bytes())
        sums.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare, write nothing")
    what.add_argument("--release", metavar="VERSION", help="freeze the JSON Schemas")
    options = parser.parse_args()
    if not options.check:
        write()
        if options.release:
            release(options.release)
        return 0
    paths = differing()
    for path in paths:
        print(f"{path} differs: run python -m schemas.generate")
    return 1 if paths else 0


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
