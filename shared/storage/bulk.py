"""Many rows in few statements: arrays on PostgreSQL, long lists of VALUES on SQLite.

Both databases then work for milliseconds on one statement, during which other threads of this
process go on.
"""

from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

SQLITE_VALUES = 6_500  # in a statement: longer ones are slower again


class ManyRows:
    """An INSERT into some columns of a table, for any number of rows.

    `fixed` gives further columns a value in SQL, the same for all rows. `ending` follows the
    rows: ON CONFLICT and so on. The rows' order is that of insertion: where others write the
    same rows too, sort them by the key, or PostgreSQL finds deadlocks.
    """

    def __init__(
        self, table: Table, columns: Sequence[str], *, fixed: dict[str, str], ending: str
    ) -> None:
        self._columns = [table.c[name] for name in columns]
        self._names = ", ".join(columns)
        self._fixed = "".join(f", {value}" for value in fixed.values())
        self._into = f"INSERT INTO {table.name} ({', '.join([*columns, *fixed])})"
        self._ending = ending
        self._values = cache(self._with_values)

    def insert(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """How many rows were added or changed."""
        if connection.dialect.name == "postgresql":
            return connection.exec_driver_sql(self._with_arrays, arrays_of(rows)).rowcount
        return sum(
            connection.exec_driver_sql(self._values(len(some)), tuple(chain(*some))).rowcount
            for some in _chunks(rows, SQLITE_VALUES // len(self._columns))
        )

    def returning(self, name: str) -> str:
        """The statement for PostgreSQL that gives back a column of the rows it added."""
        return f"{self._with_arrays} RETURNING {name}"

    @cached_property
    def _with_arrays(self) -> str:
        arrays = ", ".join(
            f"%s::{column.type.compile(dialect=postgresql.dialect())}[]"  # type: ignore[no-untyped-call]
            for column in self._columns
        )
        return (
            f"{self._into} SELECT {self._names}{self._fixed} "  # noqa: S608 - constants only
            f"FROM unnest({arrays}) AS given({self._names}) {self._ending}"
        )

    def _with_values(self, rows: int) -> str:
        row = f"({', '.join('?' * len(self._columns))}{self._fixed})"
        return f"{self._into} VALUES {', '.join([row] * rows)} {self._ending}"


def arrays_of(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], ...]:
    """The columns of `rows`, as PostgreSQL's driver takes arrays."""
    return tuple(map(list, zip(*rows, strict=True)))


def _chunks(rows: Sequence[Sequence[Any]], size: int) -> Iterator[Sequence[Sequence[Any]]]:
    """`size` rows, then ever fewer: halves, so that few lengths occur and stay compiled."""
    start = 0
    while start < len(rows):
        while size > len(rows) - start:
            size = (size + 1) // 2
        yield rows[start : start + size]
        start += size
