"""Whoever folds goes before whoever reads ahead, and never stops them for good."""

from threading import Event, Thread

import pytest
from sqlalchemy.exc import OperationalError

from shared.eventlog.right_of_way import RightOfWay
from shared.storage.database import Database
from tests.eventlog.builders import A_MOMENT, PATIENCE, slowly


class Reading:
    """Goes through three items on a thread of its own, as soon as it may."""

    def __init__(self, way: RightOfWay) -> None:
        self.read: list[str] = []
        self._done = Event()
        self._items = way.give("abc")
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def done(self, within: float = PATIENCE) -> bool:
        return self._done.wait(within)

    def _run(self) -> None:
        self.read.extend(self._items)
        self._done.set()


@pytest.fixture
def way() -> RightOfWay:
    return RightOfWay()


def test_nobody_in_the_way_means_no_waiting(way: RightOfWay) -> None:
    assert [*way.give("abc")] == ["a", "b", "c"]


def test_reading_goes_on_while_a_statement_runs_and_only_then(
    way: RightOfWay, database: Database
) -> None:
    with database.read() as connection, way.taken(connection):
        reading = Reading(way)
        assert not reading.done(A_MOMENT)
        slowly(connection, reading.done)
        assert reading.read == ["a", "b", "c"]
        late = Reading(way)
        assert not late.done(A_MOMENT)
    assert late.done()


def test_whoever_fails_gives_way(way: RightOfWay, database: Database) -> None:
    with database.read() as connection:
        with pytest.raises(RuntimeError), way.taken(connection):
            reading = Reading(way)
            raise RuntimeError("a bug")
        assert reading.done()


def test_a_statement_that_fails_stops_nobody(way: RightOfWay, database: Database) -> None:
    with database.read() as connection:
        with pytest.raises(OperationalError, match="no such table"), way.taken(connection):
            connection.exec_driver_sql("SELECT * FROM nowhere")
        assert [*way.give("abc")] == ["a", "b", "c"]


def test_another_connection_leaves_the_way_as_it_is(way: RightOfWay, database: Database) -> None:
    with (
        database.read() as connection,
        database.read() as other,
        way.taken(connection),
    ):
        reading = Reading(way)
        slowly(other, lambda: reading.done(A_MOMENT))
        assert not reading.read
    assert reading.done()
