"""The kinds of value that fields hold, each with what it refuses.

Whatever these raise becomes a FieldProblem; no message holds anything of the value.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from pydantic_core import core_schema as cs
from typing_extensions import TypeAliasType

from shared.contract.spelled import Spelled
from shared.currencies import CURRENCIES

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

# The patterns are read by Rust's engine, by Python's and by those of other languages.
NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$"
FREE_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
LANGUAGE = r"^[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*$"
EMAIL = (
    r"^[^\x00-\x20\x7f-\xa0@<>(),;:\x22\x5b\x5c\x5d]+"
    r"@[^\x00-\x20\x7f-\xa0@<>(),;:\x22\x5b\x5c\x5d]+$"
)
PATTERN_DETAILS = {
    NO_CONTROLS: "must not hold control characters",
    FREE_TEXT: "must not hold control characters other than tab and line ends",
    LANGUAGE: "must be a language tag such as es or es-MX",
    EMAIL: "must be a mail address",
}

Identifier = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=128, pattern=NO_CONTROLS)
]
Label = Annotated[str, StringConstraints(strict=True, max_length=256, pattern=NO_CONTROLS)]
Attribute = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=1024, pattern=NO_CONTROLS)
]
_JSON_TYPE = re.compile(r'application/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?', re.IGNORECASE)


def _unless_json(value: str) -> str | None:
    """None for JSON, which `data` is anyway: some senders say so and others do not."""
    return None if _JSON_TYPE.fullmatch(value) else value


ContentType = Annotated[Attribute, AfterValidator(_unless_json)]
FreeText = Annotated[str, StringConstraints(strict=True, max_length=100_000, pattern=FREE_TEXT)]
Language = Annotated[str, StringConstraints(strict=True, max_length=35, pattern=LANGUAGE)]
Email = Annotated[str, StringConstraints(strict=True, max_length=254, pattern=EMAIL)]
Flag = Annotated[bool, Strict()]
NoRevision = Annotated[int, Field(strict=True, ge=0, le=0)]
Revision = Annotated[int, Field(strict=True, ge=0, le=2_147_483_647)]


# Named, so that the JSON Schema lists the codes once.
Currency = TypeAliasType(
    "Currency",
    Annotated[
        str,
        Spelled(
            cs.custom_error_schema(
                cs.literal_schema(list(CURRENCIES)),
                custom_error_type="currency",
                custom_error_message="must be an ISO 4217 currency code such as EUR",
            ),
            {"type": "string", "enum": list(CURRENCIES)},
        ),
    ],
)

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,40})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch


def _instant(value: object) -> datetime:
    """An instant in UTC, cut to microseconds, from RFC 3339 text or an aware datetime."""
    if isinstance(value, str) and _RFC_3339(value):
        try:
            read = datetime.fromisoformat(value.upper())
        except ValueError:
            read = None
    elif isinstance(value, datetime) and value.utcoffset() is not None:
        read = value
    else:
        read = None
    if read is None:
        raise PydanticCustomError("time", "must be an RFC 3339 time with its offset from UTC")
    if read.tzinfo is not UTC:
        # The first and last day of the calendar have no UTC twin; neither is in range.
        read = read.astimezone(UTC) if 1 < read.year < 9999 else read.replace(tzinfo=UTC)
    if read < EARLIEST:
        raise PydanticCustomError("time", "must not be before the year 2000")
    return read


Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date", "must be a date such as 2026-03-31")


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise PydanticCustomError("time_zone", "must be a time zone such as Europe/Madrid")
    return value


TimeZone = Annotated[str, Strict(), AfterValidator(_zone)]
