"""What a certification found, as data: the JSON that the department files."""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from ..contract.scanner import SCANNER
from .requirement import Severity, Status

FORMAT = "blotter-certification/1"
_CONTRACT = Path(__file__).parents[1] / "contract"


class About(NamedTuple):
    """Of what it is. `origin`: where the events come from, in words. `sha256`: of their bytes, as
    captured."""

    vendor: str
    product: str
    origin: str
    sha256: str


@dataclass(frozen=True)
class Result:
    """One requirement and what was found. `events`: ids of those at fault, the first of them;
    `more`: how many besides. `declared`: why the vendor says that it cannot be shown."""

    id: str
    chapter: str
    title: str
    severity: Severity
    status: Status
    text: str
    clauses: Tuple[str, ...]
    why: str
    mend: str
    events: Tuple[str, ...] = ()
    more: int = 0
    declared: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.status == "failed" or (self.status == "not_shown" and not self.declared)


class OrderRemark(NamedTuple):
    """What the order would have found in these events, had they counted. `text`: the sentence that
    a person would have read; `verdict` in words; `mend`: what would have made it compliant."""

    clause: str
    title: str
    verdict: str
    subject: str
    text: str
    mend: str


@dataclass(frozen=True)
class Report:
    """All of it. `not_asked`: families of AI that were neither declared nor shown."""

    about: About
    source: str
    systems: Tuple[str, ...]
    families: Tuple[str, ...]
    not_asked: Tuple[str, ...]
    date: datetime
    events: int
    results: Tuple[Result, ...]
    supposing: str = ""
    order: Tuple[OrderRemark, ...] = ()

    @property
    def certified(self) -> bool:
        """Whether nothing is open that must be."""
        return not any(result.is_open for result in self.results if result.severity == "must")

    @property
    def declared(self) -> List[Result]:
        """What the vendor declares instead of showing it; the department accepts that or not."""
        return [result for result in self.results if result.declared]

    def counted(self, severity: Severity) -> Dict[Status, int]:
        """How many requirements of a severity ended how."""
        counts: Dict[Status, int] = {}
        for result in self.results:
            if result.severity == severity:
                counts[result.status] = counts.get(result.status, 0) + 1
        return counts

    @property
    def verdict(self) -> str:
        """The outcome in one sentence."""
        musts = [r for r in self.results if r.severity == "must" and r.is_open]
        others = sum(1 for r in self.results if r.severity != "must" and r.is_open)
        advice = f" {_counted(others, 'recommendation')} open." if others else ""
        if self.certified:
            noted = len(self.declared)
            remark = f", {_counted(noted, 'thing')} declared and not shown" if noted else ""
            return f"Certified{remark}.{advice}"
        wrong = sum(1 for result in musts if result.status == "failed")
        told = [f"{wrong} failed" if wrong else "", _not_shown(len(musts) - wrong)]
        return f"Not certified: {', '.join(filter(None, told))}.{advice}"

    def as_json(self) -> str:
        """The report for machines; its fields are in docs/certification.md."""
        told: Dict[str, Any] = {
            "format": FORMAT,
            "certified": self.certified,
            "verdict": self.verdict,
            "date": self.date.isoformat(),
            "vendor": self.about.vendor,
            "product": self.about.product,
            "source": self.source,
            "systems": self.systems,
            "families": self.families,
            "not_asked": self.not_asked,
            "rests_on": {
                "origin": self.about.origin,
                "events": self.events,
                "sha256": self.about.sha256,
            },
            "versions": versions(),
            "results": [asdict(result) for result in self.results],
        }
        if self.supposing:
            remarks = [remark._asdict() for remark in self.order]
            told["order"] = {"supposing": self.supposing, "found": remarks}
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def versions() -> Mapping[str, str]:
    """Of all that took part in the judgement."""
    try:
        emitter = version("blotter-emitter")
    except PackageNotFoundError:
        emitter = "not installed"
    return {
        "emitter": emitter,
        "contract": f"v1, {_fingerprint()[:12]}",
        "scanner": SCANNER,
        "python": platform.python_version(),
    }


def _fingerprint() -> str:
    """Tells one copy of the contract from another."""
    digest = hashlib.sha256()
    for path in sorted(_CONTRACT.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _not_shown(count: int) -> str:
    return f"{count} not shown" if count else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
