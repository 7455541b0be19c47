"""Who is to be judged again because of what a fold brought."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import BigInteger, Connection, func, literal_column, select

from shared.storage import arrays
from shared.storage.due import LATE, URGENT
from shared.storage.ledger import Added
from shared.storage.revisions import Displaced
from shared.storage.tables import LIVING, alert, evaluation
from shared.storage.totals import TRADE

# Facts that bear on a customer whatever the weeks say, and the reason each is judged for.
_TOLD = {
    "cancellation": ("cancellation", URGENT),
    "complaint": ("complaint", URGENT),
    "complaint_resolved": ("late", LATE),
    "payment": ("payment", URGENT),
    "survey": ("survey", URGENT),
}
DueRow = tuple[int, str, int]


def due_rows(
    connection: Connection,
    added: Added,
    displaced: Iterable[Displaced],
    numbers: Mapping[str, int],
    moved: Collection[str],
) -> set[DueRow]:
    """Customer number, reason and priority of everybody to judge again.

    Trade of weeks that were judged already makes a customer due; later trade only if an alert
    lives, as evidence on it; and so does another rep (`moved`: the ids of those customers).
    """
    newest = select(func.max(evaluation.c.as_of)).where(evaluation.c.live)
    judged_until = connection.scalar(newest)
    rows: set[DueRow] = set()
    later: set[int] = set()
    for kind, number, day in _changes(added, displaced, numbers):
        if kind in _TOLD:
            rows.add((number, *_TOLD[kind]))
        elif kind in TRADE and judged_until is not None and day < judged_until:
            rows.add((number, "late", LATE))
        elif kind in TRADE:
            later.add(number)
    rows |= {(number, "purchase", LATE) for number in _watched(connection, later)}
    assigned = _watched(connection, {numbers[one] for one in moved})
    return rows | {(number, "rep", LATE) for number in assigned}


def _changes(
    added: Added, displaced: Iterable[Displaced], numbers: Mapping[str, int]
) -> Iterator[tuple[str, int, int]]:
    """Type, customer number and day of whatever counts now or counts no longer."""
    for fact in added.fresh:
        if fact.customer is not None:
            yield fact.type, numbers[fact.customer], fact.day
    for row in displaced:
        if row.customer is not None:
            yield row.type, row.customer, row.day


def _watched(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Those of `numbers` with a living alert."""
    if not numbers:
        return set()
    given = arrays.table(connection, [("number", BigInteger())], sorted(numbers))
    # Written out, so that SQLite sees that the index of living alerts serves.
    living = alert.c.state.in_([literal_column(f"'{state}'") for state in LIVING])
    these = alert.c.customer.in_(select(given.c.number))
    return set(connection.scalars(select(alert.c.customer).where(these, living)))
