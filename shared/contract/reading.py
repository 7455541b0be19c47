"""From bytes to events and back. Everything else of the contract's reading is reached from here."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from pydantic_core import SchemaValidator

from shared.contract.event import EVENT_TYPES, Event, Feed
from shared.contract.plain import MAX_FIELDS
from shared.contract.problems import (
    FieldProblem,
    FutureEvent,
    InvalidEvent,
    NotJson,
    field_problems,
)
from shared.contract.strict_json import read_json
from shared.contract.writing import digest, write_event

LEEWAY = timedelta(minutes=5)
AT_ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)  # for what was taken in once
_AHEAD = "must not be more than 5 minutes in the future"
_VALIDATORS: Mapping[str, SchemaValidator] = {
    name: model.__pydantic_validator__  # type: ignore[misc]
    for name, model in EVENT_TYPES.items()
}


def _refuse(pointer: str, detail: str) -> InvalidEvent:
    return InvalidEvent([FieldProblem(pointer, detail)])


def read_event(value: object, *, now: datetime) -> Event:
    """The event that `value` (as JSON was read, or as a table row was put together) describes.

    Raises InvalidEvent with every problem found, FutureEvent when the only one is a time more
    than five minutes after `now` (the present business time).
    """
    if not isinstance(value, dict):
        raise _refuse("", "must be a JSON object")
    kind = value.get("type")
    if kind is None:
        raise _refuse("/type", "is required")
    validator = _VALIDATORS.get(kind) if isinstance(kind, str) else None
    if validator is None:
        raise _refuse("/type", f"must be one of {', '.join(_VALIDATORS)}")
    data = value.get("data")
    if len(value) > MAX_FIELDS or (isinstance(data, dict) and len(data) > MAX_FIELDS):
        raise _refuse("", f"must have at most {MAX_FIELDS} fields")
    problems: list[FieldProblem] = []
    try:
        event: Event = validator.validate_python(value)
    except ValidationError as error:
        problems = field_problems(error)
    if problems:
        raise InvalidEvent(problems)
    ahead = now + LEEWAY
    if event.time > ahead:
        raise FutureEvent([FieldProblem("/time", _AHEAD)])
    if isinstance(event, Feed) and event.data.complete_until > ahead:
        raise FutureEvent([FieldProblem("/data/complete_until", _AHEAD)])
    return event


def decode(value: bytes, *, now: datetime) -> Event:
    """The event in a log record's value. Raises InvalidEvent or FutureEvent, nothing else."""
    try:
        document = read_json(value)
    except NotJson as error:
        raise _refuse("", error.detail) from None
    return read_event(document, now=now)


__all__ = [
    "AT_ANY_TIME",
    "LEEWAY",
    "FieldProblem",
    "FutureEvent",
    "InvalidEvent",
    "NotJson",
    "decode",
    "digest",
    "read_event",
    "read_json",
    "write_event",
]
