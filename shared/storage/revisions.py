"""Corrections: of each document the highest revision counts and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, bindparam, select, update

from shared.storage import arrays
from shared.storage.ledger import CORRECTED, COUNTED, REPLACED, Added
from shared.storage.new_rows import NewRows, some_rows
from shared.storage.tables import event


@dataclass(frozen=True, slots=True)
class Displaced:
    """A row that counted until a higher revision came; of a feed or rep, it has no customer."""

    customer: int | None
    type: str
    day: int
    currency: str | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """What `replace_revisions` did: the rows that count no longer, and the documents, as source
    and id, that have several revisions."""

    displaced: Sequence[Displaced] = ()
    documents: frozenset[tuple[str, str]] = frozenset()


NO_CORRECTIONS = Corrections()


def replace_revisions(connection: Connection, added: Added) -> Corrections:
    """Let the highest revision of each document among the added rows count and no other."""
    if not any(added.columns.revision) and not _any_corrected(connection, added):
        return NO_CORRECTIONS
    rows = added.rows
    several = connection.execute(_several(rows.listed), rows.given)
    documents = sorted({(row[0], row[1]) for row in several})
    if not documents:
        return NO_CORRECTIONS
    lower = _outdone(connection, rows, documents)
    if lower:
        this = update(event).where(event.c.number == bindparam("row"))
        values = [{"row": row.number} for row in lower]
        connection.execute(this.values(state=REPLACED), values)
    displaced = [
        Displaced(row.customer, row.type, row.day, row.currency)
        for row in lower
        if row.state == COUNTED and not row.new
    ]
    return Corrections(displaced, frozenset(documents))


def _any_corrected(connection: Connection, added: Added) -> bool:
    """Whether anything was ever corrected; told by the first entry of an index of corrections.

    Whoever adds rows beside a correction is after it or before it, never at the same time: so
    what adding them saw of it still holds.
    """
    if added.corrected is not None:
        return added.corrected
    return connection.exec_driver_sql(CORRECTED[connection.dialect.name]).first() is not None


@cache
def _several(listed: bool) -> Select[Any]:
    """The documents of added rows that have other revisions."""
    new, other = event.alias("new"), event.alias("other")
    same = and_(other.c.source == new.c.source, other.c.id == new.c.id)
    return (
        select(new.c.source, new.c.id)
        .select_from(new.join(other, and_(same, other.c.revision != new.c.revision)))
        .where(some_rows(listed).among(new))  # no DISTINCT: SQLite would walk the whole index
    )


def _outdone(
    connection: Connection, rows: NewRows, documents: Sequence[tuple[str, str]]
) -> list[Any]:
    """The rows of `documents` below a higher revision: state, and all that Displaced needs."""
    given = arrays.table(connection, (("source", Text()), ("id", Text())), documents)
    same = and_(event.c.source == given.c.source, event.c.id == given.c.id)
    names = ("number", "customer", "type", "day", "currency", "state", "revision")
    columns = [event.c[name] for name in (*names, "source", "id")]
    found = connection.execute(
        select(*columns, rows.among(event).label("new"))
        .select_from(given.join(event, same))
        .where(event.c.state.in_((COUNTED, REPLACED)))
    ).all()
    highest: dict[tuple[str, str], int] = {}
    for row in found:
        document = (row.source, row.id)
        highest[document] = max(highest.get(document, 0), row.revision)
    return [row for row in found if row.revision < highest[row.source, row.id]]
