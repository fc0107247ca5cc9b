"""Finds protected data in text, so that the log can say what was there without holding it.

One kind of protected data, one file; `recognisers.py` lists them. Every pattern has bounded
repetition, so a scan takes time linear in the text, whatever the text. Patterns that alone would
hit ordinary numbers need a word that names them. What each finds, and how well: docs/scanner.md.

The folder is also shipped inside the vendors' emitter, which supports Python 3.9.
"""

from .digests import digest
from .events import scan_event
from .recogniser import Hit, Recogniser
from .recognisers import RECOGNISERS
from .texts import SCANNER, scan

__all__ = ["RECOGNISERS", "SCANNER", "Hit", "Recogniser", "digest", "scan", "scan_event"]
