"""Values of fields that the contract does not know: kept as sent, if they are plain JSON."""

import re
from decimal import Decimal
from typing import Annotated, Any, LiteralString

from pydantic import AfterValidator, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_DEPTH = 32
MAX_FIELDS = 1000
MAX_DIGITS = 400
_TOO_LARGE = 10 ** (MAX_DIGITS + 1)

# Tab, line feed and carriage return are text; the rest of Cc and lone surrogates are not.
forbidden_character = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]").search
_control_in_key = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]").search


class Fraction(Decimal):
    """A number of an unknown field that is no integer: written back as a number, not as text."""


def _refuse(detail: LiteralString) -> PydanticCustomError:
    return PydanticCustomError("plain", detail)


def plain_key(key: object) -> str:
    if not isinstance(key, str) or _control_in_key(key):
        raise _refuse("has a field whose name holds control characters")
    return key


def _plain_number(value: Decimal) -> int | Fraction:
    if not value.is_finite():
        raise _refuse("must be a finite number")
    if not value:
        return 0
    sign, digits, exponent = value.as_tuple()
    if abs(value.adjusted()) > MAX_DIGITS or len(digits) > MAX_DIGITS:
        raise _refuse("must be a number of ordinary size")
    text = "".join(map(str, digits)).rstrip("0")
    power = int(exponent) + len(digits) - len(text)
    if power >= 0:
        return int(value)
    return Fraction((sign, tuple(map(int, text)), power))


def _plain_scalar(value: object) -> Any:
    if isinstance(value, str):
        if forbidden_character(value):
            raise _refuse("must not hold control characters or lone surrogates")
        return value
    if isinstance(value, int):
        if abs(value) >= _TOO_LARGE:
            raise _refuse("must be a number of ordinary size")
        return value
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, float):
        return _plain_number(Decimal(float.__repr__(value)))
    if value is not None:
        raise _refuse("must be plain JSON")
    return None


def plain(value: object, depth: int = 3) -> Any:
    """A copy of `value` holding only what JSON can say; `depth` counts event and data too."""
    if not isinstance(value, dict | list | tuple):
        return _plain_scalar(value)
    if depth > MAX_DEPTH:
        raise _refuse("is nested too deeply")
    if isinstance(value, dict):
        return {plain_key(key): plain(child, depth + 1) for key, child in value.items()}
    return [plain(child, depth + 1) for child in value]


Plain = Annotated[Any, PlainValidator(plain), WithJsonSchema({})]
PlainKey = Annotated[str, Strict(), AfterValidator(plain_key)]
