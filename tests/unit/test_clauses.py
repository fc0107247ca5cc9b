"""The clause table, and the documents made from it and from the rule files."""

import pytest

from deploy import rule_docs
from services.order.clauses import CLAUSES
from services.order.rule import Rule
from services.order.rulebook import rulebook

BY_ID = {clause.id: clause for clause in CLAUSES}


def test_each_clause_stands_once() -> None:
    assert len(BY_ID) == len(CLAUSES)


def test_only_informative_clauses_have_no_subject() -> None:
    assert all((clause.how == "informative") == (not clause.subjects) for clause in CLAUSES)


@pytest.mark.parametrize("rule", rulebook(), ids=lambda rule: rule.clause)
def test_rule_judges_a_known_clause_on_its_subjects(rule: Rule) -> None:
    assert set(rule.kinds) <= set(BY_ID[rule.clause].subjects)
    assert set(rule.also) <= BY_ID.keys()


def test_documents_are_up_to_date() -> None:
    assert rule_docs.drifted() == []


def test_pages_name_every_rule_and_every_clause() -> None:
    pages = rule_docs.documents()
    for rule in rulebook():
        assert f"## {rule.clause} {rule.title}" in pages["rules.md"]
        assert f"`{rule.id}`" in pages["coverage.md"]
    for clause in CLAUSES:
        assert f"**{clause.id}**" in pages["coverage.md"]


def test_a_clause_without_a_rule_says_so() -> None:
    page = rule_docs.coverage_page([])
    assert "| **D.4** |" in page
    assert page.count("not built yet") >= sum(c.how != "informative" for c in CLAUSES)
    assert "0 of " in page


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
