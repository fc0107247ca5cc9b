"""A product that forecasts where crime is likely: predictive AI.

Set BLOTTER_SOURCE, BLOTTER_SYSTEM_ID and BLOTTER_KAFKA (or BLOTTER_GATEWAY and BLOTTER_API_KEY),
then run it: `python crime_forecast.py`. Python 3.9 or later, nothing but `blotter-emitter`.
"""

import hashlib
import hmac
import os
import sys
import threading
from datetime import date, timedelta
from typing import NamedTuple

from blotter_emitter import Emitter, Use

SECRET = os.environ.get("ACME_SECRET", "made up; the product's own secret stays there").encode()


def model(records: str) -> dict[str, float]:
    """Stands in for the product's own model: expected incidents by district."""
    if not records:
        raise ValueError("there are no records")
    return {"Central": 3.0, "Harbor": float(len(records) % 3)}


def digest(data: str) -> str:
    """Names the data that a forecast rests on, without telling what is in it."""
    return hmac.new(SECRET, data.encode(), hashlib.sha256).hexdigest()


class Forecast(NamedTuple):
    """What the product keeps with a forecast: the use that made it, and an id of its own."""

    use: Use
    output_id: str
    expected: dict[str, float]


def forecast(emitter: Emitter, employee_id: str, records: str) -> Forecast:
    """Somebody asks for a forecast: this is the use."""
    with emitter.use(
        employee_id=employee_id,
        family="predictive",
        capability="crime_forecast",
        purpose="crime_forecasting",
        input_digest=digest(records),
        data_classes=["cji"],
    ) as use:
        use.model(provider="acme", name="hotspots", version="12")
        expected = model(records)
    return Forecast(use, f"forecast-{use.use_id}", expected)


def review(emitter: Emitter, made: Forecast, reviewer_id: str, kind: str, outcome: str) -> None:
    """A person has looked for bias in the product's review screen, before the forecast is used.

    `kind`: input_bias (the data) or output_bias (the forecast). `outcome`: clear or bias_found.
    Leave this out if the department reviews elsewhere.
    """
    reviewed = {
        "use_id": made.use.use_id,
        "output_id": made.output_id,
        "reviewer_id": reviewer_id,
        "kind": kind,
        "outcome": outcome,
    }
    emitter.emit(
        {
            "type": "oversight.review.completed.v1",
            "subject": f"use/{made.use.use_id}",
            "data": reviewed,
        }
    )


def deploy(made: Forecast) -> None:
    """Patrols are sent by it: the output is used, so both reviews must have been before."""
    made.use.output_used(output_id=made.output_id, output_kind="forecast", used_for="deployment")


def evaluate(emitter: Emitter, errors: dict[str, tuple[float, int]]) -> None:
    """How often last month's forecasts were wrong, and of how many, by district."""
    for district, (error_rate, forecasts) in errors.items():
        emitter.output_evaluated(
            metric="error_rate", value=error_rate, sample_size=forecasts, group=district
        )


def keep_telling(emitter: Emitter, ending: threading.Event, every_seconds: float = 60) -> None:
    """Tell that the product lives, as often as was agreed; a product runs this in a thread."""
    while not ending.wait(every_seconds):
        emitter.heartbeat()


def demonstrate(emitter: Emitter) -> None:
    """A short day of two people, with made-up data; `blotter-certify` runs it too."""
    emitter.heartbeat()
    for employee_id, reviewer_id in (("E-17", "E-23"), ("E-23", "E-17")):
        made = forecast(emitter, employee_id, "incidents of the last year")
        review(emitter, made, reviewer_id, "input_bias", "clear")
        review(emitter, made, reviewer_id, "output_bias", "clear")
        deploy(made)
    evaluate(emitter, {"Central": (0.12, 310), "Harbor": (0.13, 280)})  # once a month
    emitter.retention_reported(oldest_record_on=date.today() - timedelta(days=30))  # once a day
    emitter.heartbeat()


def fail(emitter: Emitter) -> None:
    """The same where the model cannot answer: a use that failed was a use, and is told."""
    forecast(emitter, "E-17", records="")


def main() -> int:
    """One emitter for as long as the process runs, shared by its threads."""
    emitter = Emitter.from_environment()
    ending = threading.Event()
    threading.Thread(target=keep_telling, args=(emitter, ending), daemon=True).start()
    demonstrate(emitter)  # here the product does its work
    ending.set()
    is_whole = emitter.close(timeout=10) and not emitter.stats.dropped
    print("acknowledged:" if is_whole else "not all of it:", emitter.stats)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
