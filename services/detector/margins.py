"""What is left of customers' revenue: the margin rate of the master data, else the company's."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import BigInteger, Connection, select

from shared.ops.settings import Settings
from shared.storage import arrays
from shared.storage.tables import customer


def load_margins(
    connection: Connection, numbers: Sequence[int], settings: Settings
) -> dict[int, str]:
    """Margin as a share of revenue, decimal text, by customer number; a few thousand at a time.

    A rate that is no share (below 0, above 1) is not known: somebody may have sent 25 for 25 %.
    Whoever is missing has no rate; then revenue is told.
    """
    usual = settings.margin_rate
    found: dict[int, str] = {} if usual is None else dict.fromkeys(numbers, str(usual))
    these = arrays.table(connection, [("number", BigInteger())], numbers)
    rows = (
        select(customer.c.number, customer.c.margin_rate)
        .join(these, these.c.number == customer.c.number)
        .where(customer.c.margin_rate.is_not(None))
    )
    for number, rate in connection.execute(rows):
        if 0 <= Decimal(rate) <= 1:
            found[number] = rate
    return found
