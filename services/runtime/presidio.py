"""Recognisers of Presidio as the scanner's own: the extra `presidio`.

Only those that look for patterns, and called one by one: so no language model is loaded and nothing
is fetched. What its engine would do with the words around a value is done here, simply.
"""

import importlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from schemas.ai import DataClass
from schemas.scanner import Hit, Recogniser
from schemas.scanner.plain import compact

CERTAIN = 0.5
"""A hit counts from this score on; below, if a word of the recogniser's context stands before."""

# It asks the network for a list of domains; ours needs none.
_REFUSED = frozenset({"EmailRecognizer"})
_HEALTH = re.compile("MEDIC|HEALTH|MBI|NHS|PRESCRIPTION|CLAIM|REFERRAL|PRIOR_AUTH|NPI")
_CONTEXT_CHARACTERS = 40


@cache
def recognisers(names: str) -> tuple[Recogniser, ...]:
    """Those of the given names of classes or entities, separated by commas.

    Raises ValueError, in words for the operator, if Presidio is missing or has no such recogniser.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        return ()
    known = _known()
    for name in wanted:
        if name not in known:
            raise ValueError(f"Presidio has no pattern recogniser {name!r} that works offline")
    chosen = {id(one): one for name in wanted for one in known[name]}
    return tuple(_recogniser(one, entity) for one in chosen.values() for entity in _entities(one))


def checked(names: str) -> str:
    """The names as they are, for a setting; raises ValueError as `recognisers`."""
    recognisers(names)
    return names


def _known() -> dict[str, list[Any]]:
    """Presidio's pattern recognisers by the name of their class and of their entities."""
    try:
        presidio = importlib.import_module("presidio_analyzer")
        module = importlib.import_module("presidio_analyzer.predefined_recognizers")
    except ImportError:
        raise ValueError("Presidio is not installed: pip install 'blotter[presidio]'") from None
    known: dict[str, list[Any]] = {}
    for name, kind in vars(module).items():
        if not isinstance(kind, type) or not issubclass(kind, presidio.PatternRecognizer):
            continue
        if kind is not presidio.PatternRecognizer and name not in _REFUSED:
            one = kind()
            for called in (name, *_entities(one)):
                known.setdefault(called, []).append(one)
    return known


def _entities(recogniser: Any) -> list[str]:
    entities: list[str] = recogniser.supported_entities
    return entities


def _recogniser(presidio: Any, entity: str) -> Recogniser:
    data_class: DataClass = "phi" if _HEALTH.search(entity) else "pii"
    return Recogniser(data_class, f"presidio_{entity.lower()}", _finder(presidio, entity))


def _finder(presidio: Any, entity: str) -> Callable[[str], Iterator[Hit]]:
    words = "|".join(re.escape(word) for word in presidio.context or ())
    context = re.compile(rf"\b(?:{words})\b" if words else r"(?!)", re.IGNORECASE)

    def find(text: str) -> Iterator[Hit]:
        for hit in presidio.analyze(text, [entity], None) or ():
            before = max(0, hit.start - _CONTEXT_CHARACTERS)
            if hit.score >= CERTAIN or context.search(text, before, hit.start):
                value = text[hit.start : hit.end]
                yield Hit(hit.start, hit.end, compact(value) or value)

    return find
