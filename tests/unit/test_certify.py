"""Each requirement from both sides: a good integration, and what one fault changes."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from blotter_emitter.certify import About, Evidence, Report, Run, certify, items_of
from blotter_emitter.certify.judging import known_ids
from blotter_emitter.certify.requirements import CHAPTERS

SOURCE = "/vendors/acme/assistant"
NOON = datetime(2026, 3, 2, 12, 0, 0, 120_000, UTC)
NOW = NOON + timedelta(hours=1)
ABOUT = About("acme", "assistant", "a test", "0" * 64)
RUN = Run(0.1)

Json = dict[str, Any]


def keyed(text: str) -> str:
    return hmac.digest(b"a key of the product", text.encode(), "sha256").hex()


class Product:
    """Writes events down as the emitter does."""

    def __init__(self) -> None:
        self.events: list[Json] = []

    def tell(self, kind: str, subject: str, **data: Any) -> Json:
        number = len(self.events) + 1
        event = {
            "specversion": "1.0",
            "id": f"ev-{number}",
            "source": SOURCE,
            "type": kind,
            "subject": subject,
            "time": (NOON + timedelta(seconds=number)).isoformat(timespec="microseconds"),
            "sequence": str(number),
            "instance": "host-1",
            "data": data,
        }
        self.events.append(event)
        return event

    def use(self, use_id: str, **data: Any) -> Json:
        common = {"use_id": use_id, "system_id": "assistant", "employee_id": "E-17"}
        model = {"provider": "acme", "name": "m", "version": "3"}
        return self.tell("ai.use.recorded.v1", f"use/{use_id}", **common | {"model": model} | data)

    def output(self, use_id: str, **data: Any) -> Json:
        common = {"use_id": use_id, "output_id": f"O-{use_id}", "employee_id": "E-17"}
        return self.tell("ai.output.used.v1", f"use/{use_id}", **common | data)

    def keep_up(self) -> None:
        system = {"system_id": "assistant"}
        for group in ("north", "south"):
            measured = {"metric": "accuracy", "value": 0.9, "sample_size": 400, "group": group}
            self.tell("ai.output.evaluated.v1", "system/assistant", **system | measured)
        kind = "ai.retention.reported.v1"
        self.tell(kind, "system/assistant", **system, oldest_record_on="2026-01-01")
        for _ in range(2):
            counts = {"emitted": len(self.events), "dropped": 0, "spooled": 0}
            self.tell("ai.source.heartbeat.v1", f"source{SOURCE}", **counts)


def generative() -> list[Json]:
    product = Product()
    for number, who in enumerate(["E-17", "E-23"]):
        name = f"U-{number}"
        words = {"family": "generative", "capability": "text", "purpose": "report_writing"}
        product.use(name, employee_id=who, data_classes=["pii"], **words)
        document = {"final_document": True, "disclosure": "Drafted with AI.", "document_id": "R-9"}
        digest = keyed(name)
        kind = {"output_kind": "text", "used_for": "report", "output_digest": digest}
        product.output(name, **document | kind)
        asked = {"use_id": name, "output_id": f"O-{name}", "employee_id": who}
        product.tell("oversight.approval.requested.v1", f"use/{name}", **asked)
    product.keep_up()
    return product.events


def perceptive() -> list[Json]:
    product = Product()
    searches = [("E-17", "a"), ("E-23", "a"), ("E-23", "b"), ("E-17", "c")]
    for number, (who, plate) in enumerate(searches):
        name = f"U-{number}"
        stated = {"purpose_text": "Stolen vehicle", "case_number": "26-1234"}
        kind = {"family": "perceptive", "capability": "alpr", "purpose": "investigation"}
        watched = {"target_digest": keyed(plate), "surveillance": {"bases": ["suspected_crime"]}}
        declared = {"data_classes": ["cji"], "employee_id": who}
        product.use(name, **kind | stated | watched | declared)
        product.output(name, output_kind="match", used_for="lead", treated_as="lead")
    product.keep_up()
    return product.events


def predictive() -> list[Json]:
    product = Product()
    for number, who in enumerate(["E-17", "E-23"]):
        name = f"U-{number}"
        kind = {
            "family": "predictive",
            "capability": "crime_forecast",
            "purpose": "crime_forecasting",
        }
        declared = {"data_classes": ["cji"], "input_digest": keyed("input"), "employee_id": who}
        product.use(name, **kind | declared)
        product.output(name, output_kind="forecast", used_for="deployment")
    product.keep_up()
    return product.events


FAMILIES: dict[str, Callable[[], list[Json]]] = {
    "generative": generative,
    "perceptive": perceptive,
    "predictive": predictive,
}


def report(events: list[Json], **known: Any) -> Report:
    lines = "\n".join(map(json.dumps, events)).encode()
    shown: Json = {"cadence": 60.0, "run": RUN, "away": RUN, "failing": RUN._replace(reported=1)}
    evidence = Evidence(items_of(lines, known.pop("received", NOW)), NOW, **shown | known)
    return certify(evidence, ABOUT, {})


def opened(found: Report) -> dict[str, str]:
    """What is open, and how."""
    return {result.id: result.status for result in found.results if result.is_open}


def text(found: Report, name: str) -> str:
    return next(result.text for result in found.results if result.id == name)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_good_integration_leaves_nothing_open_but_advice(family: str) -> None:
    found = report(FAMILIES[family]())
    assert opened(found) == {}
    assert found.certified
    assert found.families == (family,)


# One fault, and exactly what it opens.


class Fault(NamedTuple):
    family: str
    of: Callable[[list[Json]], Any]
    opens: dict[str, str]
    told: str = ""
    known: Json = {}


def all_of(kind: str, **data: Any) -> Callable[[list[Json]], None]:
    """Set fields of every event of a type; None takes them away."""

    def change(events: list[Json]) -> None:
        for event in events:
            if kind in event["type"]:
                event["data"].update(data)
                event["data"] = {k: v for k, v in event["data"].items() if v is not None}

    return change


def first_of(kind: str, **data: Any) -> Callable[[list[Json]], None]:
    def change(events: list[Json]) -> None:
        all_of(kind, **data)([next(event for event in events if kind in event["type"])])

    return change


def without(kind: str) -> Callable[[list[Json]], None]:
    def change(events: list[Json]) -> None:
        events[:] = [event for event in events if kind not in event["type"]]
        for number, event in enumerate(events, 1):
            event["sequence"] = str(number)

    return change


def envelope(place: int, **fields: Any) -> Callable[[list[Json]], None]:
    return lambda events: events[place].update(fields)


def every(**fields: Any) -> Callable[[list[Json]], None]:
    def change(events: list[Json]) -> None:
        for event in events:
            event.update(fields)

    return change


def rounded(form: str) -> Callable[[list[Json]], None]:
    def change(events: list[Json]) -> None:
        for number, event in enumerate(events):
            event["time"] = (NOON + timedelta(minutes=number)).strftime(form)

    return change


def together(time: str) -> Callable[[list[Json]], None]:
    def change(events: list[Json]) -> None:
        for event in events[-3:]:
            event["time"] = time

    return change


def twice(events: list[Json]) -> None:
    events.append(events[0])


def twice_with_other_words(events: list[Json]) -> None:
    events.append({**events[0], "data": {**events[0]["data"], "latency_ms": 1}})


def no_vendor(events: list[Json]) -> None:
    for event in events:
        event["source"] = "/records/assistant"
        event["subject"] = event["subject"].replace("source/vendors/acme", "source/records")


def image(events: list[Json]) -> None:
    all_of("use.recorded", capability="image")(events)
    all_of("output.used", output_kind="image")(events)


def altered(**data: Any) -> Callable[[list[Json]], None]:
    def change(events: list[Json]) -> None:
        image(events)
        all_of("use.recorded", **data)(events)

    return change


def faces(**data: Any) -> Callable[[list[Json]], None]:
    return all_of("use.recorded", capability="face_recognition", **data)


def plain_hash(events: list[Json]) -> None:
    digest = hashlib.sha256(b"8ABC123").hexdigest()
    first_of("use.recorded", purpose_text="Plate 8abc-123 stolen", target_digest=digest)(events)


def beat_late(events: list[Json]) -> None:
    events[-1]["time"] = (NOON + timedelta(minutes=4)).isoformat(timespec="microseconds")


def failed(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "failed")


def missing(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "not_shown")


SSN = "536-22-1234"
AGO = NOW + timedelta(days=2)
GEN, PER, PRE = FAMILIES

FAULTS: dict[str, Fault] = {
    "a family unheard of": Fault(
        GEN,
        first_of("output.evaluated", metric="charm"),
        failed("valid"),
        "data.metric",
    ),
    "stamped by the sender": Fault(
        GEN, envelope(6, receivedtime="2026-03-02T12:00:00Z"), failed("valid")
    ),
    "too long": Fault(GEN, first_of("evaluated", extensions={"x": "y" * 300_000}), failed("valid")),
    "lost by the emitter": Fault(
        GEN, list, failed("nothing-lost"), "2 event(s)", {"run": Run(0.1, "", ("2 event(s) lost",))}
    ),
    "the same event twice is harmless": Fault(GEN, twice, {}),
    "one id, two events": Fault(GEN, twice_with_other_words, failed("unique-ids")),
    "another source": Fault(GEN, envelope(2, source="/vendors/acme/x"), failed("one-source")),
    "not a vendor's": Fault(PER, no_vendor, failed("one-source")),
    "another system": Fault(GEN, first_of("use.", system_id="x"), failed("own-systems")),
    "another system, declared": Fault(
        GEN, first_of("use.", system_id="x"), {}, known={"declared_systems": ("assistant", "x")}
    ),
    "a fact of the registry": Fault(
        GEN,
        lambda events: events[2].update(type="registry.x.changed.v1"),
        failed("own-types"),
        "registry.x.changed.v1",
    ),
    "whole seconds": Fault(GEN, rounded("%Y-%m-%dT%H:%M:%SZ"), failed("time-in-hundredths")),
    "one whole second, by chance": Fault(GEN, envelope(2, time="2026-03-02T12:02:00Z"), {}),
    "a batch in one whole second, by chance": Fault(GEN, together("2026-03-02T12:02:00Z"), {}),
    "rounded to the minute": Fault(
        GEN,
        rounded("%Y-%m-%dT%H:%M:00.00Z"),
        failed("time-in-hundredths"),
        "whole minutes",
    ),
    "a constant time": Fault(GEN, every(time="2026-03-02T12:00:00.12Z"), failed("time-moves")),
    "ahead of its time": Fault(
        GEN, envelope(2, time="2026-03-02T13:05:00.13Z"), failed("time-not-ahead")
    ),
    "two days late": Fault(GEN, list, failed("told-at-once"), known={"received": AGO}),
    "not numbered": Fault(GEN, every(sequence=None), failed("numbered")),
    "a gap": Fault(GEN, envelope(-1, sequence="99"), failed("gapless")),
    "a number twice": Fault(GEN, envelope(-1, sequence="10"), failed("gapless")),
    "a service": Fault(GEN, first_of("use.", employee_id="svc-1"), failed("person")),
    "the product itself": Fault(GEN, first_of("use.", employee_id="ACME"), failed("person")),
    "a template": Fault(GEN, first_of("use.", employee_id="{user}"), failed("person")),
    "a shared account": Fault(
        GEN, first_of("use.", account_kind="shared"), failed("person"), "from a shared account"
    ),
    "a test by an administrator": Fault(
        GEN, first_of("use.", account_kind="administrative", purpose="system_test"), {}
    ),
    "always the same person": Fault(
        GEN, all_of("use.", employee_id="E-1"), missing("several-people")
    ),
    "no purpose": Fault(GEN, all_of("use.", purpose="not_stated"), failed("purpose-stated")),
    "once no purpose": Fault(GEN, first_of("use.", purpose="not_stated"), {}),
    "other, without a word": Fault(
        GEN, first_of("use.", purpose="other"), failed("other-in-words")
    ),
    "other, in words": Fault(GEN, first_of("use.", purpose="other", purpose_text="Jury duty"), {}),
    "an investigation of nothing": Fault(
        GEN, first_of("use.", purpose="investigation"), failed("case-of-investigation")
    ),
    "an investigation of an incident": Fault(
        GEN, first_of("use.", purpose="investigation", incident_number="26-5"), {}
    ),
    "a family that is not shown": Fault(
        GEN,
        list,
        missing("families-shown", "outputs-told", "lead-only", "same-target-same-digest"),
        "perceptive",
        {"declared_families": (GEN, PER)},
    ),
    "a plate search that is called text": Fault(
        GEN,
        first_of("use.", capability="alpr"),
        failed("family-fits"),
        "alpr is not generative AI",
    ),
    "no output is told": Fault(PER, without("output.used"), missing("outputs-told", "lead-only")),
    "an output of nothing": Fault(
        PRE,
        lambda events: events[1].update(
            subject="use/U-9", data={**events[1]["data"], "use_id": "U-9"}
        ),
        failed("use-known"),
    ),
    "used before it was made": Fault(
        GEN, envelope(1, time="2026-03-02T11:00:00.12Z"), failed("used-after-made")
    ),
    "used in the instant": Fault(GEN, lambda events: events[1].update(time=events[0]["time"]), {}),
    "one id for all outputs": Fault(
        PRE, all_of("output.used", output_id="O"), failed("output-ids-own")
    ),
    "a match of a text": Fault(
        GEN, first_of("output.used", output_kind="match"), failed("output-kind-fits")
    ),
    "an approval of an unknown output": Fault(
        GEN, first_of("approval", output_id="O-9"), failed("oversight-known")
    ),
    "an approval of an unknown use": Fault(
        GEN, first_of("approval", use_id="U-9"), failed("oversight-known")
    ),
    "final or not": Fault(GEN, first_of("output.used", final_document=None), failed("final-told")),
    "no disclosure": Fault(GEN, all_of("output.used", disclosure=" "), failed("disclosure")),
    "no final document": Fault(
        GEN, all_of("output.used", final_document=False), missing("disclosure")
    ),
    "a document without a name": Fault(
        GEN, first_of("output.used", document_id=None), failed("document-named")
    ),
    "which version": Fault(
        GEN, first_of("output.used", output_digest=None), failed("version-told")
    ),
    "no approval is asked for": Fault(GEN, without("approval"), missing("approval-asked")),
    "a picture of whom": Fault(GEN, image, failed("likeness-told")),
    "a picture of somebody altered": Fault(
        GEN, altered(alters_likeness=True), failed("likeness-told"), "depicted_employees"
    ),
    "a picture of nobody": Fault(GEN, altered(alters_likeness=False), {}),
    "a picture of one": Fault(GEN, altered(alters_likeness=True, depicted_employees=["E-2"]), {}),
    "redaction of what": Fault(
        GEN, first_of("use.", capability="redaction"), failed("redaction-input")
    ),
    "a search without a reason": Fault(
        PER, first_of("use.", purpose_text=None), failed("reason-in-words")
    ),
    "a search that says nothing": Fault(
        PER, first_of("use.", purpose_text=" TEST! "), failed("reason-in-words"), "says nothing"
    ),
    "a search without a case": Fault(
        PER,
        first_of("use.", case_number=None, purpose="training_exercise"),
        failed("case-of-search"),
    ),
    "a search for an incident": Fault(
        PER, all_of("use.", case_number=None, incident_number="26-5"), {}
    ),
    "a face without authority": Fault(PER, faces(), failed("face-authorised")),
    "a face with authority": Fault(PER, faces(authorization_ref="FR-1"), {}),
    "a face for an incident": Fault(
        PER,
        faces(authorization_ref="FR-1", case_number=None, incident_number="26-5"),
        failed("case-of-search"),
    ),
    "no target": Fault(
        PER,
        lambda events: all_of("use.", target_digest=None)(events[-7:]),
        failed("target-digested"),
        "missing",
    ),
    "a plate in clear": Fault(
        PER,
        lambda events: all_of("use.", target_digest="8ABC123")(events[-7:]),
        failed("target-digested", "digests-keyed"),
        "in clear",
    ),
    "a salt": Fault(
        PER,
        lambda events: all_of("use.", target_digest=keyed("salt"))(events[:2]),
        missing("same-target-same-digest"),
        "no digest comes twice",
    ),
    "a constant for a target": Fault(
        PER, all_of("use.", target_digest=keyed("a")), missing("same-target-same-digest")
    ),
    "an identification": Fault(
        PER, first_of("output.used", treated_as="identification"), failed("lead-only")
    ),
    "taken for nothing": Fault(PER, first_of("output.used", treated_as=None), failed("lead-only")),
    "no grounds": Fault(PER, first_of("use.", surveillance=None), failed("grounds-told")),
    "protected grounds only": Fault(
        PER,
        first_of("use.", surveillance={"bases": ["religion", "race"]}),
        failed("grounds-told"),
        "protected",
    ),
    "one ground of two is protected": Fault(
        PER, first_of("use.", surveillance={"bases": ["religion", "warrant"]}), {}
    ),
    "a forecast of nothing": Fault(
        PRE, first_of("use.", input_digest=None), failed("inputs-named")
    ),
    "which model": Fault(
        PRE, first_of("use.", model={"provider": "a", "name": "m"}), failed("model-version")
    ),
    "one group": Fault(PRE, all_of("evaluated", group="north"), missing("measured-by-group")),
    "content": Fault(
        GEN, first_of("use.", content="Dear Sir"), failed("no-content"), "content was sent"
    ),
    "a number in a purpose": Fault(
        GEN,
        first_of("use.", purpose_text=f"about {SSN}"),
        failed("nothing-in-clear"),
        "us_ssn in data.purpose_text",
    ),
    "a number in an extension": Fault(
        GEN,
        first_of("use.", extensions={"driverLicence": ["D1234567"]}),
        failed("nothing-in-clear"),
        "data.extensions",
    ),
    "a number for a name": Fault(
        GEN, first_of("use.", extensions={SSN: 1}), failed("nothing-in-clear"), "data.extensions"
    ),
    "a number in a disclosure": Fault(
        GEN, first_of("output.used", disclosure=f"With AI, for {SSN}"), failed("nothing-in-clear")
    ),
    "a number for an id": Fault(GEN, envelope(-1, id=SSN), failed("nothing-in-clear"), "in id"),
    "a case and a plate in a purpose": Fault(
        PER, first_of("use.", purpose_text="Case no. 26-123456, plate 8ABC123"), {}
    ),
    "a short digest": Fault(GEN, first_of("use.", input_digest="a1b2c3"), failed("digests-keyed")),
    "a digest of one character": Fault(
        GEN, first_of("use.", input_digest="0" * 64), failed("digests-keyed")
    ),
    "a hash without a key": Fault(
        PER,
        plain_hash,
        failed("digests-keyed") | missing("same-target-same-digest"),
        "without a key",
    ),
    "a digest in base64": Fault(
        GEN, first_of("use.", input_digest="q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="), {}
    ),
    "found and not declared": Fault(
        GEN,
        first_of(
            "use.",
            detected=[{"class": "cji", "kind": "x", "digest": keyed("x")}],
            scanner="s",
        ),
        failed("classes-declared"),
        "cji found",
    ),
    "found in content and not declared": Fault(
        GEN,
        first_of("use.", data_classes=None, content=f"SSN {SSN}"),
        failed("classes-declared", "no-content"),
        "pii found",
    ),
    "nothing declared": Fault(GEN, all_of("use.", data_classes=None), missing("classes-declared")),
    "no heartbeat": Fault(GEN, without("heartbeat"), missing("heartbeat", "heartbeat-cadence")),
    "a heartbeat that counts too few": Fault(
        GEN, all_of("heartbeat", emitted=3), failed("heartbeat-counts")
    ),
    "a heartbeat that tells of losses": Fault(
        GEN, all_of("heartbeat", dropped=3), failed("heartbeat-counts"), "3 events were lost"
    ),
    "a heartbeat too late": Fault(GEN, beat_late, failed("heartbeat-cadence")),
    "how often": Fault(GEN, list, missing("heartbeat-cadence"), known={"cadence": None}),
    "no retention": Fault(GEN, without("retention"), missing("retention")),
    "kept since tomorrow": Fault(
        GEN, all_of("retention", oldest_record_on="2026-03-03"), failed("retention")
    ),
    "no measurement": Fault(GEN, without("evaluated"), missing("accuracy")),
    "no model": Fault(GEN, first_of("use.", model=None), failed("model-named")),
    "failures are not shown": Fault(GEN, list, missing("failures-told"), known={"failing": None}),
    "failures are not told": Fault(GEN, list, failed("failures-told"), known={"failing": RUN}),
    "it raises": Fault(GEN, list, failed("returns"), known={"run": Run(0.1, "KeyError in x.py")}),
    "it hangs": Fault(
        GEN, list, failed("returns") | missing("quick-when-away"), known={"run": Run(None)}
    ),
    "it raises when Kafka is away": Fault(
        GEN, list, failed("quiet-when-away"), known={"away": Run(0.1, "AssertionError in x.py")}
    ),
    "it waits when Kafka is away": Fault(
        GEN, list, failed("quick-when-away"), "1.3 s", known={"away": Run(1.3)}
    ),
    "it hangs when Kafka is away": Fault(
        GEN, list, failed("quick-when-away"), known={"away": Run(None)}
    ),
    "it is a little slower when Kafka is away": Fault(GEN, list, {}, known={"away": Run(1.0)}),
    "it was not run with Kafka away": Fault(
        GEN, list, missing("quiet-when-away", "quick-when-away"), known={"away": None}
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_opens_exactly(name: str) -> None:
    fault = FAULTS[name]
    events = FAMILIES[fault.family]()
    fault.of(events)
    found = report(events, **fault.known)
    assert opened(found) == fault.opens
    assert not fault.told or any(fault.told in text(found, each) for each in fault.opens)
    musts = {result.id for result in found.results if result.severity == "must"}
    assert found.certified == (not musts & fault.opens.keys())


def test_every_requirement_has_a_fault_that_opens_it() -> None:
    assert {name for fault in FAULTS.values() for name in fault.opens} == set(known_ids())


def test_requirements_explain_themselves() -> None:
    asked = [each for chapter in CHAPTERS for each in chapter.requirements]
    assert len({each.id for each in asked}) == len(asked)
    for each in asked:
        assert each.clauses and each.title and each.why.endswith(".") and each.mend.endswith(".")


def test_no_events_prove_nothing() -> None:
    found = report([])
    assert not found.certified
    assert opened(found)["valid"] == "not_shown"
    assert "failed" not in opened(found).values()


def test_lines_that_are_no_events_are_faults_and_stop_nothing() -> None:
    content = b'{"a": 1\n[1]\n' + json.dumps(generative()).encode()
    found = certify(Evidence(items_of(content), NOW), ABOUT, {})
    results = {result.id: result for result in found.results}
    assert results["valid"].text == ("2 of 13: is not JSON; is not a JSON object")
    assert results["valid"].events == ("event 1", "event 2")
    assert results["person"].status == "passed"


def test_a_report_names_faults_and_never_values() -> None:
    events = perceptive()
    all_of("use.", purpose_text=f"about {SSN}", employee_id="svc")(events)
    events[0]["id"] = f"use {SSN}"
    found = report(events).as_json()
    assert SSN not in found
    assert "[us_ssn]" in found


def test_a_check_that_cannot_cope_is_a_fault() -> None:
    events = generative()
    events[2]["data"]["use_id"] = [1]
    assert "could not be checked (TypeError)" in text(report(events), "oversight-known")


def test_a_file_is_not_asked_about_the_product() -> None:
    found = report(generative(), run=None, away=None, failing=None, received=None)
    statuses = {result.id: result.status for result in found.results}
    assert not statuses.keys() & {"nothing-lost", "returns", "quiet-when-away", "quick-when-away"}
    assert statuses["failures-told"] == statuses["told-at-once"] == "not_applicable"
    assert found.certified


def test_what_is_declared_is_no_longer_open_but_told() -> None:
    events = generative()
    all_of("output.used", final_document=False)(events)
    lines = json.dumps(events).encode()
    evidence = Evidence(items_of(lines), NOW)
    reasons = {"disclosure": "drafts only", "person": "ignored: it passed"}
    found = certify(evidence, ABOUT, reasons)
    assert found.certified
    assert [(each.id, each.declared) for each in found.declared] == [("disclosure", "drafts only")]
    assert found.verdict.startswith("Certified, 1 thing declared and not shown.")


def test_a_fault_cannot_be_declared_away() -> None:
    events = generative()
    all_of("output.used", disclosure=None)(events)
    evidence = Evidence(items_of(json.dumps(events).encode()), NOW)
    assert not certify(evidence, ABOUT, {"disclosure": "we never do"}).certified
