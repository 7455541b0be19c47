"""A foreign CSV file to the events of its rows, by a mapping."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.cli.cells import BadCell, with_point
from services.cli.mapping import Mapping
from services.cli.table_file import FileRow, read_rows
from services.ingest.csv_rows import Defaults, Row, event_item

Rejects = dict[tuple[str, str], str]  # the event's (source, id) -> why


@dataclass(slots=True)
class Order:
    """The rows of one event and where they stand in the file."""

    rows: list[Row] = field(default_factory=list)
    numbers: "array[int]" = field(default_factory=lambda: array("L"))


class ForeignFile:
    """A CSV file read through a mapping.

    `zone` is where times without an offset are local. With `rejects` given, an event with a bad
    row is noted there and left out; without, the first bad row raises InputError.
    """

    def __init__(
        self,
        path: Path,
        mapping: Mapping,
        *,
        zone: ZoneInfo,
        defaults: Defaults,
        rejects: Rejects | None,
    ) -> None:
        self.path = path
        self._mapping = mapping
        self._zone = zone
        self._defaults = defaults
        self.rejects = rejects
        self._names = mapping.columns.model_dump()
        self._places: dict[str, int] = {}
        self._header: list[str] = []
        self._width = 0
        # Where each field of Row stands; beyond the last cell: absent.
        self._order: Callable[[list[str]], tuple[str, ...]] = tuple
        self._id: int | None = None
        self._source: int | None = None
        self._time_place = self._amount_place = 0
        self._commas: list[tuple[int, str]] = []  # columns of numbers with a decimal comma
        self._pool: dict[str, str] = {}
        self._amounts: set[str] = set()  # those already found to be numbers
        self._seen: Counter[str] = Counter()
        self._key = ("", "")
        self._local_time = self._instant = ""  # of the row before: most rows repeat it

    def orders(self) -> dict[tuple[str, str], Order]:
        """All rows by event, in the order in which the events begin."""
        orders: dict[tuple[str, str], Order] = {}
        key, order = ("", ""), Order()
        for number, cells in self.cells():
            found = self.key(cells)
            try:
                row = self._row(cells, found[1])
            except BadCell as bad:
                self.refuse(found, number, bad.column, bad.detail)
                continue
            if found is not key:
                key = found
                order = orders.get(key) or orders.setdefault(key, Order())
            order.rows.append(row)
            order.numbers.append(number)
        for rejected in self.rejects or ():
            orders.pop(rejected, None)
        return orders

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Row number and cells of every row below the header; blank rows are passed over."""
        form = self._mapping
        rows = read_rows(self.path, encoding=form.encoding, delimiter=form.delimiter)
        self._read_header(next(rows, []))
        for number, cells in enumerate(rows, start=2):
            if cells:
                yield number, cells

    def item(self, order: Order) -> dict[str, Any]:
        """The event of an order. Raises RowsError."""
        rows, refunds = order.rows, self._mapping.refunds
        marked = bool(refunds.id_prefix) and rows[0].id.startswith(refunds.id_prefix or "")
        if (marked or refunds.negative_amount) and sum(_number(row.amount) for row in rows) < 0:
            rows = [_reversed(row) for row in rows]
        elif marked:
            rows = [row._replace(type="refund") for row in rows]
        letters = self._mapping.category.sku_prefix
        if letters is not None:
            rows = [row._replace(category=row.category or row.sku[:letters]) for row in rows]
        return event_item(rows, self._defaults)

    def refuse(self, key: tuple[str, str], number: int, column: str, detail: str) -> None:
        """Note an event's reason, or raise the one line that ends the import."""
        name = self._names.get(column, column)
        if self.rejects is None:
            raise FileRow(self.path, number).error(
                f"column {name}: {detail}; correct it, or keep bad rows apart with --skip-invalid"
            )
        self.rejects.setdefault(key, f"row {number}, column {name}: {detail}")

    def header(self) -> list[str]:
        """The file's own names of its columns."""
        return self._header

    def _read_header(self, header: Sequence[str]) -> None:
        names = [name.strip() for name in header]
        self._header = names
        self._width = len(names)
        self._seen.clear()
        unused = ("id",) if self._mapping.id == "row-hash" else ()
        self._places = self._mapping.columns.places(names, self.path, unused=unused)
        self._order = itemgetter(*(self._places.get(ours, self._width) for ours in Row._fields))
        self._id, self._source = self._places.get("id"), self._places.get("source")
        self._time_place = self._places["time"]
        self._amount_place = self._places["amount"]
        decimals = ("amount", "quantity") if self._mapping.decimal == "," else ()
        self._commas = [(self._places[ours], ours) for ours in decimals if ours in self._places]

    def key(self, cells: Sequence[str]) -> tuple[str, str]:
        """(source, id) of a row; it is asked for once a row, in the file's order."""
        source = self._defaults.source
        if self._source is not None:
            source = _stripped(cells, self._source) or source
        if self._id is None:
            return source, self._row_hash(cells)
        number = _stripped(cells, self._id)
        if self._key != (source, number):  # the rows of an event mostly follow each other
            self._key = source, number
        return self._key

    def _row_hash(self, cells: Sequence[str]) -> str:
        """The same row gives the same id; equal rows are numbered in the order of the file."""
        digest = hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:32]
        self._seen[digest] += 1
        return f"{digest}-{self._seen[digest]}"

    def _row(self, cells: list[str], number: str) -> Row:
        if len(cells) != self._width:
            raise BadCell("id", f"{len(cells)} cells where the header has {self._width}")
        # The pool holds each cell's text once, stripped, however many rows repeat it.
        pool = self._pool
        known = [pool.get(cell) or pool.setdefault(cell, cell.strip()) for cell in cells]
        if self._id is not None:
            known[self._id] = number
        if known[self._time_place] is not self._local_time:
            self._instant = self._time(known[self._time_place])
            self._local_time = known[self._time_place]
        known[self._time_place] = self._instant
        for place, ours in self._commas:
            known[place] = with_point(known[place], ours)
        if known[self._amount_place] not in self._amounts:
            _number(known[self._amount_place])
            self._amounts.add(known[self._amount_place])
        known.append("")
        row: Row = tuple.__new__(Row, self._order(known))  # as Row._make, in a third of the time
        return row if self._id is not None else row._replace(id=number)

    def _time(self, text: str) -> str:
        form = self._mapping.time_format
        try:
            # A time without an offset is local; its zone is set below.
            moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError:
            wanted = form or "ISO 8601 such as 2026-03-02T10:28:00"
            raise BadCell("time", f"not a date and time in the form {wanted}") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        try:
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        except OverflowError:
            raise BadCell("time", "a date outside of what calendars hold") from None


def _stripped(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadCell("amount", "not a number") from None


def _reversed(row: Row) -> Row:
    """A refund's row: what is booked as negative comes back as positive."""
    quantity = row.quantity and _negated(row.quantity)
    return row._replace(type="refund", amount=_negated(row.amount), quantity=quantity)


def _negated(text: str) -> str:
    return text[1:] if text.startswith("-") else "-" + text.removeprefix("+")
