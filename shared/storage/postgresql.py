"""How sessions of PostgreSQL are started, and what ends those that hold up others."""

import os
import select
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

# A host that vanished is noticed by these, not after the two hours of the system's defaults.
_NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long PostgreSQL bears with a session, in seconds.

    `idle`: silence within a transaction, after which the session is ended: a frozen process
    must not hold up whoever took over its work. `lock`: waiting for another's lock.
    `statement`: one statement.
    """

    idle: float = 15.0
    lock: float = 5.0
    statement: float = 60.0

    def options(self) -> str:
        """What a session is started with, for libpq."""
        settings: dict[str, object] = {
            "idle_in_transaction_session_timeout": _ms(self.idle),
            "lock_timeout": _ms(self.lock),
            "statement_timeout": _ms(self.statement),
            # What the locks of a fold and a judgement were thought out for.
            "default_transaction_isolation": "read\\ committed",
            "TimeZone": "UTC",
            # Many small statements: whole tables are rarely worth reading, helpers never.
            "random_page_cost": 1.1,
            "jit": "off",
            "max_parallel_workers_per_gather": 0,
        }
        return " ".join(f"-c {name}={value}" for name, value in settings.items())


LIMITS = Limits()


def engine(url: URL, role: str, limits: Limits) -> Engine:
    """Connections to the PostgreSQL at `url`; what the address says of a session counts."""
    from shared.storage.listing import write_lists_fast  # loads the driver

    given = url.query.get("options", "")
    theirs = given if isinstance(given, str) else " ".join(given)
    ours = {**_NETWORK, "application_name": f"{role}:{os.getpid()}"}
    made = create_engine(
        url.difference_update_query(["options"]),
        pool_size=5,
        max_overflow=15,
        pool_timeout=4,
        pool_use_lifo=True,  # statements are prepared in a session: let few sessions do most
        hide_parameters=True,
        connect_args={
            **{name: value for name, value in ours.items() if name not in url.query},
            "options": f"{limits.options()} {theirs}",  # of two with one name the later counts
        },
    )

    @event.listens_for(made, "connect")
    def connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        write_lists_fast(connection)

    @event.listens_for(made, "checkout")
    def checkout(connection: Any, _record: ConnectionPoolEntry, _proxy: Any) -> None:
        # A restarted server must not cost every thread an error, nor a session a question.
        if connection.closed or _has_spoken(connection.fileno()):
            raise InvalidatePoolError("the server ended the session")

    @event.listens_for(made, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, _context: object) -> bool:
        """Hands COPY what it reads; True where that was done. Errors go the way of all others."""
        if not statement.startswith("COPY "):
            return False
        with cursor.copy(statement) as copying:
            copying.write(parameters[0])
        return True

    return made


def begin_forgettable(connection: Connection) -> None:
    """Begin a transaction whose commit does not wait for the disk, before its first statement.

    The driver would begin it with that, and sees that it has begun. If the session is gone the
    statement finds out, as it would have.
    """
    driver: Any = connection.connection.driver_connection
    driver.pgconn.exec_(b"BEGIN; SET LOCAL synchronous_commit = off")


def _has_spoken(socket: int) -> bool:
    """Whether there is something to read where nothing was asked: the server's farewell."""
    looking = select.poll()
    looking.register(socket, select.POLLIN)
    return bool(looking.poll(0))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
