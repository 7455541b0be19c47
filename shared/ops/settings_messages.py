"""Settings of when people hear of something, and who hears of it: hours, digests, rules."""

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENT = re.compile(r"([a-z]+) ([01]\d|2[0-3]):([0-5]\d)")

Severity = Literal["urgent", "warning", "watch"]
Names = Annotated[tuple[str, ...], Field(max_length=100)]


class WeeklyMoment(NamedTuple):
    """A time of the week: weekday 0 is Monday."""

    weekday: int
    clock: time


class Rule(BaseModel):
    """Whom a message goes to and when, if all that it names is true of the alert.

    An empty list or an absent value asks for nothing, or leaves the decision as it would be.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: tuple[Severity, ...] = ()
    segment: Names = ()
    region: Names = ()
    value_at_least: Annotated[Decimal, Field(ge=0)] | None = None  # a year, company's currency
    to: Literal["rep", "manager", "operator"] | None = None
    channels: Names = ()  # these first, in this order
    when: Literal["instant", "digest"] | None = None
    any_hour: bool | None = None


class MessageSettings(BaseSettings):
    """A part of Settings; never read on its own."""

    digest_at: str = Field(
        "monday 07:30",
        description="When reps get their digest, in their own zone; empty: every message at once.",
    )
    summary_at: str = Field(
        "monday 08:00",
        description="When managers get the summary of their team's week; empty: never.",
    )
    working_hours: dict[str, str] = Field(
        {"mon-fri": "07:00-20:00"},
        description="Hours in which messages go out, where a rep has none; {}: at any time.",
    )
    urgent_any_hour: bool = Field(
        True, description="Whether urgent messages go out outside of working hours, too."
    )
    storm_messages: int = Field(
        20, ge=1, description="More messages than this a person and hour become a digest."
    )
    acknowledge_days: int = Field(
        7, ge=0, description="Days after which the manager hears of an unanswered alert; 0: never."
    )
    acknowledge_urgent_hours: int = Field(
        24, ge=0, description="Hours after which the manager hears of an urgent one; 0: never."
    )
    reminders: bool = Field(
        True, description="Whether unanswered alerts are repeated after 3, 10 and 24 days."
    )
    routing: tuple[Rule, ...] = Field(
        (), description="Rules for whom and when, the first that fits counts; see docs/routing.md."
    )

    @field_validator("digest_at", "summary_at")
    @classmethod
    def _a_moment(cls, value: str) -> str:
        if value:
            read_moment(value)
        return value


def read_moment(text: str) -> WeeklyMoment:
    """A moment such as «monday 07:30». Raises ValueError, which does not repeat it."""
    found = _MOMENT.fullmatch(text.strip().lower())
    if found is None or found[1] not in _WEEKDAYS:
        raise ValueError("a weekday and a time, such as monday 07:30")
    return WeeklyMoment(_WEEKDAYS.index(found[1]), time(int(found[2]), int(found[3])))
