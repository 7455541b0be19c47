"""The one way to write an event: equal events give equal bytes."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shared.contract.event import Event
from shared.contract.plain import Fraction

# They say how an event travelled, not what happened.
_OF_THE_JOURNEY = ("traceparent", "tracestate", "partitionkey", "sequence")
_OPTIONAL = (*_OF_THE_JOURNEY, "dataschema", "datacontenttype")


class _NeedsFractions(Exception):
    """A number that the quick encoder cannot write without rounding it."""


def decimal_text(number: Decimal) -> str:
    """`number` in digits without needless zeros: 3.10 and 3.1000 both give «3.1»."""
    text = str(number)
    if text[-1] == "0" or "E" in text:
        text = format(number, "f")
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        if text in ("-0", "0"):
            return "0"
    return text


def instant_text(instant: datetime) -> str:
    """`instant` in UTC, ending in Z; a fraction of a second only where there is one."""
    return instant.astimezone(UTC).isoformat()[: -len("+00:00")] + "Z"


def _spell(value: object) -> str:
    if isinstance(value, Decimal):
        if isinstance(value, Fraction):
            raise _NeedsFractions
        return decimal_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("no value of an event")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_spell, allow_nan=False
)


def _write_slowly(value: object) -> str:
    if isinstance(value, Fraction):
        return format(value, "f")
    if isinstance(value, dict):
        items = sorted(value.items())
        return "{" + ",".join(f"{_ENCODER.encode(k)}:{_write_slowly(v)}" for k, v in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_write_slowly, value)) + "]"
    return _ENCODER.encode(value)


def _sent(facts: Any) -> dict[str, Any]:
    """The fields of `facts` that were sent, nested models too."""
    known = facts.__dict__
    fields = {name: known[name] for name in facts.model_fields_set if name in known}
    for name, value in fields.items():
        if hasattr(value, "model_fields_set"):
            fields[name] = _sent(value)
    return fields | (facts.__pydantic_extra__ or {})


def _body(event: Event) -> dict[str, Any]:
    body: dict[str, Any] = {
        "data": _sent(event.data),
        "id": event.id,
        "source": event.source,
        "specversion": event.specversion,
        "subject": event.subject,
        "time": event.time,
        "type": event.type,
    }
    if event.revision:
        body["revision"] = event.revision
    for name in _OPTIONAL:
        value = getattr(event, name)
        if value is not None:
            body[name] = value
    return body


def _encode(body: dict[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(body).encode()
    except _NeedsFractions:
        return _write_slowly(body).encode()


def write_event(event: Event) -> bytes:
    """`event` as a structured CloudEvent in canonical JSON (UTF-8).

    Fields are sorted, instants are in UTC, decimals are text without needless zeros, a revision
    of 0 is left out, and of `data` exactly the fields that were sent are written.
    """
    return _encode(_body(event))


def digest(event: Event, *, written: bytes | None = None) -> bytes:
    """SHA-256 (32 bytes) of what `event` says, however it was spelled and however it travelled.

    `written` is what `write_event` gave for it, if it is at hand: that spares writing it again.
    """
    body = _body(event)
    journey = [name for name in _OF_THE_JOURNEY if name in body]
    for name in journey:
        del body[name]
    if written is None or journey:
        written = _encode(body)
    return hashlib.sha256(written).digest()
