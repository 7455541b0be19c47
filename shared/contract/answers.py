"""What the HTTP interface answers. Answers may gain fields; these keep name and meaning."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contract.alert_event import AlertBody, AlertState, MoneyAnswer

Verdict = Literal[
    "steady",
    "alert",
    "below_budget",
    "paused",
    "dismissed",
    "snoozed",
    "too_little_history",
    "already_lost",
    "held_feed_silent",
    "held_incomplete",
    "held_common_cause",
    "no_rate",
]


class _Answer(BaseModel):
    model_config = ConfigDict(
        frozen=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class ItemProblem(_Answer):
    """`index` counts the request's items from 0; `pointer` is a JSON Pointer inside the item."""

    index: int
    pointer: str
    detail: str


class Accepted(_Answer):
    """So many events are safe; with `?invalid=quarantine`, `errors` lists those set aside.

    `skipped` counts purchases of a CSV body whose amounts cancel out to 0, if there are any.
    """

    accepted: int
    skipped: int | None = None
    errors: list[ItemProblem] | None = None


class Problem(_Answer):
    """RFC 9457, sent as application/problem+json; nothing in it repeats what was sent."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    errors: list[ItemProblem] | None = None


class TransitionAnswer(_Answer):
    """One move of an alert; `from_` (in JSON `from`) is null for its opening."""

    number: int
    from_: Annotated[AlertState | None, Field(alias="from")]
    to: AlertState
    reason: str
    actor: str
    at: AwareDatetime


class AlertAnswer(AlertBody):
    """An alert now, and how it came there."""

    transitions: list[TransitionAnswer]


class AlertList(_Answer):
    """`next` goes into `?cursor=` of the next request; null: this was the last page."""

    items: list[AlertAnswer]
    next: str | None


class StandingAnswer(_Answer):
    """How the customer stood in the newest evaluation; amounts are decimal text.

    `rank` is the place among the rep's customers above the floor. `value_at_risk` is a year's, in
    `currency`: of the margin where `margin_rate` says what is left of the revenue, else of the
    revenue. `window_weeks` is how many weeks the change spans.
    """

    as_of: date
    verdict: Verdict
    score: float | None
    probability: float | None = None
    rank: int | None = None
    weekly_usual: str | None
    weekly_now: str | None
    currency: str | None
    value_at_risk: str | None
    window_weeks: int | None
    margin_rate: str | None = None


class WeekAnswer(_Answer):
    """`week` is its first day; `amount` is decimal text in `currency`, refunds not taken off:
    they stand beside it.
    """

    week: date
    currency: str
    orders: int
    amount: str
    refunds: int = 0
    refunded: str = "0.00"


class CustomerAnswer(_Answer):
    """`alert` is the id of the customer's living alert; `weeks` are the last 52."""

    id: str
    name: str | None
    rep: str | None
    segment: str | None
    region: str | None
    group: str | None
    active: bool
    standing: StandingAnswer | None
    alert: str | None
    weeks: list[WeekAnswer]


class CustomerList(_Answer):
    """`next` as in AlertList."""

    items: list[CustomerAnswer]
    next: str | None


__all__ = [
    "Accepted",
    "AlertAnswer",
    "AlertList",
    "CustomerAnswer",
    "CustomerList",
    "ItemProblem",
    "MoneyAnswer",
    "Problem",
    "StandingAnswer",
    "TransitionAnswer",
    "Verdict",
    "WeekAnswer",
]
