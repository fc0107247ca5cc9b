"""Protected data in a use: what was declared, and what the scanner found. Shared by B.4.a's two
rules."""

from collections.abc import Iterable

from schemas.ai import DataClass, UseRecordedData

from .sentences import listed, plain

CLASSES: dict[DataClass, str] = {
    "pii": "personally identifiable information",
    "cori": "criminal offender records",
    "cji": "criminal justice information",
    "phi": "health information",
}


def declared(use: UseRecordedData) -> set[DataClass]:
    """The classes that the use is declared to hold."""
    return set(use.data_classes or [])


def detected(use: UseRecordedData) -> dict[DataClass, list[str]]:
    """The kinds of data that the scanner found, by class."""
    found: dict[DataClass, set[str]] = {}
    for each in use.detected or []:
        found.setdefault(each.data_class, set()).add(each.kind)
    return {data_class: sorted(found[data_class]) for data_class in CLASSES if data_class in found}


def classes_in_words(classes: Iterable[DataClass]) -> str:
    """Classes as a person names them, in a fixed order."""
    named = set(classes)
    return listed(name for data_class, name in CLASSES.items() if data_class in named)


def found_in_words(found: dict[DataClass, list[str]]) -> str:
    """Classes and kinds that the scanner found; never the data itself."""
    return listed(
        f"{CLASSES[name]} ({', '.join(map(plain, kinds))})" for name, kinds in found.items()
    )
