"""How well the scanner finds what it is for, measured with a seed that it was not adjusted to."""

import pytest

from schemas.scanner import RECOGNISERS
from tests.scanner import report
from tests.scanner.labelled import KINDS, Score, samples, scores

HELD_OUT_SEED = 977
FLOOR = 0.95
ENOUGH = 100
MEASURED = scores(report.find, HELD_OUT_SEED, report.PASSAGES)


@pytest.mark.parametrize("score", MEASURED, ids=lambda score: score.kind)
def test_precision_and_recall_keep_the_published_floor(score: Score) -> None:
    assert score.found >= ENOUGH
    assert score.precision >= FLOOR
    assert score.recall >= FLOOR


def test_every_recogniser_is_measured() -> None:
    assert {r.kind for r in RECOGNISERS} == set(KINDS)


def test_a_seed_names_a_set() -> None:
    assert list(samples(1, 50)) == list(samples(1, 50))
    assert list(samples(1, 50)) != list(samples(2, 50))


def test_the_published_table_is_what_is_measured() -> None:
    now = report.PAGE.read_text()
    assert report.page(now) == now
