"""JSON read strictly: what two readers could understand in two ways is refused."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from shared.contract.plain import MAX_DEPTH, MAX_DIGITS, forbidden_character
from shared.contract.problems import NotJson

_LONGEST_NUMBER = 1000  # characters


def _fraction(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise NotJson("holds a number with too many digits")
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise NotJson("holds a number beyond any ordinary size") from None
    if not number:
        return Decimal(0)
    if abs(number.adjusted()) > MAX_DIGITS:
        raise NotJson("holds a number beyond any ordinary size")
    return number


def _constant(_: str) -> NoReturn:
    raise NotJson("holds NaN or Infinity, which are not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise NotJson("holds an object with the same field twice")
    return entries


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_fraction, parse_constant=_constant
)


def _parse(text: str) -> object:
    try:
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    except json.JSONDecodeError:
        pass  # it may only have begun with blanks
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON near character {error.pos + 1}") from None


def _children(value: object) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _deeper_than(value: object, levels: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [c for v in level for c in _children(v) if isinstance(c, dict | list)]
        if not level:
            return False
    return True


def _has_forbidden_character(value: object) -> bool:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if forbidden_character(value):
                return True
        else:
            waiting.extend(_children(value))
            if isinstance(value, dict):
                waiting.extend(value)
    return False


def read_json(raw: bytes, *, max_depth: int = MAX_DEPTH) -> object:
    """The value that `raw` writes, numbers with a point or an exponent as Decimal.

    Refuses with NotJson: bytes that are not UTF-8, the same field twice, NaN and Infinity,
    numbers of absurd size, control characters (but tab, line feed and carriage return), lone
    surrogates, and more than `max_depth` objects and lists inside each other. One byte order
    mark at the start is skipped.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotJson("is not UTF-8") from None
    try:
        value = _parse(text)
    except RecursionError:
        raise NotJson(f"is nested deeper than {max_depth}") from None
    except NotJson:
        raise
    except ValueError:  # the interpreter's own limit on the digits of an integer
        raise NotJson("holds a number with too many digits") from None
    if text.count("{") + text.count("[") > max_depth and _deeper_than(value, max_depth):
        raise NotJson(f"is nested deeper than {max_depth}")
    plain_text = text.isascii() and "\\" not in text and "\x7f" not in text
    if not plain_text and _has_forbidden_character(value):
        raise NotJson("holds control characters or lone surrogates")
    return value
