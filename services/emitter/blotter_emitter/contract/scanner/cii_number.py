"""CII numbers, under which California's Department of Justice keeps criminal histories: a letter
(today A) and eight digits, older ones seven or eight digits."""

from .plain import compact
from .recogniser import Recogniser, labelled

_LABELS = r"cii|criminal identification(?: and information)?"

CII = Recogniser("cori", "cii_number", labelled(_LABELS, r"[A-Z]?[0-9]{7,8}", compact))
