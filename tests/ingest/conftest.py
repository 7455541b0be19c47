"""The application over a real database and a real log that can be taken away."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from services.ingest.service import create_app
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage.database import Database
from tests.ingest.builders import LogDown, new_key


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def fragile(log: TableLog) -> LogDown:
    return LogDown(log)


@pytest.fixture
def app(
    database: Database, fragile: LogDown, clock: SimulatedClock, registry: CollectorRegistry
) -> FastAPI:
    return create_app(
        settings=Settings(), database=database, log=fragile, clock=clock, registry=registry
    )


@pytest.fixture
def bare(app: FastAPI) -> Iterator[TestClient]:
    """A client without a key."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(bare: TestClient, database: Database) -> TestClient:
    """A client whose key may do anything."""
    bare.headers["Authorization"] = "Bearer " + new_key(database, "admin")
    return bare
