"""Many rows in few statements: arrays on PostgreSQL, long lists of VALUES on SQLite.

Both databases then work for milliseconds on one statement, during which other threads of this
process go on. Where no row can be there already, PostgreSQL copies them: that takes half as long.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from shared.storage.copying import copy_text

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

    def insert(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> int:
        """How many rows were added or changed."""
        if connection.dialect.name == "postgresql":
            return connection.exec_driver_sql(self._with_arrays, arrays_of(rows)).rowcount
        values = tuple(chain.from_iterable(rows))
        width = len(self._columns)
        return sum(
            connection.exec_driver_sql(
                self._values((end - start) // width), values[start:end]
            ).rowcount
            for start, end in _spans(len(values), SQLITE_VALUES, width)
        )

    def insert_returning(
        self, connection: Connection, rows: Iterable[Sequence[Any]], what: str
    ) -> Sequence[Any]:
        """On PostgreSQL: `what`, in SQL, of each row that was added."""
        statement = f"{self._with_arrays} RETURNING {what}"
        return connection.exec_driver_sql(statement, arrays_of(rows)).all()

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


def copy(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """On PostgreSQL: add rows, given by column, of which the table has none.

    Raises IntegrityError where it has one; only a savepoint saves the transaction then.
    """
    statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    text = copy_text({table.c[name]: values for name, values in columns.items()})
    connection.exec_driver_sql(statement, (text,))


def arrays_of(rows: Iterable[Sequence[Any]]) -> tuple[list[Any], ...]:
    """The columns of `rows`, as PostgreSQL's driver takes arrays."""
    return tuple(map(list, zip(*rows, strict=True)))


def _spans(end: int, most: int, width: int) -> Iterator[tuple[int, int]]:
    """From where to where values go into a statement: `most` of them, then ever fewer.

    Halves, so that few lengths occur and stay compiled; all are multiples of `width`.
    """
    start, rows = 0, most // width
    while start < end:
        while rows * width > end - start:
            rows = (rows + 1) // 2
        yield start, start + rows * width
        start += rows * width
