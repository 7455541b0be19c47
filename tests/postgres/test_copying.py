"""Rows reach PostgreSQL as they are, by COPY too."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.exc import IntegrityError

from shared.storage.bulk import copy
from shared.storage.database import Database

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
LONG = 2**63
COPIED = Table(
    "copied",
    MetaData(),
    Column("place", Integer, nullable=False),
    Column("said", Text),
    Column("raw", LargeBinary),
    Column("amount", BigInteger),
    UniqueConstraint("place"),
)
ROWS = st.lists(
    st.tuples(st.none() | TEXTS, st.none() | st.binary(), st.none() | st.integers(-LONG, LONG - 1)),
    min_size=1,
)


def copied(database: Database, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What a table holds after `rows` were copied into it."""
    columns = [[*values] for values in zip(*rows, strict=True)]
    names = ("place", "said", "raw", "amount")
    given = dict(zip(names, [[*range(len(rows))], *columns], strict=True))
    with database.write() as connection:
        COPIED.create(connection)
        copy(connection, COPIED, given)
        kept = connection.execute(select(COPIED).order_by(COPIED.c.place)).all()
        COPIED.drop(connection)
    return [tuple(row[1:]) for row in kept]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_what_is_copied_is_kept(postgres_database: Database, rows: list[tuple[Any, ...]]) -> None:
    assert copied(postgres_database, rows) == rows


def test_what_looks_like_the_signs_of_a_copy_is_text(postgres_database: Database) -> None:
    signs = ["\\N", "\\.", "", "\t", "\n", "\r\n", "\\", "\\t", "\\x41", "a\\", "%s", None]
    rows = [(one, (one or "").encode(), None) for one in signs]
    assert copied(postgres_database, rows) == rows


def test_a_row_that_is_there_is_told_of(postgres_database: Database) -> None:
    """As every error of the database is, so that whoever waits for one hears of it."""
    columns: dict[str, list[Any]] = {"place": [1, 1], "said": ["a", "b"]}
    with postgres_database.write() as connection:
        COPIED.create(connection)
        with pytest.raises(IntegrityError), connection.begin_nested():
            copy(connection, COPIED, columns)
        assert connection.execute(select(COPIED)).all() == []
        COPIED.drop(connection)
