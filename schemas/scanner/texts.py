"""Looking through texts: what is in them, and the same texts without it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ..ai import Detected
from .digests import digest
from .plain import plain
from .recogniser import Hit, Recogniser
from .recognisers import RECOGNISERS

SCANNER = "blotter-scanner/2"
"""Stamped into `scanner`: which recognisers looked at the content."""

MOST_OF_A_KIND = 100

_WORTHWHILE = re.compile(r"[0-9@]|CLETS|NCIC|NLETS|NAM/|MKE/|OCA/")
_PASSES = 3


def scan(text: str, key: bytes, extra: Sequence[Recogniser] = ()) -> list[Detected]:
    """What protected data the text holds, each value once, with its HMAC-SHA256 under `key`.

    `extra`: recognisers besides the scanner's own. At most `MOST_OF_A_KIND` of each kind: a list
    of addresses must not outgrow an event.
    """
    sweep = Sweep(extra)
    sweep.look(text)
    return sweep.detected(key)


class Sweep:
    """Goes through the texts of one event and collects what they hold."""

    def __init__(self, extra: Sequence[Recogniser] = ()) -> None:
        self._extra = tuple(extra)
        # Of each recogniser that found something; a dict keeps each value once, in the order of
        # discovery.
        self._values: dict[Recogniser, dict[str, None]] = {}

    def look(self, text: str) -> None:
        """Collect what a text holds that is going to be dropped."""
        self._hits(plain(text), 0, ())

    def masked(self, text: str, before: str = "", leave: Collection[str] = ()) -> str:
        """Collect what a text holds, and return it with `[kind]` in place of each hit.

        `before`: words that belong before it, such as the name of its field. `leave`: kinds that
        may stay. A text without hits comes back as it is; one with hits, in plain characters.
        """
        words = plain(before)
        readable = plain(text)
        changed = False
        # A mask may set something apart that was not: look again until nothing is found.
        for _ in range(_PASSES):
            hits = self._hits(words + readable, len(words), leave)
            if not hits:
                break
            readable = _replaced(words + readable, hits, len(words))
            changed = True
        return readable if changed else text

    def detected(self, key: bytes) -> list[Detected]:
        """What was found so far, in the order of the recognisers."""
        return [
            Detected.model_validate(
                {"class": r.data_class, "kind": r.kind, "digest": digest(value, key)}
            )
            for r in (*RECOGNISERS, *self._extra)
            for value in list(self._values.get(r, ()))[:MOST_OF_A_KIND]
        ]

    def stamp(self) -> str:
        """The version of the scanner, with the kinds that recognisers were added for."""
        return "+".join([SCANNER, *sorted({r.kind for r in self._extra})])[:200]

    def _hits(self, text: str, begin: int, leave: Collection[str]) -> list[tuple[Hit, str]]:
        """Hits that reach beyond `begin`, with their kinds; their values are collected."""
        own = RECOGNISERS if _WORTHWHILE.search(text, begin) else ()
        found = []
        for recogniser in (*own, *self._extra):
            if recogniser.kind in leave:
                continue
            for hit in recogniser.find(text):
                if hit.end > begin:
                    self._values.setdefault(recogniser, {})[hit.value] = None
                    found.append((hit, recogniser.kind))
        return found


def _replaced(text: str, hits: list[tuple[Hit, str]], begin: int) -> str:
    """`text[begin:]` with a mask for every hit; of hits that overlap, the first names the kind."""
    parts: list[str] = []
    reached = begin
    for hit, kind in sorted(hits, key=lambda found: (found[0].start, -found[0].end)):
        if hit.start >= reached or not parts:
            parts += [text[reached : max(hit.start, begin)], f"[{kind}]"]
        reached = max(reached, hit.end)
    return "".join([*parts, text[reached:]])
