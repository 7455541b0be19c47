"""A key that posts more than it may waits, and no other one does."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from services.ingest.pace import BURST_SECONDS, Pace
from services.ingest.service import create_app
from shared.contract.answers import Problem
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage.database import Database
from tests.ingest.builders import ndjson, new_key, purchase


class Watch(SimulatedClock):
    """A clock whose seconds pass when the test says so."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(clock: SimulatedClock) -> Watch:
    return Watch(clock.now())


@pytest.fixture
def limited(database: Database, log: TableLog, watch: Watch) -> Iterator[TestClient]:
    """A client of a server where a key may post one event a second."""
    app = create_app(
        settings=Settings(key_rate=1),
        database=database,
        log=log,
        clock=watch,
        registry=CollectorRegistry(),
    )
    with TestClient(app) as client:
        client.headers["Content-Type"] = "application/x-ndjson"
        yield client


def test_who_posts_too_much_hears_when_to_go_on(
    limited: TestClient, database: Database, watch: Watch
) -> None:
    mine = {"Authorization": "Bearer " + new_key(database, "ingest")}
    other = {"Authorization": "Bearer " + new_key(database, "ingest")}
    body = ndjson(*(purchase(n) for n in range(BURST_SECONDS + 3)))
    assert limited.post("/v1/events", content=body, headers=mine).status_code == 202
    refused = limited.post("/v1/events", content=body, headers=mine)
    assert refused.status_code == 429
    assert Problem.model_validate_json(refused.content).status == 429
    wait = int(refused.headers["retry-after"])
    assert limited.post("/v1/events", content=body, headers=other).status_code == 202

    watch.seconds += wait - 1
    assert limited.post("/v1/events", content=body, headers=mine).status_code == 429
    watch.seconds += 1
    assert limited.post("/v1/events", content=body, headers=mine).status_code == 202


def test_items_that_are_set_aside_count_too(limited: TestClient, database: Database) -> None:
    mine = {"Authorization": "Bearer " + new_key(database, "ingest")}
    body = ndjson(*({"id": str(n)} for n in range(BURST_SECONDS)))
    into_quarantine = "/v1/events?invalid=quarantine"
    assert limited.post(into_quarantine, content=body, headers=mine).status_code == 202
    assert limited.post(into_quarantine, content=body, headers=mine).status_code == 429


def test_a_pause_saves_up_no_more_than_a_minute(watch: Watch) -> None:
    pace = Pace(10, watch)
    pace.spend("key", 1)
    watch.seconds += 3600
    pace.spend("key", 10 * BURST_SECONDS)
    assert pace.wait("key") == 1


def test_without_a_rate_nobody_waits(watch: Watch) -> None:
    pace = Pace(0, watch)
    pace.spend("key", 1_000_000)
    assert pace.wait("key") == 0
