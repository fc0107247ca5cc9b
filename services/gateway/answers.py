"""The answers, in JSON; always of one shape."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse

from .judging import Result
from .refused import Refused

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def of_results(results: Sequence[Result]) -> JSONResponse:
    """202 if Kafka has all, 207 if some, 422 if none was fit to be accepted."""
    refused = sum(1 for result in results if result.line is None)
    status = 202 if not refused else 422 if refused == len(results) else 207
    body = {
        "accepted": len(results) - refused,
        "refused": refused,
        "results": [_told(result) for result in results],
    }
    return JSONResponse(body, status, _HEADERS)


def of_refusal(refused: Refused) -> JSONResponse:
    """Nothing was accepted, and no event was looked at by itself."""
    body = {"accepted": 0, "refused": 0, "results": [], "message": str(refused)}
    return JSONResponse(body, refused.status, _HEADERS | refused.headers)


def _told(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {} if result.event_id is None else {"id": result.event_id}
    if result.line is not None:
        return told | {"status": "accepted"}
    problems = [{"field": field, "message": message} for field, message in result.problems]
    return told | {"status": "refused", "problems": problems}
