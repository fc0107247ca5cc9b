"""D: what perceptive AI finds is a lead, documented, and no more; searches state their reasons."""

from schemas.ai import UseRecorded
from schemas.events import Event

from .. import filing
from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story


def stories(ago: Ago) -> list[Story]:
    """In the order of the clauses."""
    return [*_only_leads(ago), *_arrests(ago), *_leads(ago), *_faces(ago), *_plates(ago)]


def _only_leads(ago: Ago) -> list[Story]:
    lead = t.face_search("face-taken-for-a-lead", ago(45), "E-101")
    proof = t.face_search("face-taken-for-proof", ago(44), "E-102")
    as_lead = t.put_to_use(lead, ago(44.5), "case_file", treated_as="lead")
    as_proof = t.put_to_use(proof, ago(43.5), "case_file", treated_as="identification")
    return [
        Story("D.1.a", lead.subject, "compliant", (lead, as_lead)),
        Story("D.1.a", proof.subject, "violation", (proof, as_proof)),
    ]


def _arrests(ago: Ago) -> list[Story]:
    """What an arrest rests on is a lead too, and documented in time."""

    def arrested(name: str, ends: str, *others: dict[str, str]) -> Story:
        match = t.face_search(f"face-before-{name}", ago(42), "E-103")
        use_id = match.data.use_id
        bases = ({"kind": "perceptive_result", "use_id": use_id}, *others)
        taken = t.arrest(name, ago(40), "E-103", *bases)
        report = t.documented(match, ago(41), f"R-{name}")
        return Story("D.1.b", taken.subject, ends, (match, report, taken))

    unfounded = t.arrest("arrest-on-no-stated-grounds", ago(39), "E-104")
    lineup = {"kind": "lineup", "derived_from": "face-before-arrest-on-a-match"}
    return [
        arrested("arrest-with-a-witness", "compliant", {"kind": "witness"}),
        arrested("arrest-on-a-match", "violation", lineup),
        Story("D.1.b", unfounded.subject, "undetermined", (unfounded,)),
    ]


def _leads(ago: Ago) -> list[Story]:
    """D.2, with its deadline of 24 hours after the first use as a lead."""
    report = t.face_search("lead-in-a-report", ago(50), "E-104")
    dispatch = t.face_search("lead-in-the-cad-log", ago(49), "E-105")
    never = t.face_search("lead-never-documented", ago(48), "E-106")
    late = t.face_search("lead-documented-late", ago(52), "E-107")
    fresh = t.face_search("lead-of-this-hour", ago(0.6), "E-108")
    noted = t.face_search("lead-in-private-notes", ago(47), "E-109")
    offline = t.face_search("lead-documented-offline", ago(46), "E-110")
    searched = {report: 50, dispatch: 49, never: 48, late: 52, fresh: 0.6, noted: 47, offline: 46}

    def story(of: UseRecorded, ends: str, *events: Event, later: tuple[Event, ...] = ()) -> Story:
        lead = t.put_to_use(of, ago(searched[of] - 0.5), "lead", treated_as="lead")
        return Story("D.2", of.subject, ends, (of, lead, *events), later)

    return [
        story(report, "compliant", t.documented(report, ago(45), "R-26-1041")),
        story(dispatch, "compliant", t.documented(dispatch, ago(44), "CAD-26-88", t.CAD)),
        story(never, "violation"),
        story(late, "cured", t.documented(late, ago(20), "R-26-1042")),
        story(fresh, "pending"),
        story(noted, "undetermined", t.documented(noted, ago(40), "note 7", t.NOTEBOOK)),
        story(offline, WITHDRAWN, later=(t.documented(offline, ago(40), "R-26-1043"),)),
    ]


def _faces(ago: Ago) -> list[Story]:
    fine = t.face_search("face-with-authorization", ago(16), "E-111")
    bare = t.face_search("face-without-authorization", ago(15), "E-112", authorization_ref=None)
    return [
        Story("D.3", fine.subject, "compliant", (fine,)),
        Story("D.3", bare.subject, "violation", (bare,)),
    ]


def _plates(ago: Ago) -> list[Story]:
    """Here a search without a purpose is one whose purpose nobody can call official (B.2.a)."""
    fine = t.plate_search("plate-with-a-purpose", ago(15), "E-101", "stolen vehicle 26-3312")
    blank = t.plate_search("plate-without-a-purpose", ago(14), "E-102", " ")
    waived = t.plate_search("plate-waived", ago(13), "E-103", None)
    wrong = t.plate_search("plate-with-the-purpose-lost", ago(12), "E-104", None)
    right = t.plate_search(
        "plate-with-the-purpose-lost", ago(12), "E-104", "hit and run", note="again"
    )
    waivers = [
        filing.waiver("employee/E-103", ago(13.5), clause, ago(-DAY), "Undercover detail")
        for clause in ("D.4", "B.2.a")
    ]
    lost = t.retracted(wrong, ago(1), "L-1", "The export had cut the reason off")
    return [
        Story("D.4", fine.subject, "compliant", (fine,)),
        Story("D.4", blank.subject, "violation", (blank,)),
        Story("B.2.a", blank.subject, "undetermined"),
        Story("D.4", waived.subject, "waived", (*waivers, waived)),
        Story("B.2.a", waived.subject, "waived"),
        Story("D.4", wrong.subject, WITHDRAWN, (wrong,), (lost, right)),
        Story("B.2.a", wrong.subject, WITHDRAWN),
    ]
