"""Asks every requirement that applies. Pure: equal evidence gives an equal report."""

from typing import Iterator, List, Mapping, Tuple, get_args

from ..contract.ai import Family
from ..contract.scanner.texts import Sweep
from .evidence import Evidence
from .report import About, Report, Result
from .requirement import Outcome, Requirement, failed
from .requirements import CHAPTERS

MOST_EVENTS = 10
"""Most ids that a result names."""
_LONGEST_ID = 80


def certify(evidence: Evidence, about: About, declared: Mapping[str, str]) -> Report:
    """Ask all. `declared`: by id of a requirement, why the vendor says it cannot be shown."""
    families = evidence.families
    return Report(
        about=about,
        source=evidence.source,
        systems=evidence.declared_systems or _systems(evidence),
        families=families,
        not_asked=tuple(each for each in get_args(Family) if each not in families),
        date=evidence.now,
        events=len(evidence.items),
        results=tuple(_results(evidence, declared)),
    )


def known_ids() -> List[str]:
    """Of every requirement."""
    return [asked.id for chapter in CHAPTERS for asked in chapter.requirements]


def _results(evidence: Evidence, declared: Mapping[str, str]) -> Iterator[Result]:
    for chapter in CHAPTERS:
        for asked in chapter.requirements:
            if _applies(asked, evidence):
                yield _result(asked, chapter.title, _ask(asked, evidence), declared)


def _applies(asked: Requirement, evidence: Evidence) -> bool:
    if asked.of_run and evidence.run is None:
        return False
    return not asked.families or bool(set(asked.families) & set(evidence.families))


def _ask(asked: Requirement, evidence: Evidence) -> Outcome:
    """A check that cannot cope with the events must not look passed, and stops no other."""
    try:
        return asked.check(evidence)
    except Exception as error:
        return failed(f"could not be checked ({type(error).__name__})")


def _result(
    asked: Requirement, chapter: str, outcome: Outcome, declared: Mapping[str, str]
) -> Result:
    is_declared = outcome.status == "not_shown"
    return Result(
        id=asked.id,
        chapter=chapter,
        title=asked.title,
        severity=asked.severity,
        status=outcome.status,
        text=outcome.text,
        clauses=asked.clauses,
        why=asked.why,
        mend=asked.mend,
        events=tuple(_shown(name) for name in outcome.events[:MOST_EVENTS]),
        more=max(0, len(outcome.events) - MOST_EVENTS),
        declared=declared.get(asked.id, "") if is_declared else "",
    )


def _shown(name: str) -> str:
    """An id as it may stand in a report: a product may have made it of something protected."""
    return Sweep().masked(name, "id: ")[:_LONGEST_ID]


def _systems(evidence: Evidence) -> Tuple[str, ...]:
    named = (getattr(event.data, "system_id", None) for event in evidence.events)
    return tuple(dict.fromkeys(str(system) for system in named if system))
