"""Who is to be judged again because of what a fold brought."""

from collections.abc import Collection

from sqlalchemy import BigInteger, Connection, func, literal_column, select

from shared.storage import arrays
from shared.storage.due import LATE, URGENT
from shared.storage.ledger import Columns
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
_JUDGED_UNTIL = select(func.max(evaluation.c.as_of)).where(evaluation.c.live)
DueRow = tuple[int, str, int]


def due_rows(
    connection: Connection,
    facts: Columns,
    displaced: Collection[Displaced],
    moved: Collection[int],
) -> set[DueRow]:
    """Customer number, reason and priority of everybody to judge again.

    Trade of weeks that were judged already makes a customer due; later trade only if an alert
    lives, as evidence on it; and so does another rep (`moved`: the numbers of those customers).
    `facts` are new, `displaced` counts no longer.
    """
    trades = not {*facts.type, *(row.type for row in displaced)}.isdisjoint(TRADE)
    judged_until = connection.scalar(_JUDGED_UNTIL) if trades else None
    is_judged = (lambda _: False) if judged_until is None else judged_until.__gt__
    changes = {*zip(facts.type, facts.customer, map(is_judged, facts.day), strict=True)}
    changes |= {(row.type, row.customer, is_judged(row.day)) for row in displaced}
    rows: set[DueRow] = set()
    later: set[int] = set()
    for kind, number, judged in changes:
        if number is None:
            continue
        if kind in TRADE:
            if judged:
                rows.add((number, "late", LATE))
            else:
                later.add(number)
        elif kind in _TOLD:
            rows.add((number, *_TOLD[kind]))
    rows |= {(number, "purchase", LATE) for number in _watched(connection, later)}
    return rows | {(number, "rep", LATE) for number in _watched(connection, moved)}


def _watched(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Those of `numbers` with a living alert."""
    if not numbers:
        return set()
    given = arrays.table(connection, [("number", BigInteger())], sorted(numbers))
    # Written out, so that SQLite sees that the index of living alerts serves.
    living = alert.c.state.in_([literal_column(f"'{state}'") for state in LIVING])
    these = alert.c.customer.in_(select(given.c.number))
    return set(connection.scalars(select(alert.c.customer).where(these, living)))
