"""What the alerts topic carries: one CloudEvent for every change of an alert.

Announced at least once and in order of `number` within an alert; a reader drops the numbers it
has seen.
"""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.contract.problems import FieldProblem, InvalidEvent, NotJson, field_problems
from shared.contract.strict_json import read_json

AlertKind = Literal["customer", "portfolio", "feed"]
AlertState = Literal[
    "open", "acknowledged", "working", "recovered", "lost", "dismissed", "withdrawn"
]
Severity = Literal["urgent", "warning", "watch"]
Change = Literal[
    "opened",
    "updated",
    "acknowledged",
    "working",
    "snoozed",
    "noted",
    "recovered",
    "lost",
    "dismissed",
    "withdrawn",
]


class _Announced(BaseModel):
    """Readers keep what a newer writer adds."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )


class MoneyAnswer(_Announced):
    """`amount` is decimal text."""

    amount: str
    currency: str


class AlertBody(_Announced):
    """An alert as it was at some moment; `customer` is null for alerts about a feed or all.

    `probability` (0 to 1) of buying less than half in the next eight weeks; null where the
    company's own customers have not told yet what scores stand for.
    """

    id: str
    kind: AlertKind
    customer: str | None
    rep: str | None
    state: AlertState
    severity: Severity
    score: float | None
    rank: int | None
    value_at_risk: MoneyAnswer | None
    probability: float | None = None
    as_of: date
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    snoozed_until: AwareDatetime | None
    sentence: str
    evidence: list[dict[str, Any]]


class AlertData(AlertBody):
    """The alert after its change `number`, which moved it `from_` (null: it is new) `to`."""

    number: Annotated[int, Field(ge=1)]
    from_: Annotated[AlertState | None, Field(alias="from")]
    to: AlertState
    reason: str
    actor: str


class AlertEvent(_Announced):
    """`subject` is the record's key: the customer, `feed:SOURCE` or `portfolio:NAME`."""

    id: str
    source: Literal["vigia"] = "vigia"
    type: Annotated[str, Field(pattern=f"^alert\\.({'|'.join(Change.__args__)})$")]
    subject: str
    time: AwareDatetime
    data: AlertData
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"


def alert_event(change: Change, subject: str, time: datetime, data: AlertData) -> AlertEvent:
    """The event that announces `change` of the alert in `data`."""
    return AlertEvent(
        id=f"{data.id}/{data.number}", type=f"alert.{change}", subject=subject, time=time, data=data
    )


def write_alert_event(event: AlertEvent) -> bytes:
    """`event` as a structured CloudEvent in JSON (UTF-8), fields sorted."""
    body = event.model_dump(mode="json")
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_alert_event(value: bytes) -> AlertEvent:
    """The announcement in a record's value. Raises InvalidEvent, which echoes nothing of it."""
    try:
        read_json(value)
    except NotJson as error:
        raise InvalidEvent([FieldProblem("", error.detail)]) from None
    problems: list[FieldProblem]
    try:
        return AlertEvent.model_validate_json(value)
    except ValidationError as error:
        problems = field_problems(error)
    raise InvalidEvent(problems)
