"""The one way to write an event: equal events give equal bytes."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared.contract.decimals import decimal_text
from shared.contract.event import Event
from shared.contract.facts import Facts
from shared.contract.plain import Fraction

# They say how an event travelled, not what happened.
_OF_THE_JOURNEY = ("traceparent", "tracestate", "partitionkey", "sequence")


class _NeedsFractions(Exception):
    """A number that the quick encoder cannot write without rounding it."""


def _sent(facts: Facts) -> dict[str, Any]:
    """The fields of `facts` that were sent, known or not."""
    known = facts.__dict__
    fields = {name: known[name] for name in facts.model_fields_set if name in known}
    return fields | facts.__pydantic_extra__ if facts.__pydantic_extra__ else fields


def _spell(value: object) -> object:
    """What the encoder writes for a value it does not know; decimals, the most frequent, first."""
    if type(value) is Decimal:
        return decimal_text(value)
    if isinstance(value, datetime):
        return value.isoformat()[:-6] + "Z"  # in place of +00:00: instants were read into UTC
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Facts):
        return _sent(value)
    raise _NeedsFractions


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_spell, allow_nan=False
)


def _write_slowly(value: object) -> str:
    if isinstance(value, Fraction):
        return format(value, "f")
    if isinstance(value, Facts):
        value = _sent(value)
    if isinstance(value, dict):
        items = sorted(value.items())
        return "{" + ",".join(f"{_ENCODER.encode(k)}:{_write_slowly(v)}" for k, v in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_write_slowly, value)) + "]"
    return _ENCODER.encode(value)


def _encode(body: dict[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(body).encode()
    except _NeedsFractions:
        return _write_slowly(body).encode()


def _body(event: Event) -> dict[str, Any]:
    body = {name: value for name, value in event.__dict__.items() if value is not None}
    if not event.revision:
        del body["revision"]
    return body


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
    if written is None or any(getattr(event, name) is not None for name in _OF_THE_JOURNEY):
        body = _body(event)
        for name in _OF_THE_JOURNEY:
            body.pop(name, None)
        written = _encode(body)
    return hashlib.sha256(written).digest()
