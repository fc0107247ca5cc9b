"""Settings of the dashboards, records and exports, prefix BLOTTER_."""

from typing import Annotated

from pydantic import Field

from services.runtime.settings import Seconds, Settings


class CountingSettings(Settings):
    """How the dashboards count.

    console_dashboard_seconds: how old a dashboard's numbers may be. console_registry_seconds: how
    old what they know of employees, trainings and systems may be. console_due_days: how soon a duty
    is due soon. console_export_batch: rows that an export asks Elasticsearch for at once.
    """

    console_dashboard_seconds: Annotated[float, Field(ge=0)] = 5.0
    console_registry_seconds: Seconds = 10.0
    console_due_days: Annotated[float, Field(gt=0, le=365)] = 7.0
    console_export_batch: Annotated[int, Field(ge=1, le=10_000)] = 1000
    console_services: dict[str, Annotated[str, Field(pattern=r"^https?://")]] = {
        "gateway": "http://127.0.0.1:8391/health",
        "intake": "http://127.0.0.1:9101/health",
        "checker": "http://127.0.0.1:9102/health",
        "indexer": "http://127.0.0.1:9103/health",
        "recheck": "http://127.0.0.1:9104/health",
        "alerter": "http://127.0.0.1:9106/health",
    }
    console_services_seconds: Seconds = 1.0
