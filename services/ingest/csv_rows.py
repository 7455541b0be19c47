"""Rows of the house's own CSV to purchases and refunds; no I/O, no clock, no file format.

`vigia import` maps foreign files to the same rows, so that a file and a post mean the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from shared.contract.event import Event
from shared.contract.reading import read_event

REQUIRED = ("id", "time", "customer", "amount")
MONEY_TYPES = ("purchase", "refund")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_LONGEST_NUMBER = 40


class Row(NamedTuple):
    """One row as text; a column that is absent or empty is the empty string."""

    id: str
    time: str  # RFC 3339 with its offset
    customer: str
    amount: str  # of this row; an event's amount is the sum over its rows
    currency: str = ""
    type: str = ""
    source: str = ""
    sku: str = ""
    category: str = ""
    quantity: str = ""
    rep: str = ""


class HeaderError(ValueError):
    """The first row does not name the columns; the message repeats none of its text."""


class RowsError(ValueError):
    """The rows of one id make no event. `column` says which of them is wrong."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column = column
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a row means that leaves out its currency or its source."""

    currency: str
    source: str


class Layout:
    """Where each column stands in the file."""

    def __init__(self, header: Sequence[str]) -> None:
        names = [name.strip() for name in header]
        for number, name in enumerate(names, start=1):
            if name not in Row._fields:
                raise HeaderError(
                    f"column {number} of the header is unknown; the columns are "
                    + ", ".join(Row._fields)
                )
            if name in names[: number - 1]:
                raise HeaderError(f"the header names {name} twice")
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise HeaderError("the header lacks " + ", ".join(missing))
        self.width = len(names)
        self._places = [names.index(name) if name in names else None for name in Row._fields]

    def row(self, cells: Sequence[str]) -> Row:
        """The row of `width` cells."""
        return Row(*["" if at is None else cells[at].strip() for at in self._places])


def event_key(row: Row, defaults: Defaults) -> tuple[str, str]:
    """(source, id): rows that share it are one event."""
    return row.source or defaults.source, row.id


def event_item(rows: Sequence[Row], defaults: Defaults) -> dict[str, Any]:
    """The event that the rows of one id make, as a JSON object for `read_order`.

    Its time is the first row's, its amount their sum, its lines the rows with a sku. Raises
    RowsError.
    """
    first = rows[0]
    if not first.id:
        raise RowsError("id", "must not be empty")
    for column in ("customer", "type", "currency"):
        if len(rows) > 1 and len({getattr(row, column) for row in rows}) > 1:
            raise RowsError(column, f"the rows of one id differ in {column}")
    kind = first.type or "purchase"
    if kind not in MONEY_TYPES:
        raise RowsError("type", "a CSV row is a purchase or a refund; post the rest as JSON")
    total = sum((_decimal(row.amount, "amount") for row in rows), Decimal(0))
    data: dict[str, Any] = {
        "amount": format(total, "f"),
        "currency": first.currency or defaults.currency,
    }
    lines = [_line(row) for row in rows if row.sku]
    if lines:
        data["lines"] = lines
    rep = next((row.rep for row in rows if row.rep), "")
    if rep and kind == "purchase":
        data["rep"] = rep
    return {
        "id": first.id,
        "source": first.source or defaults.source,
        "type": kind,
        "subject": first.customer,
        "time": first.time,
        "data": data,
    }


def read_order(item: dict[str, Any], now: datetime) -> Event | None:
    """The event of what `event_item` made; None when its amounts cancel out: nothing was bought.

    All the rest must be right even then: a mistake may be why they do. Raises InvalidEvent.
    """
    if Decimal(item["data"]["amount"]):
        return read_event(item, now=now)
    read_event({**item, "data": {**item["data"], "amount": "1"}}, now=now)
    return None


def _line(row: Row) -> dict[str, str]:
    quantity, amount = _plain(row.quantity or "1"), _plain(row.amount)
    line = {"sku": row.sku, "quantity": quantity, "amount": amount}
    if row.category:
        line["category"] = row.category
    return line


@lru_cache(maxsize=65_536)  # a shop has far fewer prices than rows
def _decimal(text: str, column: str) -> Decimal:
    if not _is_decimal(text):
        raise RowsError(column, "not a decimal number such as 12.50")
    return Decimal(text)


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    """A number as events spell it, 0.50 for +.50; what is none stays, to be refused as it is."""
    return format(Decimal(text), "f") if _is_decimal(text) else text


def _is_decimal(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _DECIMAL.fullmatch(text) is not None
