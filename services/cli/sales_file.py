"""A company's purchases out of its sales file, for the backtest: no database, nothing stored.

The mapping that imports a file reads it here too. Only what a purchase day needs is looked at, so
that a year of order lines takes seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from services.backtest.sales import Sales
from services.cli.cells import BadCell
from services.cli.import_file import FilePlan
from services.cli.progress import Shown
from services.cli.sales_book import SalesBook
from services.cli.sales_cells import Amounts, Days
from services.cli.table_file import read_rows
from services.ingest.csv_rows import MONEY_TYPES
from shared.domain.sector import Sector
from shared.ops.errors import InputError

NO_CUSTOMER = "orders without a customer"
NO_AMOUNT = "orders of 0 or less that are not marked as refunds"
NO_PURCHASE = "orders that are neither purchase nor refund"
REFUNDS = "refunds"
SECTOR = ("segment", "region")
LINES = ("sku", "category", "quantity")  # columns of which nothing is needed
SHOWN_EVERY = 65_536


@dataclass(slots=True)
class Order:
    """The rows of one id and customer; everything but the amount is the first one's."""

    id: str
    customer: str
    day: int
    type: str
    currency: str
    rep: str
    segment: str
    region: str
    units: int = 0


class SalesFile:
    """A CSV file with a row for each order or order line, read through a mapping."""

    def __init__(self, plan: FilePlan) -> None:
        self._plan = plan
        self._mapping = plan.mapping
        self._amounts = Amounts(plan.mapping.decimal)
        self._days = Days(plan.mapping.time_format, plan.zone)
        self._places: dict[str, int] = {}
        # By customer and column, the last day on which a row told it, and what it told.
        self._sectors: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)

    def sales(self, shown: Shown) -> Sales:
        """Every purchase of the file. Raises InputError with row and column of a wrong cell.

        What cannot be a purchase is counted and left out; what may be misread ends the reading.
        """
        book = SalesBook()
        for order in self._orders(shown):
            self._note(order, book)
        for customer, told in self._sectors.items():
            segment, region = (told[name][1] if name in told else None for name in SECTOR)
            book.tell(customer, None, Sector(segment, region))
        return book.sales()

    def _orders(self, shown: Shown) -> Iterable[Order]:
        form, path = self._mapping, self._plan.path
        rows = read_rows(path, encoding=form.encoding, delimiter=form.delimiter)
        names = [name.strip() for name in next(rows, [])]
        unused = LINES if form.id == "column" else (*LINES, "id")
        self._places = form.columns.places(names, path, unused=unused)
        filled = self._filled(rows, len(names), shown)
        if "id" not in self._places:
            return (self._order(number, cells) for number, cells in filled)
        return self._joined(filled)

    def _filled(
        self, rows: Iterator[list[str]], width: int, shown: Shown
    ) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of the rows that are not blank."""
        for number, cells in enumerate(rows, start=2):
            if len(cells) != width:
                if not cells:
                    continue
                bad = BadCell("id", f"{len(cells)} cells where the header has {width}")
                raise self._error(number, bad)
            if not number % SHOWN_EVERY:
                shown(number)
            yield number, cells

    def _joined(self, rows: Iterator[tuple[int, list[str]]]) -> Iterable[Order]:
        """The rows of each source, id and customer as one order; mostly they follow each other."""
        at, amounts, amount = self._places, self._amounts, self._places["amount"]
        key_of = itemgetter(*(at[name] for name in ("id", "customer", "source") if name in at))
        orders: dict[Any, Order] = {}
        last: Any = None
        order: Order | None = None
        for number, cells in rows:
            key = key_of(cells)
            if order is None or key != last:
                last, order = key, orders.get(key)
                if order is None:
                    order = orders[key] = self._order(number, cells)
                    continue
            try:
                order.units += amounts[cells[amount]]
            except BadCell as bad:
                raise self._error(number, bad) from None
        return orders.values()

    def _order(self, number: int, cells: Sequence[str]) -> Order:
        """The order that a row begins, with the row's amount."""
        at = self._places
        try:
            return Order(
                self._text(cells, "id"),
                self._text(cells, "customer"),
                self._days[cells[at["time"]]],
                self._text(cells, "type"),
                self._text(cells, "currency"),
                self._text(cells, "rep"),
                self._text(cells, "segment"),
                self._text(cells, "region"),
                self._amounts[cells[at["amount"]]],
            )
        except BadCell as bad:
            raise self._error(number, bad) from None

    def _text(self, cells: Sequence[str], name: str) -> str:
        place = self._places.get(name)
        return "" if place is None else cells[place].strip()

    def _error(self, number: int, bad: BadCell) -> InputError:
        name = self._mapping.columns.model_dump().get(bad.column, bad.column)
        place = f"{self._plan.path}, row {number:,}, column {name}"
        return InputError(f"{place}: {bad}; correct the file or the mapping")

    def _note(self, order: Order, book: SalesBook) -> None:
        refunds = self._mapping.refunds
        marked = refunds.id_prefix is not None and order.id.startswith(refunds.id_prefix)
        if order.type not in ("", *MONEY_TYPES):
            book.left_out[NO_PURCHASE] += 1
        elif marked or order.type == "refund" or (refunds.negative_amount and order.units < 0):
            book.left_out[REFUNDS] += 1
        elif order.units <= 0:
            book.left_out[NO_AMOUNT] += 1
        elif not order.customer:
            book.left_out[NO_CUSTOMER] += 1
        else:
            currency = order.currency or self._plan.defaults.currency
            book.add(order.customer, order.day, order.units, currency, order.rep)
            self._tell(order)

    def _tell(self, order: Order) -> None:
        """Whose season the customer follows; of each column the newest row that fills it."""
        for name, value in (("segment", order.segment), ("region", order.region)):
            if value:
                told = self._sectors[order.customer]
                if name not in told or told[name][0] <= order.day:
                    told[name] = order.day, value
