"""Presidio's recognisers within the scanner; most need the extra, and are skipped without it."""

import importlib.util
import socket
from typing import Any

import pytest

from schemas.scanner import digest, scan
from services.intake.settings import IntakeSettings
from services.runtime import presidio
from services.runtime.settings import WrongSetting, read

KEY = b"a department's key"
INSTALLED = importlib.util.find_spec("presidio_analyzer") is not None
needs_presidio = pytest.mark.skipif(not INSTALLED, reason="the extra `presidio` is not installed")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something asks the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_none_are_asked_for() -> None:
    assert presidio.recognisers(" ") == ()


@pytest.mark.skipif(INSTALLED, reason="Presidio is installed")
def test_a_missing_extra_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOTTER_DIGEST_KEY", "long enough")
    monkeypatch.setenv("BLOTTER_SCANNER_PRESIDIO", "US_SSN")
    with pytest.raises(WrongSetting, match=r"BLOTTER_SCANNER_PRESIDIO: .*blotter\[presidio\]"):
        read(IntakeSettings)


@needs_presidio
@pytest.mark.parametrize(
    ("name", "text", "kind", "data_class", "normal"),
    [
        ("IBAN_CODE", "to GB82 WEST 1234 5698 7654 32", "iban_code", "pii", None),
        ("IbanRecognizer", "to GB82WEST12345698765432", "iban_code", "pii", None),
        ("UsPassportRecognizer", "his passport 912803456", "us_passport", "pii", "912803456"),
        ("US_MBI", "1EG4-TE5-MK73", "us_mbi", "phi", "1EG4TE5MK73"),
    ],
)
def test_finds_by_class_or_entity(
    name: str, text: str, kind: str, data_class: str, normal: str | None
) -> None:
    extra = presidio.recognisers(name)
    [hit] = [hit for hit in scan(text, KEY, extra) if hit.kind == f"presidio_{kind}"]
    assert hit.data_class == data_class
    assert hit.digest == digest(normal or "GB82WEST12345698765432", KEY)


@needs_presidio
def test_a_weak_pattern_needs_a_word_that_names_it() -> None:
    assert scan("number 912803456", KEY, presidio.recognisers("US_PASSPORT")) == []


@needs_presidio
@pytest.mark.parametrize("name", ["EmailRecognizer", "SpacyRecognizer", "Nobody", "PERSON"])
def test_what_is_not_there_or_not_offline_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="works offline"):
        presidio.recognisers(name)


@needs_presidio
def test_every_recogniser_works_offline() -> None:
    names = ",".join(presidio._known())
    text = "a@example.org 536-22-1234 4111111111111111 10.0.0.1 https://example.org/x A12345678"
    scan(text, KEY, presidio.recognisers(names))
