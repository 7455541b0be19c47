"""Decimals as JSON strings or numbers, exact, with a bound on their digits.

Digits count by value: 3.10000 is 3.1 and has one digit after the point.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic_core import CoreSchema
from pydantic_core import core_schema as cs

from shared.contract.spelled import Spelled

Sign = Literal["positive", "not_negative", "any"]

_PLAIN = re.compile(r"-?[0-9]{1,60}(?:\.[0-9]{1,60})?").fullmatch


def decimal_text(number: Decimal) -> str:
    """`number` in digits without needless zeros: 3.10 and 3.1000 both give «3.1»."""
    text = str(number)
    if text[-1] == "0" or "E" in text:
        text = format(number, "f")
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        if text == "-0":
            return "0"
    return text


def _written(value: object) -> Decimal:
    if isinstance(value, str) and _PLAIN(value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        return Decimal(float.__repr__(value))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**60:
        return Decimal(value)
    raise ValueError("no decimal")


def _reader(sign: Sign, whole: int, places: int) -> Callable[[object], Decimal]:
    def read(value: object) -> Decimal:
        number = _written(value)
        if not number.is_finite():
            raise ValueError("not finite")
        if (number < 0 and sign != "any") or (not number and sign == "positive"):
            raise ValueError("wrong sign")
        if not number:
            return Decimal(0)
        _, digits, exponent = number.as_tuple()
        surplus = -int(exponent) - places
        if number.adjusted() >= whole or (surplus > 0 and any(digits[-surplus:])):
            raise ValueError("too many digits")
        return number.quantize(Decimal((0, (1,), -places)))

    return read


def _schema(quick: CoreSchema, exact: Callable[[object], object], detail: str) -> CoreSchema:
    """Usual spellings match `quick` and never call Python; `exact` reads all the others."""
    return cs.union_schema(
        [quick, cs.no_info_plain_validator_function(exact)],
        mode="left_to_right",
        custom_error_type="decimal",
        custom_error_message=detail,
    )


def _detail(sign: Sign, whole: int, places: int) -> str:
    bound = {"positive": " above 0", "not_negative": " not below 0", "any": ""}[sign]
    return (
        f"must be a decimal{bound} with at most {whole} digits before and {places} after the point"
    )


def _json(sign: Sign, whole: int, places: int) -> dict[str, Any]:
    minus = "-?" if sign == "any" else ""
    number: dict[str, Any] = {"type": "number", "exclusiveMaximum": 10**whole}
    if sign == "positive":
        number["exclusiveMinimum"] = 0
    elif sign == "not_negative":
        number["minimum"] = 0
    else:
        number["exclusiveMinimum"] = -(10**whole)
    text = {
        "type": "string",
        "pattern": rf"^{minus}0*[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}}0*)?$",
    }
    return {
        "anyOf": [text, number],
        "description": _detail(sign, whole, places).removeprefix("must be "),
    }


def _number(*, sign: Sign, whole: int = 12, places: int = 4) -> Spelled:
    """Read as Decimal."""
    head, tail = rf"[1-9][0-9]{{0,{whole - 1}}}", rf"(?:\.[0-9]{{1,{places}}})?"
    quick = {
        "positive": rf"^(?:{head}{tail}|0\.[0-9]{{0,{places - 1}}}[1-9])$",
        "not_negative": rf"^(?:0|{head}){tail}$",
        "any": rf"^-?(?:0|{head}){tail}$",
    }[sign]
    core = _schema(
        cs.no_info_after_validator_function(Decimal, cs.str_schema(strict=True, pattern=quick)),
        _reader(sign, whole, places),
        _detail(sign, whole, places),
    )
    return Spelled(core, _json(sign, whole, places))


def _text(*, whole: int = 12, places: int = 4) -> Spelled:
    """Read as text without needless zeros: for numbers that are carried, not computed with."""
    read = _reader("any", whole, places)
    head = rf"[1-9][0-9]{{0,{whole - 1}}}"
    fraction = rf"\.[0-9]{{0,{places - 1}}}[1-9]"
    quick = rf"^(?:0|-?{head}(?:{fraction})?|-?0{fraction})$"
    trailing_zeros = re.compile(rf"-?(?:0|{head})\.[0-9]{{1,{places}}}").fullmatch

    def exact(value: object) -> str:
        if isinstance(value, str) and trailing_zeros(value):
            text = value.rstrip("0").rstrip(".")
            return "0" if text == "-0" else text
        return decimal_text(read(value))

    core = _schema(cs.str_schema(strict=True, pattern=quick), exact, _detail("any", whole, places))
    return Spelled(core, _json("any", whole, places))


Amount = Annotated[Decimal, _number(sign="positive")]
AmountOrZero = Annotated[Decimal, _number(sign="not_negative")]
Rate = Annotated[Decimal, _number(sign="any", whole=3, places=6)]
AmountText = Annotated[str, _text()]
QuantityText = Annotated[str, _text(places=6)]
