"""Certification: what an integration has proved, and what it has not yet.

`blotter-certify acme.reporting:demonstrate` runs a product's demonstration, or reads a file of
events, and checks each requirement of the folder `requirements`. `command.py` is the command,
`capture.py` runs the demonstration, `judging.py` asks, `text.py` and `page.py` tell.
"""

from .evidence import Evidence, Item, Run
from .judging import certify
from .page import as_html
from .reading import item_of, items_of
from .report import About, OrderRemark, Report
from .text import as_text

__all__ = [
    "About",
    "Evidence",
    "Item",
    "OrderRemark",
    "Report",
    "Run",
    "as_html",
    "as_text",
    "certify",
    "item_of",
    "items_of",
]
