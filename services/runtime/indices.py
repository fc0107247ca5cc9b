"""Names of Blotter's Elasticsearch indices."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Indices:
    """Names under one prefix; events are kept in an index a month, read through an alias."""

    prefix: str

    @property
    def events(self) -> str:
        """Alias over all months."""
        return f"{self.prefix}-events"

    def events_of(self, time: datetime) -> str:
        """The index of the month in which an event happened (UTC)."""
        return f"{self.prefix}-events-{time:%Y.%m}"

    @property
    def findings(self) -> str:
        return f"{self.prefix}-findings"

    @property
    def finding_history(self) -> str:
        return f"{self.prefix}-finding-history"

    @property
    def rejected(self) -> str:
        return f"{self.prefix}-rejected"

    @property
    def metrics(self) -> str:
        return f"{self.prefix}-metrics"

    @property
    def progress(self) -> str:
        return f"{self.prefix}-progress"
