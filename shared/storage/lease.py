"""The one lease: owner, attempt, and until when by the database's own clock.

The same three columns serve named leases (table `lease`) and rows that are worked off one by
one (deliveries). The clocks of hosts differ; the database's is one. Every write under a lease
names its attempt, which rises whenever somebody takes the lease: no row changed means it was
lost.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, bindparam, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from shared.ops.errors import LostLease
from shared.storage.database import Database
from shared.storage.tables import lease
from shared.storage.upsert import insert


class now_ms(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it stands for
    """Milliseconds since 1970 by the database's clock, at the time the statement runs."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(now_ms, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


def database_now_ms(connection: Connection) -> int:
    """Milliseconds since 1970 by the database's clock."""
    return int(connection.execute(select(now_ms())).scalar_one())


def is_free(table: Table) -> ColumnElement[bool]:
    """Whether nobody holds a lease on the row now."""
    return table.c.until <= now_ms()


def is_held(
    table: Table, owner: str | ColumnElement[str], attempt: int | ColumnElement[int]
) -> ColumnElement[bool]:
    """Whether nobody else took the row since `owner` did."""
    return (table.c.owner == owner) & (table.c.attempt == attempt)


def taking(table: Table, owner: str | ColumnElement[str], seconds: float) -> dict[str, Any]:
    """Values of an UPDATE that takes a free row for `seconds`."""
    return {
        "owner": owner,
        "attempt": table.c.attempt + 1,
        "until": lease_end(seconds),
    }


def lease_end(seconds: float) -> ColumnElement[int]:
    """When a lease that begins with the statement ends, by the database's clock."""
    return now_ms() + int(seconds * 1000)


_RENEW = (
    update(lease)
    .where(
        lease.c.name == bindparam("of"),
        is_held(lease, bindparam("of_owner"), bindparam("of_attempt")),
    )
    .values(until=now_ms() + bindparam("more"))
)


class Lease:
    """A named lease that one of many workers holds at a time."""

    def __init__(self, database: Database, name: str, owner: str, seconds: float = 120) -> None:
        self.name = name
        self.attempt: int | None = None
        self._database = database
        self._owner = owner
        self._seconds = seconds

    def acquire(self) -> int | None:
        """Take the lease if it is free; its attempt, or None while it is held.

        Also the same owner cannot take it twice: two threads may share an owner's name.
        """
        self.attempt = self._database.run(self._take)
        return self.attempt

    def renew(self, connection: Connection) -> None:
        """Hold the lease for its full time again, in the transaction of the work done under it.

        Raises LostLease when somebody else took it since.
        """
        held = {"of": self.name, "of_owner": self._owner, "of_attempt": self.attempt or 0}
        given = {**held, "more": int(self._seconds * 1000)}
        if connection.execute(_RENEW, given).rowcount == 0:
            self.attempt = None
            raise LostLease(f"another worker holds the lease {self.name} now; its work goes on")

    def release(self) -> None:
        """Give the lease back so that another may take it at once; harmless when it was lost."""
        if self.attempt is not None:
            held = is_held(lease, self._owner, self.attempt)
            statement = update(lease).where(lease.c.name == self.name, held).values(until=0)
            self.attempt = None
            self._database.run(lambda connection: connection.execute(statement))

    def _take(self, connection: Connection) -> int | None:
        until = now_ms() + int(self._seconds * 1000)
        statement = (
            insert(connection, lease)
            .values(name=self.name, owner=self._owner, attempt=1, until=until)
            .on_conflict_do_update(
                index_elements=["name"],
                set_=taking(lease, self._owner, self._seconds),
                where=is_free(lease),
            )
            .returning(lease.c.attempt)
        )
        return connection.execute(statement).scalar_one_or_none()


def free_all(connection: Connection) -> None:
    """End every named lease: only for who knows that no other process works on the database."""
    connection.execute(update(lease).values(until=0))
