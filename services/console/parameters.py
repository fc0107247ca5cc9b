"""Query parameters of the pages: what may be asked for, and links that ask for it."""

from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlencode

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic import model_validator as check
from starlette.datastructures import QueryParams

from schemas.finding_review import ReviewStatus

PAGE_SIZE = 25
LAST_PAGE = 10_000 // PAGE_SIZE
"""Elasticsearch pages through 10,000 hits; whoever needs more has to filter."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2200, 1, 1))]
Page = Annotated[int, Field(ge=1), AfterValidator(lambda page: min(page, LAST_PAGE))]
"""Whoever asks for a page beyond the last gets that, which says that there is nothing on it."""
Family = Literal["generative", "perceptive", "predictive"]


class BadParameter(ValueError):
    """A query parameter that means nothing: its name, and why in plain words."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class Query(BaseModel):
    """Checked parameters of one page; what is not given has its default."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    from_: Day | None = Field(None, alias="from")
    to: Day | None = None

    @check(mode="after")
    def _days_in_order(self) -> Self:
        if self.from_ and self.to and self.to < self.from_:
            raise BadParameter("to", "is before “from”")
        return self

    def url(self, path: str, **changes: Any) -> str:
        """A link to `path` with these parameters, changed; None takes one away."""
        given = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        given.pop("page", None)
        merged = {**given, **changes}
        return link(path, **merged)

    def given(self) -> dict[str, Any]:
        """What differs from the defaults, paging and sorting aside."""
        given = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {name: value for name, value in given.items() if name not in ("page", "sort")}


class NoQuery(BaseModel):
    """Of a page that takes no parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InboxQuery(Query):
    """`view`: of all that the viewer may see, what is theirs to look at, or what should have been
    looked at by now. `state`: `open` leaves out what people have dismissed or closed. `entry`: only
    the findings of one entry, each by itself. `trial`: those by rules on trial, which are left out
    unless it is given."""

    q: Words = ""
    view: Literal["mine", "overdue", "all"] | None = None
    state: Literal["open", "decided", "withdrawn", "all"] = "open"
    status: ReviewStatus | None = None
    assignee: Words | None = None
    verdict: Literal["violation", "undetermined", "cured"] | None = None
    severity: Literal["high", "medium", "low"] | None = None
    clause: Words | None = None
    system: Words | None = None
    unit: Words | None = None
    employee: Words | None = None
    family: Family | None = None
    trial: Literal["only", "all"] | None = None
    sort: Literal["pressing", "newest", "oldest", "severity", "occurred", "deadline"] | None = None
    entry: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None
    page: Page = 1

    @property
    def order(self) -> str:
        """What the list is sorted by: what is theirs to look at by how pressing it is."""
        return self.sort or ("pressing" if self.view == "mine" else "newest")


class FindingQuery(BaseModel):
    """`sent`: the event of an action that was just recorded. `at`: when, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sent: Annotated[str, Field(max_length=200)] | None = None
    at: Annotated[int, Field(ge=0, le=10**11)] = 0


class DashboardQuery(Query):
    system: Words | None = None
    unit: Words | None = None
    family: Family | None = None


class RejectedQuery(Query):
    source: Words | None = None
    reason: Annotated[str, Field(max_length=8000)] | None = None
    page: Page = 1


AnyQuery = TypeVar("AnyQuery", bound=BaseModel)


def parse(kind: type[AnyQuery], parameters: QueryParams) -> AnyQuery:
    """Check parameters; an empty one counts as not given. Raises BadParameter."""
    given: dict[str, str] = {}
    for name, value in parameters.multi_items():
        if name in given:
            raise BadParameter(name, "is given more than once")
        if value.strip():
            given[name] = value
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        wrong = first.get("ctx", {}).get("error")
        if isinstance(wrong, BadParameter):
            raise wrong from None
        raise BadParameter(str(first["loc"][0]), _why(dict(first))) from None


def link(path: str, **parameters: Any) -> str:
    """A path with its query; parameters that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def _why(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "is not something that this page can be asked for"
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected']}"
    if error["type"].startswith("date"):
        return "must be a day such as 2025-10-31, between the years 1970 and 2200"
    return str(error["msg"]).removeprefix("Input ")
