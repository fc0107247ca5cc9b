"""H: how AI systems are acquired, audited, and what becomes of their data."""

from typing import Any

from schemas.events import Event

from .. import filing
from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story


def stories(ago: Ago) -> list[Story]:
    """In the order of the clauses."""
    return [
        *_shadow_ai(ago),
        *_city_it(ago),
        *_procurements(ago),
        *_audits(ago),
        *_audit_elements(ago),
        *_transfers(ago),
    ]


def _perceptive(system_id: str, ago: Ago, days: float, **data: Any) -> Event:
    """A system of another vendor, approved so many days ago."""
    own = {"vendor": "Keystone", "families": ["perceptive"], "capabilities": ["object_search"]}
    return filing.system(system_id, ago(days * DAY), **(own | data))


def _shadow_ai(ago: Ago) -> list[Story]:
    """What the city's web proxy sees people use: one that nobody registered, one whose
    registration is on its way."""
    fine = t.draft("on-an-approved-system", ago(22), "E-104")
    shadow = t.question(t.WEB_PROXY, "on-a-website", ago(22), "E-105", system_id="free-chatbot")
    late = t.question(t.WEB_PROXY, "on-a-new-system", ago(22), "E-106", system_id="law-finder")
    registered = filing.system(
        "law-finder", ago(30 * DAY), vendor="Acme", families=["generative"], capabilities=["text"]
    )
    return [
        Story("H.1.a", fine.subject, "compliant", (fine,)),
        Story("H.1.a", shadow.subject, "violation", (shadow,)),
        Story("H.1.a", late.subject, WITHDRAWN, (late,), (registered,)),
    ]


def _city_it(ago: Ago) -> list[Story]:
    alone = _perceptive("drone-video", ago, 40, city_it_coordinated_on=None)
    coordinated = ago(30 * DAY).date().isoformat()
    afterwards = _perceptive("school-cameras", ago, 50, city_it_coordinated_on=coordinated)
    return [
        Story("H.1.a", "system/report-writer", "compliant"),
        Story("H.1.a", alone.subject, "violation", (alone,)),
        Story("H.1.a", afterwards.subject, "cured", (afterwards,)),
    ]


def _procurements(ago: Ago) -> list[Story]:
    def day(days: float) -> str:
        return ago(days * DAY).date().isoformat()

    begun = {"began_on": day(20)}
    proposed = filing.procurement("Tip line", ago(25 * DAY), "proposed")
    fine = filing.procurement(
        "Fleet cameras", ago(20 * DAY), "solicited", ai_officer_engaged_on=day(30), **begun
    )
    after = filing.procurement(
        "Jail cameras", ago(15 * DAY), "awarded", ai_officer_engaged_on=day(15), **begun
    )
    offline, known = (
        filing.procurement("Radio summaries", ago(days * DAY), "solicited", **begun, **engaged)
        for days, engaged in ((20, {}), (19, {"ai_officer_engaged_on": day(40)}))
    )
    return [
        Story("H.1.b", proposed.subject, "pending", (proposed,)),
        Story("H.1.b", fine.subject, "compliant", (fine,)),
        Story("H.1.b", after.subject, "violation", (after,)),
        Story("H.1.b", offline.subject, WITHDRAWN, (offline,), (known,)),
    ]


def _audits(ago: Ago) -> list[Story]:
    """Every year, counted from the approval."""
    never = _perceptive("evidence-search", ago, 400)
    late = _perceptive("tattoo-search", ago, 500)
    soon = _perceptive("vehicle-search", ago, 345)
    offline = _perceptive("logo-search", ago, 400)
    return [
        Story("H.2", "system/report-writer", "compliant"),
        Story("H.2", never.subject, "violation", (never,)),
        Story(
            "H.2", late.subject, "cured", (late, filing.audited("tattoo-search", ago(100 * DAY)))
        ),
        Story("H.2", soon.subject, "pending", (soon,)),
        Story(
            "H.2",
            offline.subject,
            WITHDRAWN,
            (offline,),
            (filing.audited("logo-search", ago(90 * DAY)),),
        ),
    ]


def _audit_elements(ago: Ago) -> list[Story]:
    """Two audits, each of one half of what is to be looked at."""
    halves = {
        "shoe-search": ("effectiveness", "accuracy"),
        "paint-search": ("access_and_use", "no_transfer"),
    }
    clauses = {
        "effectiveness": "H.2.a",
        "accuracy": "H.2.b",
        "access_and_use": "H.2.c",
        "no_transfer": "H.2.d",
    }
    told = []
    for name, looked_at in halves.items():
        on_file: tuple[Event, ...] = (
            _perceptive(name, ago, 200),
            filing.audited(name, ago(10 * DAY), *looked_at),
        )
        for element, clause in clauses.items():
            ends = "compliant" if element in looked_at else "violation"
            told.append(Story(clause, f"system/{name}", ends, on_file))
            on_file = ()
    return told


def _transfers(ago: Ago) -> list[Story]:
    law = {"legal_basis": "mutual aid agreement"}
    sold = {"manner": "sold", "legal_basis": "a contract"}
    told: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
        ("to-another-agency", "compliant", "agency", "Yolo County", law),
        ("to-an-agency-without-a-basis", "violation", "agency", "Yolo County", {}),
        ("sold-to-a-broker", "violation", "other", "a data broker", sold),
    )
    return [
        Story(
            "H.2.d", f"share/{name}", ends, (t.shared(name, ago(17), "E-106", kind, whom, **data),)
        )
        for name, ends, kind, whom, data in told
    ]
