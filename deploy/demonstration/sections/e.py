"""E: forecasts and their data are reviewed for bias, and what is found is mitigated."""

from schemas.ai import UseRecorded
from schemas.events import Event

from .. import telling as t
from ..story import DAY, WITHDRAWN, Ago, Story

_BOTH = ("input_bias", "output_bias")


def stories(ago: Ago) -> list[Story]:
    """In the order of the clauses."""
    return [*_reviews(ago), *_mitigations(ago)]


def _reviews(ago: Ago) -> list[Story]:
    """A week ago the system was reviewed for two weeks; forecasts before have to be by themselves.

    In its data bias was found, and mitigated.
    """
    covered = {"covers_from": ago(7 * DAY).isoformat(), "covers_to": ago(-7 * DAY).isoformat()}
    of_system = tuple(
        t.system_review("hotspots", ago(7 * DAY - 1), kind, outcome, **covered)
        for kind, outcome in zip(_BOTH, ("bias_found", "clear"), strict=True)
    )
    this_week = t.forecast("beats-of-this-week", ago(30), "E-105")
    no_input = t.forecast("data-not-reviewed", ago(10 * DAY), "E-106")
    no_output = t.forecast("forecast-not-reviewed", ago(9 * DAY), "E-107")
    offline = t.forecast("forecast-reviewed-offline", ago(8 * DAY), "E-108")

    def used(of: UseRecorded, days: float, *kinds: str) -> tuple[Event, ...]:
        reviews = [t.reviewed(of, ago(days * DAY - 1), kind) for kind in kinds]
        return of, *reviews, t.put_to_use(of, ago(days * DAY - 2), "deployment")

    mitigated = t.mitigated("system/hotspots", ago(6 * DAY))
    return [
        Story("E.1.a", this_week.subject, "compliant", (*of_system, *used(this_week, 30 / DAY))),
        Story("E.1.b", this_week.subject, "compliant"),
        Story("E.1.a", no_input.subject, "violation", used(no_input, 10, "output_bias")),
        Story("E.1.b", no_output.subject, "violation", used(no_output, 9, "input_bias")),
        Story(
            "E.1.b",
            offline.subject,
            WITHDRAWN,
            used(offline, 8, "input_bias"),
            (t.reviewed(offline, ago(8 * DAY - 1), "output_bias"),),
        ),
        Story("E.1.c", "system/hotspots", "compliant", (mitigated,)),
    ]


def _mitigations(ago: Ago) -> list[Story]:
    """Within a week after the review that found bias."""

    def found(name: str, days: float, ends: str, mitigated: float | None = None) -> Story:
        of = t.forecast(name, ago(days * DAY), "E-109")
        review = t.reviewed(of, ago(days * DAY - 1), "output_bias", "bias_found")
        steps = [] if mitigated is None else [t.mitigated(of.subject, ago(mitigated * DAY))]
        return Story("E.1.c", of.subject, ends, (of, review, *steps))

    return [
        found("biased-forecast", 12, "violation"),
        found("biased-forecast-mitigated-late", 11, "cured", 1),
        found("biased-forecast-of-this-week", 2, "pending"),
    ]
