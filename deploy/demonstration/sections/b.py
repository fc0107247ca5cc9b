"""B: official purposes, trained people, reviewed content, protected data, agreements."""

from schemas.events import Event

from .. import filing
from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story


def stories(ago: Ago) -> list[Story]:
    """In the order of the clauses."""
    return [
        *_purposes(ago),
        *_trainings(ago),
        *_bias_reviews(ago),
        *_mitigations(ago),
        *_protected_data(ago),
        *_agreements(ago),
    ]


def _purposes(ago: Ago) -> list[Story]:
    fine = t.draft("for-the-records", ago(12.1), "E-101", purpose="administrative")
    other = t.draft("for-no-stated-purpose", ago(12.2), "E-102", purpose="not_stated")
    test = t.plate_search("plate-to-test", ago(12.3), "E-106", "Test")
    admin = t.draft(
        "tested-by-an-administrator",
        ago(12.4),
        "E-104",
        purpose="system_test",
        account_kind="administrative",
    )
    ends = {fine: "compliant", other: "undetermined", test: "undetermined", admin: "compliant"}
    return [Story("B.2.a", of.subject, verdict, (of,)) for of, verdict in ends.items()]


def _trainings(ago: Ago) -> list[Story]:
    """Before the use; whether people are trained now is told under G."""
    fine = t.draft("by-a-trained-officer", ago(11), "E-105")
    new = filing.employee("E-201", ago(30 * DAY))
    too_early = t.draft("before-any-training", ago(11), "E-201")
    return [
        Story("B.2.b", fine.subject, "compliant", (fine,)),
        Story("B.2.b", too_early.subject, "violation", (new, too_early)),
    ]


def _bias_reviews(ago: Ago) -> list[Story]:
    fine = t.draft("reviewed-for-bias", ago(10.5), "E-107")
    never = t.draft("not-reviewed-for-bias", ago(10.4), "E-108")
    offline = t.draft("reviewed-for-bias-offline", ago(10.3), "E-109")
    lacks = ["content_bias"]
    late = t.reviewed(offline, ago(10.1), "content_bias")
    return [
        Story("B.3", fine.subject, "compliant", t.proper(fine, ago(10))),
        Story("B.3", never.subject, "violation", t.proper(never, ago(10), lacks=lacks)),
        Story("B.3", offline.subject, WITHDRAWN, t.proper(offline, ago(10), lacks=lacks), (late,)),
    ]


def _mitigations(ago: Ago) -> list[Story]:
    """Within a week after the review that found bias."""

    def found(name: str, days: float, ends: str, mitigated: float | None = None) -> Story:
        of = t.draft(name, ago(days * DAY), "E-110")
        review = t.reviewed(of, ago(days * DAY - 1), "content_bias", "bias_found")
        steps = [] if mitigated is None else [t.mitigated(of.subject, ago(mitigated * DAY))]
        return Story("B.3.a", of.subject, ends, (of, review, *steps))

    return [
        found("bias-mitigated", 10, "compliant", 8),
        found("bias-never-mitigated", 9, "violation"),
        found("bias-mitigated-late", 11, "cured", 1),
        found("bias-of-this-week", 2, "pending"),
    ]


def _protected_data(ago: Ago) -> list[Story]:
    fine = t.draft("record-under-safeguards", ago(13), "E-111", data_classes=["cji"])
    unsafe = t.translation("statement-translated", ago(5 * DAY), "E-112", data_classes=["cji"])
    found = {"class": "pii", "kind": "ssn", "digest": "hmac:5e1f"}
    silent = t.draft("number-that-nobody-declared", ago(13), "E-101", detected=[found], scanner="1")
    return [
        Story("B.4.a", fine.subject, "compliant", (fine,)),
        Story("B.4.a", unsafe.subject, "violation", (unsafe,)),
        Story("B.4.a", silent.subject, "undetermined", (silent,)),
    ]


def _agreements(ago: Ago) -> list[Story]:
    """The translator's agreement has lapsed, the image studio's is about to."""
    since = ago(200 * DAY)

    def agreed(name: str, end: float, vendor: str, capability: str, **data: object) -> list[Event]:
        agreement = {"from": since.isoformat(), "to": ago(end).isoformat()}
        own = {"vendor": vendor, "families": ["generative"], "capabilities": [capability], **data}
        return [
            filing.system(name, since, exchange_agreement=agreement, **own),
            filing.audited(name, ago(20 * DAY)),
        ]

    before = t.translation("translated-under-the-agreement", ago(4 * DAY), "E-102")
    after = t.translation("translated-after-the-agreement", ago(20), "E-103")
    lapsed = agreed("translator", 3 * DAY, "Babel", "translation", safeguards=None)
    ending = agreed("image-studio", -20 * DAY, "Lumen", "image")
    return [
        Story("B.4.b", "system/report-writer", "compliant"),
        Story("B.4.b", "system/translator", "violation", tuple(lapsed)),
        Story("B.4.b", "system/image-studio", "pending", tuple(ending)),
        Story("B.4.b", before.subject, "compliant", (before,)),
        Story("B.4.b", after.subject, "violation", (after,)),
    ]
