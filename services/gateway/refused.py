"""A request that is refused as a whole, and the answer that says so."""

from collections.abc import Mapping


class Refused(Exception):
    """Nothing of the request was accepted. The message is for the sender's engineer."""

    def __init__(
        self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """`reason`: one word for the metrics. `headers`: what the answer says besides."""
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})


def come_back(status: int, reason: str, message: str, seconds: int) -> Refused:
    """The same request will do, later."""
    return Refused(status, reason, message, {"Retry-After": str(seconds)})
