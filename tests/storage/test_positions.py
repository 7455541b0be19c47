"""The fence: a position moves from where it was read, or not at all."""

from functools import partial

import pytest

from shared.ops.errors import LostPosition
from shared.storage.database import Database
from shared.storage.positions import Position, StoredPositions, advance
from tests.storage.builders import at_once


def move(database: Database, start: Position | None, end: Position, partition: int = 0) -> bool:
    try:
        with database.write() as connection:
            where = {"group": "g", "topic": "t", "partition": partition}
            advance(connection, **where, start=start, end=end)  # type: ignore[arg-type]
    except LostPosition:
        return False
    return True


def test_positions_are_read_by_partition(database: Database) -> None:
    assert StoredPositions(database, "g").read("t") == {}
    assert move(database, None, Position(5, "x"))
    assert move(database, None, Position(7, "x"), partition=1)
    assert StoredPositions(database, "g").read("t") == {0: Position(5, "x"), 1: Position(7, "x")}
    assert StoredPositions(database, "h").read("t") == {}


@pytest.mark.parametrize("start", [None, Position(4, "x"), Position(5, "y")])
def test_another_start_than_the_stored_one_moves_nothing(
    database: Database, start: Position | None
) -> None:
    move(database, None, Position(5, "x"))
    assert not move(database, start, Position(9, "x"))
    assert StoredPositions(database, "g").read("t") == {0: Position(5, "x")}
    assert move(database, Position(5, "x"), Position(9, "x"))


@pytest.mark.parametrize("start", [None, Position(1, "x")])
def test_of_many_at_once_one_moves_it(database: Database, start: Position | None) -> None:
    if start:
        move(database, None, start)
    moves = [partial(move, database, start, Position(10 + n, "x")) for n in range(6)]
    assert sorted(at_once(moves)) == [False] * 5 + [True]
