"""F: what AI must never be used for."""

from datetime import timedelta

from schemas.events import Event

from .. import filing
from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story


def stories(ago: Ago) -> list[Story]:
    """In the order of the clauses."""
    return [
        *_harassment(ago),
        *_patterns(ago),
        *_likenesses(ago),
        *_personal(ago),
        *_shares(ago),
        *_users(ago),
        *_retention(ago),
        *_surveillance(ago),
        *_public_platform(ago),
    ]


def _harassment(ago: Ago) -> list[Story]:
    use = t.draft("letter-to-a-neighbour", ago(60), "E-107")
    sustained = t.complaint("IA-81", ago(19), "E-107", "harassment", of=use)
    unfounded = t.complaint("IA-82", ago(19), "E-108", "intimidation", "not_sustained")
    return [
        Story("F.1.a", use.subject, "violation", (use, sustained)),
        Story("F.1.a", "employee/E-108", "compliant", (unfounded,)),
    ]


def _patterns(ago: Ago) -> list[Story]:
    """One car, searched for five times in three days: with a case, and with none."""

    def searched(who: str, ends: str, **case: str) -> Story:
        known = [filing.employee(who, ago(90 * DAY)), filing.trained(who, ago(80 * DAY))]
        searches = [
            t.plate_search(
                f"same-car-{who}-{number + 1}",
                ago(80 - 12 * number),
                who,
                "suspicious vehicle",
                target_digest=f"hmac:{who}",
                **case,
            )
            for number in range(5)
        ]
        return Story("F.1.a", f"employee/{who}", ends, (*known, *searches))

    return [searched("E-208", "undetermined"), searched("E-209", "compliant", case_number="26-77")]


def _likenesses(ago: Ago) -> list[Story]:
    def altered(
        name: str, ends: str, shown: str | None, *consents: Event, later: tuple[Event, ...] = ()
    ) -> Story:
        shows = [] if shown is None else [shown]
        of = t.picture(name, ago(18), "E-102", *shows, altered=True)
        return Story("F.1.b", of.subject, ends, (*consents, of), later)

    consented = [filing.consent(who, ago(30 * DAY)) for who in ("E-103", "E-105", "E-107")]
    withdrawn = filing.consent("E-105", ago(3 * DAY), granted=False)
    return [
        altered("portrait-with-consent", "compliant", "E-103", consented[0]),
        altered("portrait-without-consent", "violation", "E-104"),
        altered("portrait-after-consent", "violation", "E-105", consented[1], withdrawn),
        altered("portrait-of-nobody-named", "undetermined", None),
        altered("portrait-with-consent-on-paper", WITHDRAWN, "E-107", later=(consented[2],)),
    ]


def _personal(ago: Ago) -> list[Story]:
    """F.1.c; what is personal serves no official purpose either (B.2.a)."""
    fine = t.draft("official", ago(16), "E-111")
    personal = t.draft("birthday-speech", ago(16), "E-112", purpose="personal")
    wrong = t.draft("marked-personal-by-mistake", ago(15), "E-101", purpose="personal")
    right = t.draft("marked-personal-by-mistake", ago(15), "E-101", note="again")
    mended = t.retracted(wrong, ago(1), "L-1", "Wrong item picked from the list")
    about = {"E-110": ("sustained", "violation"), "E-104": ("not_sustained", "compliant")}
    return [
        Story("F.1.c", fine.subject, "compliant", (fine,)),
        Story("F.1.c", personal.subject, "violation", (personal,)),
        Story("B.2.a", personal.subject, "violation"),
        Story("F.1.c", wrong.subject, WITHDRAWN, (wrong,), (mended, right)),
        Story("B.2.a", wrong.subject, WITHDRAWN),
        *(
            Story(
                "F.1.c",
                f"employee/{who}",
                ends,
                (t.complaint(f"IA-{who}", ago(18), who, "unauthorized_sharing", finding),),
            )
            for who, (finding, ends) in about.items()
        ),
    ]


def _shares(ago: Ago) -> list[Story]:
    """F.1.c within the department; what leaves it is told under H."""
    recipients = (
        ("to-a-colleague", "E-105", "compliant"),
        ("to-a-former-colleague", "E-190", "violation"),
        ("to-someone-unknown", "E-999", "undetermined"),
    )
    within = [
        Story("F.1.c", f"share/{name}", ends, (t.shared(name, ago(17), "E-106", "employee", whom),))
        for name, whom, ends in recipients
    ]
    return [*within, Story("F.1.c", "share/to-another-agency", "not_applicable")]


def _users(ago: Ago) -> list[Story]:
    """Who may use AI, and for what."""
    suspended = t.draft("by-a-suspended-officer", ago(20), "E-206")
    analyst = t.draft("report-by-an-analyst", ago(20), "E-207")
    analysis = t.draft("analysis-by-an-analyst", ago(19), "E-207", purpose="data_analysis")
    unknown = t.draft("by-someone-unknown", ago(20), "E-998")
    only = ["data_analysis"]
    on_file = [
        filing.employee("E-206", ago(90 * DAY)),
        filing.employee("E-206", ago(3 * DAY), status="suspended"),
        filing.employee("E-207", ago(90 * DAY), role="analyst", authorized_purposes=only),
        *(filing.trained(who, ago(80 * DAY)) for who in ("E-206", "E-207")),
    ]
    snooped = t.complaint("IA-83", ago(18), "E-103", "unlawful_access")
    in_doubt = ["G.1", *(f"G.1.{topic}" for topic in "abcdefg")]
    return [
        Story("F.1.d", suspended.subject, "violation", (*on_file, suspended)),
        Story("F.1.d", analyst.subject, "violation", (analyst,)),
        Story("F.1.d", analysis.subject, "compliant", (analysis,)),
        Story("F.1.d", "employee/E-103", "violation", (snooped,)),
        Story("F.1.d", unknown.subject, "undetermined", (unknown,)),
        # Whether somebody unknown was trained is unknown too.
        Story("B.2.b", unknown.subject, "undetermined"),
        *(Story(clause, "employee/E-998", "undetermined") for clause in in_doubt),
    ]


def _retention(ago: Ago) -> list[Story]:
    kept = {t.REPORT_WRITER: (90, "compliant"), t.REDACTOR: (400, "violation")}
    told = []
    for source, (days, ends) in kept.items():
        oldest = (ago(0) - timedelta(days=days)).date()
        report = t.oldest_record(source, ago(2), oldest)
        told.append(Story("F.1.d", report.subject, ends, (report,)))
    return told


def _surveillance(ago: Ago) -> list[Story]:
    bases = {
        "watched-on-a-warrant": (["warrant", "race"], "compliant"),
        "watched-for-religion": (["religion"], "violation"),
        "watched-for-no-stated-reason": ([], "undetermined"),
    }
    told = []
    for name, (grounds, ends) in bases.items():
        of = t.face_search(name, ago(21), "E-105", surveillance={"bases": grounds})
        told.append(Story("F.1.e", of.subject, ends, (of,)))
    return told


def _public_platform(ago: Ago) -> list[Story]:
    """A chatbot that the public uses too, with safeguards since half a day."""
    classes = {"F.2.a": "pii", "F.2.b": "cori", "F.2.c": "cji", "F.2.d": "phi"}
    since = ago(200 * DAY)
    chat = filing.system(
        "public-chat",
        since,
        vendor="Parley",
        families=["generative"],
        capabilities=["text"],
        publicly_accessible=True,
        safeguards={"from": ago(12).isoformat()},
    )
    unsafe, safe = (
        t.question(t.PUBLIC_CHAT, name, ago(hours), "E-106", data_classes=[*classes.values()])
        for name, hours in (("records-in-a-public-chat", 20), ("records-in-a-safe-chat", 6))
    )
    return [
        Story("F.2.a", unsafe.subject, "violation", (chat, unsafe)),
        Story("F.2.a", safe.subject, "compliant", (safe,)),
        *(Story(clause, unsafe.subject, "violation") for clause in [*classes][1:]),
        *(Story(clause, safe.subject, "compliant") for clause in [*classes][1:]),
        # Nor may protected data go anywhere else without safeguards.
        Story("B.4.a", unsafe.subject, "violation"),
        Story("B.4.a", safe.subject, "compliant"),
    ]
