"""What was planted into simulated trade: one row for each stretch of a customer's time.

`vigia simulate --truth` writes the table, `vigia backtest --truth` grades by it.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

COLUMNS = ("customer", "kind", "from", "to", "rate", "category", "cause", "trade")
NEEDED = COLUMNS[:5]


@dataclass(frozen=True, slots=True)
class TruthRow:
    """From `starts` to `ends`, both included, `rate` of the customer's usual buying remains.

    `ends` None: until the end of the data. `rate` is the share that is left: 0 gone, 1 as usual.
    With a `category` it speaks of that category alone. `cause` names what struck several
    customers at once, `trade` how the customer buys.
    """

    customer: str
    kind: str
    starts: date
    ends: date | None
    rate: float
    category: str = ""
    cause: str = ""
    trade: str = ""


class TruthError(ValueError):
    """A table that cannot be read; the message names the row (the header is row 1)."""


def truth_cells(row: TruthRow) -> list[str]:
    """The row's cells, in the order of COLUMNS."""
    ends = "" if row.ends is None else row.ends.isoformat()
    rate = f"{row.rate:.4g}"
    who = [row.customer, row.kind, row.starts.isoformat(), ends, rate]
    return [*who, row.category, row.cause, row.trade]


def read_truth(lines: Iterable[str]) -> Iterator[TruthRow]:
    """The rows of a CSV table with at least the first five columns. Raises TruthError."""
    table = csv.DictReader(lines)
    missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
    if missing:
        raise TruthError(f"row 1 lacks the columns {', '.join(missing)}")
    for number, cells in enumerate(table, start=2):
        try:
            yield _row(cells)
        except (TypeError, ValueError):  # a cell that is missing is None
            raise TruthError(
                f"row {number:,} is not a customer, a kind, two dates such as 2026-03-02 (the "
                "second may be empty) and a number"
            ) from None


def _row(cells: dict[str, str]) -> TruthRow:
    ends = cells["to"]
    rate = float(cells["rate"])
    if not (cells["customer"] and cells["kind"] and 0 <= rate < float("inf")):
        raise ValueError
    return TruthRow(
        customer=cells["customer"],
        kind=cells["kind"],
        starts=date.fromisoformat(cells["from"]),
        ends=date.fromisoformat(ends) if ends else None,
        rate=rate,
        category=cells.get("category") or "",
        cause=cells.get("cause") or "",
        trade=cells.get("trade") or "",
    )
