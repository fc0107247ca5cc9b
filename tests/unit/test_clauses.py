"""The clause table, and the documents made from it and from the rule files."""

import pytest

from deploy import rule_docs
from schemas.policy import Policy
from services.order.clauses import CLAUSES, Clause
from services.order.rule import Rule
from services.order.rulebook import rulebook

BY_ID = {clause.id: clause for clause in CLAUSES}


def rows(page: str) -> list[list[str]]:
    """The cells of a coverage page's rows."""
    lines = [line for line in page.splitlines() if line.startswith("| **")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_each_clause_stands_once() -> None:
    assert len(BY_ID) == len(CLAUSES)


def test_only_informative_clauses_have_no_subject() -> None:
    assert all((clause.how == "informative") == (not clause.subjects) for clause in CLAUSES)


def test_every_clause_that_the_order_can_be_checked_by_is_there() -> None:
    """The rows of the table that says what each clause means as a check."""
    families = "A.1 A.2 A.3 A.4 A.5 A.6 A.7 B.1 B.2.a B.2.b B.3 B.3.a B.4.a B.4.b"
    people = "C.1.a C.1.b C.1.c C.2 C.2.a D.1.a D.1.b D.2 D.3 D.4 E.1.a E.1.b E.1.c"
    prohibited = "F.1.a F.1.b F.1.c F.1.d F.1.e F.2.a F.2.b F.2.c F.2.d"
    duties = "G.1 G.1.a G.1.b G.1.c G.1.d G.1.e G.1.f G.1.g H.1.a H.1.b H.2 H.2.a H.2.b H.2.c H.2.d"
    rows = f"{families} {people} {prohibited} {duties} completeness".split()
    assert list(BY_ID) == rows


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.id)
def test_every_clause_that_asks_for_something_has_a_rule(clause: Clause) -> None:
    rules = [rule for rule in rulebook() if clause.id in (rule.clause, *rule.also)]
    assert bool(rules) == (clause.how != "informative")
    assert {kind for rule in rules for kind in rule.kinds} == set(clause.subjects)
    assert clause.note


@pytest.mark.parametrize("rule", rulebook(), ids=lambda rule: rule.id)
def test_rule_says_what_would_have_been_compliant(rule: Rule) -> None:
    assert rule.remedy and not rule.remedy.endswith(".")
    assert all(Policy().setting(key) is not None for key in rule.settings)


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in rulebook()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("rule", rulebook(), ids=lambda rule: rule.id)
def test_rule_judges_a_known_clause_on_its_subjects(rule: Rule) -> None:
    assert set(rule.kinds) <= set(BY_ID[rule.clause].subjects)
    assert set(rule.also) <= BY_ID.keys()


def test_documents_are_up_to_date() -> None:
    assert rule_docs.drifted() == []


def test_pages_name_every_rule_and_every_clause() -> None:
    pages = rule_docs.documents()
    for rule in rulebook():
        assert f"## {rule.clause} {rule.title}" in pages["rules.md"]
        assert f"`{rule.id}` · version {rule.version} ·" in pages["rules.md"]
        assert f"Asks for: {rule.remedy}." in pages["rules.md"]
        assert all(f"`{key}` (" in pages["rules.md"] for key in rule.settings)
        assert f"`{rule.id}`" in pages["coverage.md"]
    assert {row[0].strip("*") for row in rows(pages["coverage.md"])} == set(BY_ID)


def test_no_row_of_the_coverage_is_empty() -> None:
    """Each says how its clause is judged and why, and by which rule, seen from both sides."""
    for row in rows(rule_docs.documents()["coverage.md"]):
        clause, title, judged, rule, *counts = row
        how, reason = judged.split(": ", 1)
        assert title and reason and how == BY_ID[clause.strip("*")].how
        if how == "informative":
            assert (rule, set(counts)) == ("none needed", {""})
        elif rule.startswith("within "):
            assert set(counts) == {""}
        else:
            assert rule.startswith("`") and sum(map(bool, counts)) >= 2


def test_a_clause_without_a_rule_says_so() -> None:
    page = rule_docs.coverage_page([])
    lacking = [row for row in rows(page) if row[3] == rule_docs.NO_RULE]
    asking = [clause.id for clause in CLAUSES if clause.how != "informative"]
    assert [row[0].strip("*") for row in lacking] == asking
    assert f"0 of {len(asking)} " in page
    assert "Without a rule: A.4, " in page


def test_a_clause_within_another_rule_says_so() -> None:
    exempting = next(rule for rule in rulebook() if "C.1.c" in rule.also)
    line = next(
        line
        for line in rule_docs.coverage_page([(exempting, [])]).splitlines()
        if line.startswith("| **C.1.c**")
    )
    assert f"within `{exempting.id}` ({exempting.clause})" in line


def test_drift_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    written = rule_docs.documents()["rules.md"]
    monkeypatch.setattr(rule_docs, "documents", lambda: {"rules.md": written + "more"})
    assert rule_docs.drifted() == ["rules.md"]
