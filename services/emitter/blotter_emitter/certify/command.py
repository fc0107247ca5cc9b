"""`blotter-certify`: from the command line to a report."""

import argparse
import hashlib
import os
import re
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, get_args

from ..contract.ai import Family
from .capture import CannotRun, Stage
from .evidence import Evidence
from .judging import certify, known_ids
from .page import as_html
from .reading import items_of, read_bytes
from .report import About, Report
from .text import as_text

_CALLABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


class Usage(Exception):
    """What was asked for makes no sense; the message says why."""


def run() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Certify; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        captured = _captured(given)
        report = _report(given, captured)
        _write(Path(given.out), report, captured)
    except (Usage, CannotRun, OSError) as error:
        print(f"blotter-certify: {error}", file=sys.stderr)
        return 2
    print(as_text(report))
    return 0 if report.certified else 1


class Captured(NamedTuple):
    """The evidence, the very bytes it was read from, and where they come from."""

    evidence: Evidence
    content: bytes
    origin: str


def _captured(given: argparse.Namespace) -> Captured:
    declared = {
        "declared_families": tuple(_listed(given.families)),
        "declared_systems": tuple(given.system),
        "cadence": given.cadence,
        "slack": given.slack,
    }
    unknown = set(declared["declared_families"]) - set(get_args(Family))
    if unknown:
        raise Usage(f"--families: unknown: {', '.join(sorted(unknown))}")
    if _is_callable(given.target):
        return _of_callable(given, declared)
    content = read_bytes(given.target)
    evidence = Evidence(items_of(content), _now(), **declared)
    return Captured(evidence, content, f"the file {Path(given.target).name}")


def _of_callable(given: argparse.Namespace, declared: "dict[str, object]") -> Captured:
    stage = Stage(_settings(given), given.timeout)
    performed, content = stage.perform(given.target)
    failing = stage.perform(given.failing)[0] if given.failing else None
    evidence = Evidence(
        items_of(content, _now()),
        _now(),
        run=performed,
        away=stage.perform_away(given.target),
        failing=failing,
        **declared,  # type: ignore[arg-type]
    )
    return Captured(evidence, content, f"a run of {given.target}")


def _settings(given: argparse.Namespace) -> Dict[str, str]:
    """For the emitter that the demonstration uses."""
    source = given.source or os.environ.get("BLOTTER_SOURCE")
    if not source:
        raise Usage("which source? Give --source /vendors/<vendor>/<system_id>, as registered")
    systems: List[Optional[str]] = [*given.system, os.environ.get("BLOTTER_SYSTEM_ID")]
    system = next(filter(None, systems), source.rsplit("/", 1)[-1])
    return {"BLOTTER_SOURCE": source, "BLOTTER_SYSTEM_ID": system}


def _report(given: argparse.Namespace, captured: Captured) -> Report:
    vendor, product = _named(captured.evidence.source or given.source or "")
    about = About(
        given.vendor or vendor,
        given.product or product,
        captured.origin,
        hashlib.sha256(captured.content).hexdigest(),
    )
    report = certify(captured.evidence, about, _declarations(given.declare))
    return replace(report, source=report.source or given.source or "")


def _named(source: str) -> "tuple[str, str]":
    """Vendor and product as the source names them."""
    parts = [*source.strip("/").split("/"), "", ""]
    return parts[1] or "unknown vendor", parts[2] or "unknown product"


def _declarations(given: Sequence[str]) -> Dict[str, str]:
    declared: Dict[str, str] = {}
    for text in given:
        name, _, reason = text.partition("=")
        if name not in known_ids():
            raise Usage(f"--declare: there is no requirement {name}")
        if not reason.strip():
            raise Usage(f"--declare {name}: needs a reason, {name}=REASON")
        declared[name] = reason.strip()
    return declared


def _write(folder: Path, report: Report, captured: Captured) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "certification.json").write_text(report.as_json(), encoding="utf-8")
    (folder / "certification.html").write_text(as_html(report), encoding="utf-8")
    if captured.evidence.run is not None:
        (folder / "certification.jsonl").write_bytes(captured.content)


def _is_callable(target: str) -> bool:
    return _CALLABLE.fullmatch(target) is not None and not Path(target).exists()


def _listed(text: str) -> List[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="blotter-certify",
        description="Check a product's integration with Blotter, and write a report.",
        epilog="Exit status: 0 certified, 1 not, 2 usage. See docs/certification.md.",
    )
    add = parser.add_argument
    add(
        "target",
        help="MODULE:FUNCTION, a demonstration that takes an emitter or nothing; or a"
        " file of captured events, JSON lines or a JSON array, - for standard input",
    )
    add("--failing", metavar="MODULE:FUNCTION", help="a demonstration in which the model fails")
    add("--source", help="as registered, /vendors/<vendor>/<system_id> (default: BLOTTER_SOURCE)")
    add(
        "--system",
        action="append",
        default=[],
        metavar="ID",
        help="a system of the product; repeatable (default: the last part of the source)",
    )
    add(
        "--families",
        default="",
        metavar="F,…",
        help="generative, perceptive, predictive: what the product has (default: what is shown)",
    )
    add("--cadence", type=float, metavar="SECONDS", help="agreed interval between heartbeats")
    add("--vendor", help="name for the report (default: as in the source)")
    add("--product", help="name for the report (default: as in the source)")
    add(
        "--declare",
        action="append",
        default=[],
        metavar="ID=REASON",
        help="of what cannot be shown: why not; the report says so",
    )
    add(
        "--out",
        default=".",
        metavar="FOLDER",
        help="for certification.html, .json and, of a run, .jsonl (default: here)",
    )
    add(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for each run of a demonstration (default: 60)",
    )
    add(
        "--slack",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="by how much a run may take longer with Kafka away, or twice as long (default: 1)",
    )
    return parser
