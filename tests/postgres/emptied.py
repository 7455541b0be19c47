"""A migrated database made as new again after a test: several times as quick as another one."""

import psycopg
from psycopg.sql import SQL, Identifier

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SHAPE = """SELECT md5(string_agg(
    concat_ws(' ', attrelid, attname, atttypid), ',' ORDER BY attrelid, attnum
))
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace"""
_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_COUNTED = """SELECT sequencename FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL"""


class Emptied:
    """The rows and the shape of a migrated database, to be gone back to."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = url
        with psycopg.connect(url, autocommit=True) as connection:
            self._shape = _shape(connection)
            self._tables = [row[0] for row in connection.execute(_TABLES)]
            self._rows = {name: _copied(connection, name) for name in self._filled(connection)}

    def restore(self) -> bool:
        """End whoever is connected and take away what was written.

        False: a test changed tables or views, so that the database can be dropped only.
        """
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(_OTHERS)
            if _shape(connection) != self._shape:
                return False
            filled = self._filled(connection)
            if filled:
                names = SQL(", ").join(map(Identifier, filled))
                connection.execute(SQL("TRUNCATE {} CASCADE").format(names))
            for name in [row[0] for row in connection.execute(_COUNTED)]:
                connection.execute(SQL("ALTER SEQUENCE {} RESTART").format(Identifier(name)))
            for name, rows in self._rows.items():
                into = SQL("COPY {} FROM STDIN").format(Identifier(name))
                with connection.cursor() as cursor, cursor.copy(into) as copy:
                    copy.write(rows)
        return True

    def _filled(self, connection: psycopg.Connection) -> list[str]:
        """The tables that hold rows."""
        each = [
            SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(name, Identifier(name))
            for name in self._tables
        ]
        return [row[0] for row in connection.execute(SQL(" UNION ALL ").join(each))]


def _shape(connection: psycopg.Connection) -> str:
    found = connection.execute(_SHAPE).fetchone()
    assert found is not None
    return str(found[0])


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    out = SQL("COPY {} TO STDOUT").format(Identifier(table))
    with connection.cursor() as cursor, cursor.copy(out) as copy:
        return b"".join(bytes(part) for part in copy)
