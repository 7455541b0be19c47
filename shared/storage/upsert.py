"""INSERT ... ON CONFLICT, which both databases know but SQLAlchemy spells once for each."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert


def insert(connection: Connection, table: Table) -> "Insert":
    """An INSERT into `table` that offers on_conflict_do_nothing and on_conflict_do_update.

    The two dialects' statements take the same arguments; the annotation names one of them.
    """
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> "Insert":
    """The same for statements that are built once and kept, by the dialect's name."""
    if dialect == "postgresql":
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)
