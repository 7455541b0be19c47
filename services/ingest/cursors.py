"""Where a list goes on: opaque to readers, and refused when it is not one of ours."""

import base64
import binascii
import json
from datetime import datetime

_LONGEST = 512
_LONGEST_ID = 128
_YEARS = range(2000, 9999)  # any database and any zone can hold these


class BadCursor(ValueError):
    """The text is no cursor of this list."""


def alert_cursor(opened_at: datetime, alert_id: str) -> str:
    """The cursor behind an alert."""
    return _written(["alerts", opened_at.isoformat(), alert_id])


def read_alert_cursor(cursor: str) -> tuple[datetime, str]:
    """(opened_at, id) of the last alert seen. Raises BadCursor."""
    match _read(cursor):
        case ["alerts", str() as opened_at, str() as alert_id]:
            try:
                moment = datetime.fromisoformat(opened_at)
            except ValueError:
                raise BadCursor from None
            if moment.tzinfo and moment.year in _YEARS and _may_be_id(alert_id):
                return moment, alert_id
    raise BadCursor


def customer_cursor(number: int) -> str:
    """The cursor behind a customer."""
    return _written(["customers", number])


def read_customer_cursor(cursor: str) -> int:
    """The number of the last customer seen. Raises BadCursor."""
    match _read(cursor):
        case ["customers", int() as number] if type(number) is int and 0 <= number < 2**31:
            return number
    raise BadCursor


def _may_be_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


def _written(parts: list[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _read(cursor: str) -> object:
    if len(cursor) > _LONGEST:
        raise BadCursor
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor from None
