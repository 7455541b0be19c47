"""Keys are remembered for a minute, and for ten while the database is down."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime

import anyio
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from services.ingest.auth import Keys, KeysUnavailable, forbidden
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from shared.storage.keys import ApiKey, list_keys, revoke_key
from shared.storage.tables import log_record
from tests.ingest.builders import AT, LogDown, new_key, purchase


class Ticking(SimulatedClock):
    """Seconds pass only when the test says so."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


class Breakable(Database):
    """A database that can be taken away; counts how often it is read."""

    broken = False
    reads = 0

    def read(self, *, patient: bool = False) -> AbstractContextManager[Connection]:  # type: ignore[override]
        self.reads += 1
        if self.broken:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return super().read(patient=patient)


class World:
    def __init__(self, database: Database) -> None:
        self.database = Breakable(str(database.engine.url))
        self.clock = Ticking(AT)
        self.keys = Keys(self.database, self.clock)

    def find(self, secret: str) -> ApiKey | None:
        return anyio.run(self.keys.find, secret)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_key_is_asked_for_once_a_minute(world: World, database: Database) -> None:
    secret = new_key(database, "read")
    for seconds in (0.0, 59.0, 60.0, 61.0, 120.0):
        world.clock.seconds = seconds
        assert world.find(secret) is not None
    assert world.database.reads == 2


def test_a_burst_of_one_new_key_asks_once(world: World, database: Database) -> None:
    secret = new_key(database, "read")

    async def burst() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(30):
                group.start_soon(world.keys.find, secret)

    anyio.run(burst)
    assert world.database.reads == 1


def test_a_revoked_key_ends_within_a_minute(world: World, database: Database) -> None:
    secret = new_key(database, "read")
    assert world.find(secret) is not None
    with database.write() as connection:
        revoke_key(connection, list_keys(connection)[0].id, AT)
    world.clock.seconds = 61.0
    assert world.find(secret) is None
    world.database.broken = True
    with pytest.raises(KeysUnavailable):
        world.find(secret)


def test_a_new_key_works_at_once(world: World, database: Database) -> None:
    assert world.find("vigia_not_yet") is None
    assert world.find(new_key(database, "read")) is not None


def test_with_the_database_down_known_keys_work_for_ten_minutes(
    world: World, database: Database
) -> None:
    secret = new_key(database, "read")
    world.find(secret)
    world.database.broken = True
    for seconds in (61.0, 300.0, 600.0):
        world.clock.seconds = seconds
        assert world.find(secret) is not None
        with pytest.raises(KeysUnavailable):
            world.find("another")
    world.clock.seconds = 601.0
    with pytest.raises(KeysUnavailable):
        world.find(secret)
    world.database.broken = False
    world.clock.seconds = 606.0
    assert world.find(secret) is not None


def test_a_database_that_is_down_is_not_asked_by_every_request(world: World) -> None:
    world.database.broken = True
    for seconds in (0.0, 1.0, 4.9, 5.1):
        world.clock.seconds = seconds
        with pytest.raises(KeysUnavailable):
            world.find("any")
    assert world.database.reads == 2


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer vigia_unknown", "Bearer \xe9"]
)
def test_without_a_good_key_the_answer_is_401(bare: TestClient, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    for answer in (
        bare.post("/v1/events?dry_run=9", json=purchase(), headers=headers),
        bare.get("/v1/alerts", headers=headers),
        bare.get("/v1/customers/x", headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["status"] == 401


def test_a_key_does_only_what_its_scope_says(bare: TestClient, database: Database) -> None:
    ingest = {"Authorization": f"Bearer {new_key(database, 'ingest')}"}
    read = {"Authorization": f"Bearer {new_key(database, 'read')}"}
    assert bare.get("/v1/alerts", headers=ingest).status_code == 403
    assert bare.get("/v1/customers", headers=ingest).status_code == 403
    assert bare.post("/v1/events", json=purchase(), headers=read).status_code == 403
    assert bare.get("/v1/alerts", headers=read).status_code == 200
    assert bare.post("/v1/events", json=purchase(), headers=ingest).status_code == 202


def test_master_allows_facts_too_and_no_reading(bare: TestClient, database: Database) -> None:
    master = {"Authorization": f"Bearer {new_key(database, 'master')}"}
    rep = purchase(type="rep", subject="r-ana", data={"name": "Ana"})
    for event in (purchase(), rep):
        assert bare.post("/v1/events", json=event, headers=master).status_code == 202
    assert bare.get("/v1/alerts", headers=master).status_code == 403
    assert bare.get("/v1/customers/c1", headers=master).status_code == 403


def test_a_bound_key_speaks_for_its_source_in_rows_and_feeds(
    bare: TestClient, database: Database
) -> None:
    bound = {"Authorization": f"Bearer {new_key(database, 'ingest', source='till 1')}"}
    rows = "id,time,customer,amount,source\nr1,2026-03-01T09:00:00Z,c1,1,till 2\n"
    answer = bare.post("/v1/events", content=rows, headers={**bound, "Content-Type": "text/csv"})
    assert answer.status_code == 403
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/source"]
    for source, status in (("till 1", 202), ("till 2", 403)):
        data = {"complete_until": "2026-03-01T09:00:00Z"}
        feed = purchase(type="feed", source=source, subject=source, data=data)
        assert bare.post("/v1/events", json=feed, headers=bound).status_code == status
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(log_record)) == 1


def test_a_source_that_is_no_text_is_left_to_validation(fragile: LogDown) -> None:
    key = ApiKey("k", frozenset({"ingest"}), "till", datetime.now(UTC), None)
    assert forbidden(key, {"source": 5, "type": ["customer"]}) is None
