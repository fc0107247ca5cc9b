"""`blotter-certify`: demonstrations that run, files, what is written, and the exit status."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from blotter_emitter.certify.command import main

SOURCE = "/vendors/acme/report-writer"
SNAPSHOT = Path(__file__).parent / "certification" / "report.txt"
PRODUCT = '''
"""A product's own module, with demonstrations of several kinds."""
import hashlib, hmac, time
from blotter_emitter import Emitter


def keyed(text):
    return hmac.new(b"a secret of the product", text.encode(), hashlib.sha256).hexdigest()


def good(emitter):
    for who, name in (("E-17", "one"), ("E-23", "two")):
        with emitter.use(
            employee_id=who, family="generative", capability="text", purpose="report_writing",
            data_classes=["pii"],
        ) as use:
            use.model(provider="acme", name="writer", version="3")
        use.output_used(
            output_id=name, output_kind="text", used_for="report", final_document=True,
            disclosure="Drafted with the help of AI.", document_id=name, output_digest=keyed(name),
        )
    emitter.heartbeat()


async def later(emitter):
    good(emitter)


def without_argument():
    good(Emitter.from_environment())


def closing():
    emitter = Emitter.from_environment()
    good(emitter)
    emitter.close(timeout=1.3)


def failing(emitter):
    with emitter.use(
        employee_id="E-17", family="generative", capability="text", purpose="report_writing"
    ):
        raise RuntimeError("the model is away, and SSN 536-22-1234 was in the prompt")


def waiting(emitter):
    good(emitter)
    assert emitter.flush(1.5)


def wrong(emitter):
    good(emitter)
    emitter.output_evaluated(metric="charm", value=1, sample_size=1)
    emitter.output_evaluated(metric="wit", value=1, sample_size=1)


def endless(emitter):
    time.sleep(60)


constant = 5
'''


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the product, in which the command runs."""
    (tmp_path / "acme.py").write_text(PRODUCT)
    monkeypatch.chdir(tmp_path)
    for name in ("BLOTTER_SOURCE", "BLOTTER_SYSTEM_ID", "BLOTTER_DIGEST_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def statuses(folder: Path) -> dict[str, str]:
    found = json.loads((folder / "certification.json").read_text())
    return {result["id"]: result["status"] for result in found["results"]}


def test_a_good_demonstration_is_certified_and_filed(product: Path) -> None:
    status = main(["acme:good", "--source", SOURCE, "--failing", "acme:failing"])
    found = json.loads((product / "certification.json").read_text())
    captured = (product / "certification.jsonl").read_bytes()
    assert (status, found["certified"]) == (0, True)
    assert found["rests_on"] == {
        "origin": "a run of acme:good",
        "events": 5,
        "sha256": hashlib.sha256(captured).hexdigest(),
    }
    assert (found["vendor"], found["product"]) == ("acme", "report-writer")
    assert found["versions"].keys() == {"emitter", "contract", "scanner", "python"}
    assert statuses(product)["failures-told"] == statuses(product)["quick-when-away"] == "passed"
    page = (product / "certification.html").read_text()
    assert found["verdict"] in page
    # What was captured can be certified again, whoever holds it.
    assert main(["certification.jsonl", "--out", "again"]) == 0


@pytest.mark.parametrize("name", ["later", "without_argument"])
def test_a_demonstration_may_be_asynchronous_or_make_its_own_emitter(
    product: Path, name: str
) -> None:
    assert main([f"acme:{name}", "--source", SOURCE]) == 0
    assert json.loads((product / "certification.json").read_text())["rests_on"]["events"] == 5


def test_closing_in_a_request_is_found_out(product: Path) -> None:
    assert main(["acme:closing", "--source", SOURCE]) == 1
    wrong = {name for name, status in statuses(product).items() if status == "failed"}
    assert wrong == {"quick-when-away"}


def test_reporting_that_waits_is_found_out(
    product: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["acme:waiting", "--source", SOURCE, "--slack", "0.5"]) == 1
    wrong = {name for name, status in statuses(product).items() if status == "failed"}
    assert wrong == {"quiet-when-away", "quick-when-away"}
    assert "AssertionError in acme.py, line" in capfd.readouterr().out


def test_every_event_that_the_emitter_refused_is_told(
    product: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["acme:wrong", "--source", SOURCE]) == 1
    told = capfd.readouterr().out
    assert told.count("data.metric") == 2
    assert "wit" not in told.replace("with", "")


def test_what_is_raised_is_told_without_its_message(
    product: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["acme:failing", "--source", SOURCE]) == 1
    assert statuses(product)["returns"] == "failed"
    assert "536-22-1234" not in capfd.readouterr().out
    assert "536-22-1234" not in (product / "certification.html").read_text()


def test_what_never_returns_is_stopped(product: Path) -> None:
    assert main(["acme:endless", "--source", SOURCE, "--timeout", "1.5"]) == 1
    assert statuses(product)["returns"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["acme:good"], "which source?"),
        (["acme:nothing", "--source", SOURCE], "acme:nothing could not be run"),
        (["acme:constant", "--source", SOURCE], "acme:constant could not be run"),
        (["nowhere:good", "--source", SOURCE], "nowhere:good could not be run"),
        (["acme:good", "--source", "acme"], "acme:good could not be run"),
        (["nowhere.jsonl"], "nowhere.jsonl"),
        (["acme.py", "--families", "psychic"], "--families: unknown: psychic"),
        (["acme.py", "--declare", "charm=none"], "--declare: there is no requirement charm"),
        (["acme.py", "--declare", "disclosure"], "--declare disclosure: needs a reason"),
    ],
)
def test_usage(
    product: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(arguments) == 2
    assert told in capfd.readouterr().err
    assert not list(product.glob("certification.*"))


def test_the_report_of_a_file_word_for_word(
    product: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (product / "events.jsonl").write_bytes((SNAPSHOT.parent / "events.jsonl").read_bytes())
    arguments = ["--declare", "disclosure=drafts only", "--families", "generative,perceptive"]
    assert main(["events.jsonl", *arguments]) == 1
    told = capfd.readouterr().out
    assert told == SNAPSHOT.read_text()


class Page(HTMLParser):
    """Notes what a page is made of, and that its elements close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_lets_nothing_in(product: Path) -> None:
    events = (SNAPSHOT.parent / "events.jsonl").read_text()
    (product / "events.jsonl").write_text(events.replace('"ev-', '"<script>alert(1)</script>-'))
    main(["events.jsonl", "--product", "<b>R&D</b>", "--declare", "disclosure=<i>"])
    text = (product / "certification.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    names = [tag for tag, _ in page.seen]
    assert not {"script", "link", "img", "iframe", "b\n", "i"} & set(names)
    assert not re.search(r"https?://|url\(|@import|\son\w+=", text)
    links = {attributes["href"] for tag, attributes in page.seen if tag == "a"}
    targets = {"#" + str(attributes.get("id")) for _, attributes in page.seen}
    assert links and links <= targets
    assert [names.count(tag) for tag in ("h1", "main", "title")] == [1, 1, 1]
    assert page.seen[0] == ("html", {"lang": "en"})
