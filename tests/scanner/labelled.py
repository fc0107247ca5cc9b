"""A labelled set: sentences of police reports with protected data in many spellings, and sentences
full of numbers that are none. Deterministic: a seed names a set.

The values are made up: area codes 555, names and addresses of nobody.
"""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import negatives, positives

KINDS = tuple(dict.fromkeys(group.kind for group in positives.GROUPS))

_DIFFICULT = 0.03


class Sample(NamedTuple):
    """A passage and what is protected in it: pairs of kind and normal form."""

    text: str
    expected: frozenset[tuple[str, str]]


def samples(seed: int, number: int) -> Iterator[Sample]:
    """So many passages of one to four sentences, a third of which hold nothing protected."""
    rng = random.Random(seed)
    for _ in range(number):
        told = [_sentence(rng) for _ in range(rng.randint(1, 4))]
        text = rng.choice((" ", " ", "\n", "  ")).join(text for text, _ in told)
        yield Sample(text, frozenset(pair for _, pairs in told for pair in pairs))


def _sentence(rng: random.Random) -> tuple[str, list[tuple[str, str]]]:
    if rng.random() < 0.45:
        return _in_some_case(rng, negatives.sentence(rng)), []
    difficult = rng.random() < _DIFFICULT
    group = rng.choice(positives.DIFFICULT if difficult else positives.GROUPS)
    template = rng.choice(group.templates)
    values = [group.make(rng) for _ in range(template.count("{}"))]
    text = template.format(*(value.written for value in values))
    return text, [(group.kind, value.normal) for value in values]


def _in_some_case(rng: random.Random, text: str) -> str:
    """Many reports are written in capitals throughout."""
    return text.upper() if rng.random() < 0.15 else text


class Score(NamedTuple):
    """How one kind was found: counts of values in passages."""

    kind: str
    found: int
    missed: int
    wrong: int

    @property
    def precision(self) -> float:
        """The part of what was found that is what it was taken for."""
        return self.found / (self.found + self.wrong) if self.found else 0.0

    @property
    def recall(self) -> float:
        """The part of what is there that was found."""
        return self.found / (self.found + self.missed) if self.found else 0.0


Finder = Callable[[str], set[tuple[str, str]]]


def scores(finder: Finder, seed: int, number: int) -> list[Score]:
    """The score of each kind on a set, in the order of the set's kinds."""
    counts = {kind: [0, 0, 0] for kind in KINDS}
    for sample in samples(seed, number):
        found = finder(sample.text)
        for place, pairs in enumerate(
            (found & sample.expected, sample.expected - found, found - sample.expected)
        ):
            for kind, _ in pairs:
                counts[kind][place] += 1
    return [Score(kind, *count) for kind, count in counts.items()]
