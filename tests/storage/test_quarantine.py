"""The quarantine keeps bytes, place and reason, and a record of the log only once."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select

from shared.storage import quarantine
from shared.storage.database import Database
from shared.storage.quarantine import Rejected
from shared.storage.tables import quarantine as rows

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
RECORD = Rejected(
    "invalid",
    "/data/amount must be above 0",
    b"\x00\xff bytes",
    key=b"maria",
    headers=(("content-type", b"application/json"), ("x", b"")),
    topic="vigia.events",
    partition=0,
    offset=7,
    source="till",
    event_id="1",
    revision=2,
    type="purchase",
    customer="maria",
    day=20_514,
)
AT_THE_DOOR = Rejected("future", "too early", b"{}")


def keep(database: Database, *rejected: Rejected) -> None:
    database.run(lambda connection: quarantine.keep(connection, rejected, NOW))


def test_everything_is_kept_as_it_came(database: Database) -> None:
    keep(database, RECORD, AT_THE_DOOR)

    with database.read() as connection:
        first, second = quarantine.listed(connection, limit=10)
        assert (first.what, first.at) == (RECORD, NOW)
        assert second.what == AT_THE_DOOR
        assert quarantine.find(connection, second.id) == second
        assert quarantine.find(connection, 99) is None


def test_a_record_of_the_log_is_kept_once_but_each_refusal_at_the_door(database: Database) -> None:
    keep(database, RECORD, AT_THE_DOOR)
    keep(database, RECORD, AT_THE_DOOR)

    with database.read() as connection:
        assert quarantine.count(connection) == 3


def test_it_is_listed_in_pages(database: Database) -> None:
    keep(database, *[AT_THE_DOOR] * 5)

    with database.read() as connection:
        first = quarantine.listed(connection, limit=3)
        rest = quarantine.listed(connection, limit=3, after=first[-1].id)
    assert [len(first), len(rest)] == [3, 2]


def test_a_place_can_be_asked_for(database: Database) -> None:
    keep(database, RECORD)

    with database.read() as connection:
        assert quarantine.holds(connection, "vigia.events", 0, 7)
        assert not quarantine.holds(connection, "vigia.events", 0, 8)
        assert not quarantine.holds(connection, "vigia.alerts", 0, 7)


def test_keeping_nothing_is_no_trouble(database: Database) -> None:
    keep(database)

    with database.read() as connection:
        assert quarantine.listed(connection, limit=1) == []


def test_of_a_replaced_topic_all_is_kept_and_its_places_are_free(database: Database) -> None:
    elsewhere = replace(RECORD, partition=1)
    dropped = replace(RECORD, offset=8)
    keep(database, RECORD, dropped, elsewhere)
    database.run(lambda connection: quarantine.drop(connection, [2]))
    database.run(lambda connection: quarantine.forget_places(connection, "vigia.events", {0}))
    keep(database, RECORD, dropped, elsewhere)
    with database.read() as connection:
        places = [
            (one.id, one.what.partition, one.what.offset)
            for one in quarantine.listed(connection, limit=9)
        ]
    assert [place[1:] for place in places] == [(None, None), (1, 7), (0, 7), (0, 8)]
    assert database.run(lambda connection: quarantine.drop(connection, [places[0][0]])) == 1
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(rows)) == 3  # no trace is left
