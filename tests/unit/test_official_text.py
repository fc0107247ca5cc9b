"""An order as published reads as the tree of clauses that its authors meant."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.order.official import OrderError, changes, parent, read_order

FOLDER = Path(__file__).parents[1] / "data" / "order"
FIRST = (FOLDER / "general_order_612.04.txt").read_text("utf-8")
SECOND = (FOLDER / "general_order_612.04_second.txt").read_text("utf-8")


def test_header_and_preamble() -> None:
    order = read_order(FIRST)
    assert (order.number, order.title) == ("612.04", "AUTOMATED TOOLS")
    assert order.effective_on == date(2026, 3, 1)
    assert order.preamble == {
        "Purpose": "This order, which was made up for tests, has the structure of a real one.",
        "Policy": "Tools help people; they decide nothing.",
    }
    assert order.headings == {
        "A": "WORDS",
        "B": "USING TOOLS",
        "C": "NOBODY'S TOOLS",
        "D": "KEEPING COUNT",
    }


def test_clauses_verbatim() -> None:
    assert read_order(FIRST).clauses == {
        "A.1": "TOOL – Software that a clerk could not explain in an afternoon, made in 1998 or "
        "later.",
        "A.2": "SLIP - What a tool gets wrong.",
        "A.2.a": "A blind slip is one that nobody noticed.",
        "A.2.b": "A loud slip is one that somebody noticed at once, under General Order 41.07 or "
        "another.",
        "A.2.b(1)": "A siren that names the wrong street is a loud slip.",
        "A.2.b(1)(a)": "So is one that names no street.",
        "A.2.b(2)": "A typing error is not.",
        "B.1": "Officers use tools only:",
        "B.1.a": "On duty.",
        "B.1.b": "After the harbour course.",
        "B.1.c": "With the harbour master's leave, which lists: • the tool, and • the berth.",
        "B.2": "Before a drawing leaves the house, a sergeant signs it.",
        "B.2.a": "The signature names the drawing.",
        "C": "This section stands alone: lost tools are handed in.",
        "D.1": "The quartermaster counts the tools every year, and looks at the well-worn ones "
        "twice, the half-new and half-old ones once.",
        "D.1.a": "How many there are.",
        "D.1.a.i": "In the yard.",
        "D.1.a.ii": "At sea.",
        "D.1.b": "How many work.",
    }


@pytest.mark.parametrize(
    "mess",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "  \t\n"),
        lambda text: text.replace("\n ", "\n\t"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: "\ufeff" + text.replace(" - ", " • ").replace("SLIP •", "SLIP -"),
        lambda text: text.replace("D. KEEPING", "Page 7 of 9\n\fD. KEEPING"),
        lambda text: text.replace("D. KEEP", f"- 7 -\n\f{text.splitlines()[1]}\nD. KEEP"),
        lambda text: text.replace("D. KEEPING", "D.\nKEEPING"),
        lambda text: text.replace("- a. The signature", "a.\nThe\x1b signa\u00adture"),
        lambda text: text.replace("C. NOBODY'S\nTOOLS", "C. NOBODY'S TOOLS"),
    ],
)
def test_mess_changes_nothing(mess: object) -> None:
    assert callable(mess)
    assert mess(FIRST) != FIRST
    assert read_order(mess(FIRST)) == read_order(FIRST)


@pytest.mark.parametrize(
    ("header", "number", "title", "day"),
    [
        ("7.1 TOOLS 12/31/2026", "7.1", "TOOLS", date(2026, 12, 31)),
        ("GENERAL ORDER NO. 41 – Tools", "41", "Tools", None),
        ("Port Alden\nGeneral Order 41.07\nEffective March 5, 2026", "41.07", "", date(2026, 3, 5)),
        ("7.1 TOOLS\nIn effect on 2026-01-02", "7.1", "TOOLS", date(2026, 1, 2)),
        ("Tools 99-99-2026", "", "", None),
        ("", "", "", None),
    ],
)
def test_headers(header: str, number: str, title: str, day: date | None) -> None:
    order = read_order(f"{header}\nA. WORDS\n1. Tool.")
    assert (order.number, order.title, order.effective_on) == (number, title, day)


def test_headings_need_no_capitals_where_a_clause_follows() -> None:
    order = read_order("A. Words\n1. Tools, says\nB. Smith, cut.\nB. Tools\n- 1. Sharp.")
    assert order.headings == {"A": "Words", "B": "Tools"}
    assert order.clauses == {"A.1": "Tools, says B. Smith, cut.", "B.1": "Sharp."}


def test_a_letter_i_is_a_letter_after_h_and_else_a_roman_number() -> None:
    letters = "".join(f"{letter}. Cut.\n" for letter in "abcdefghij")
    order = read_order(f"A. WORDS\n1. Tool.\n{letters}i. Cut.\nii. Cut.")
    assert list(order.clauses)[-4:] == ["A.1.i", "A.1.j", "A.1.j.i", "A.1.j.ii"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, 'no section was found, such as "A. DEFINITIONS"'),
        ("Dear reader,\n1. Tool.\n", 0, "no section was found"),
        ("A. WORDS\n", 0, "no clause was found"),
        ("B. WORDS\n1. Tool.", 1, "section A was expected, B found"),
        ("A. WORDS\n1. Tool.\n\nC. MORE\n1. Tool.", 4, "section B was expected, C found"),
        ("A. WORDS\n2. Tool.", 2, "2. found where 1. was expected"),
        ("A. WORDS\n1. Tool.\n - a. Saw.\n - c. Axe.", 4, "c. found where b. or 2. or (1)"),
        ("A. WORDS\n1. Tool\n - 3. Saw.", 3, "3. found where 2. or a. was expected"),
        ("A. WORDS\na. Tool.", 2, "a. found where 1. was expected"),
        ("A. WORDS\n1. Tool.\n2.\n3. Saw.", 3, "clause A.2 has no words"),
    ],
)
def test_errors_name_the_line_and_what_was_expected(text: str, line: int, words: str) -> None:
    with pytest.raises(OrderError) as caught:
        read_order(text)
    assert caught.value.line == line
    assert words in caught.value.why


@pytest.mark.parametrize("start", ["12. ", "c. ", "(4) ", "D. LAW "])
def test_a_sentence_may_break_before_what_looks_like_a_marker(start: str) -> None:
    order = read_order(f"A. WORDS\n1. As said in section\n{start}of the law.")
    assert order.clauses == {"A.1": f"As said in section {start}of the law."}


def test_changes_between_editions() -> None:
    found = changes(read_order(FIRST).clauses, read_order(SECOND).clauses)
    assert found
    assert found.added == {"A.2.c": "A slow slip is one that takes a year."}
    assert found.removed == {"D.1.b": "How many work."}
    assert found.reworded == {
        "B.1.b": ("After the harbour course.", "After the harbour course and its test.")
    }


def test_white_space_quotes_and_dashes_are_no_change() -> None:
    old = {"A.1": 'A "sharp"  tool - it\'s here', "A.2": "x"}
    new = {"A.1": "A “sharp” tool—it’s\nhere", "A.2": "x"}
    assert not changes(old, new)
    assert changes(old, old | {"A.2": "X"}).reworded == {"A.2": ("x", "X")}


def test_parents() -> None:
    chain = ["A.3.b(1)(a).ii", "A.3.b(1)(a)", "A.3.b(1)", "A.3.b", "A.3", "A", ""]
    assert [parent(clause) for clause in chain[:-1]] == chain[1:]
    assert [parent(other) for other in ("completeness", "", "(1)", ".a")] == [""] * 4


LABELS = [
    lambda n: f"{n}.",
    lambda n: f"{chr(96 + n)}.",
    lambda n: f"({n})",
    lambda n: f"({chr(96 + n)})",
]


@dataclass
class Clause:
    words: list[str]
    below: list["Clause"] = field(default_factory=list)


WORD = st.text("abcdefghXYZ", min_size=2, max_size=9)
ENDED = st.tuples(WORD, st.sampled_from([".", ";", ":", ",", "", "–", ")"])).map("".join)
WORDS = st.lists(ENDED, min_size=1, max_size=8)


def trees(depth: int) -> st.SearchStrategy[list[Clause]]:
    below = trees(depth - 1) if depth else st.just([])
    return st.lists(st.builds(Clause, WORDS, below), max_size=12 if depth == 3 else 2)


ORDERS = st.lists(trees(3), min_size=1, max_size=4).filter(any)
HEADER = "9.09 MADE UP 01-02-2026"


def rendered(draw: st.DataObject, sections: list[list[Clause]]) -> tuple[str, dict[str, str]]:
    """A published text, with all the mess, and the clauses that it holds."""
    lines = [HEADER, "Purpose", "None."]
    clauses: dict[str, str] = {}

    def add(clause: Clause, under: str, depth: int, ordinal: int) -> None:
        label = LABELS[depth](ordinal)
        bullet = draw.draw(st.sampled_from(["", " - ", "- ", "• ", "\t", "    "]))
        cut = draw.draw(st.integers(1, len(clause.words)))
        lines.append(f"{bullet}{label} {' '.join(clause.words[:cut])}")
        if rest := clause.words[cut:]:
            lines.append(" " * draw.draw(st.integers(0, 3)) + " ".join(rest))
        lines.extend(draw.draw(st.sampled_from([[], [], [""], ["", "12", "", HEADER]])))
        name = under + (label if label.startswith("(") else f".{label.rstrip('.')}")
        clauses[name] = " ".join(clause.words)
        for place, child in enumerate(clause.below, 1):
            add(child, name, depth + 1, place)

    for letter, section in zip("ABCDEFGH", sections, strict=False):
        lines.append(f"{letter}. SECTION {letter}")
        for place, clause in enumerate(section, 1):
            add(clause, letter, 0, place)
    return draw.draw(st.sampled_from(["\n", "\r\n"])).join(lines), clauses


@settings(max_examples=50, deadline=None)
@given(ORDERS, st.data())
def test_any_order_reads_back_as_it_was_written(
    sections: list[list[Clause]], draw: st.DataObject
) -> None:
    text, clauses = rendered(draw, sections)
    order = read_order(text)
    assert order.clauses == clauses
    assert list(order.clauses) == list(clauses)
    assert len(order.headings) == len(sections)
