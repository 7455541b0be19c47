"""The application over a real database and a real log that can be taken away."""

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from services.ingest.service import create_app
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage.database import Database
from tests.ingest.builders import LogDown, Server, new_key


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


@pytest.fixture
def server(app: FastAPI, database: Database) -> Iterator[Server]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        thread.join(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Server(port, new_key(database, "admin"))
    running.should_exit = True
    thread.join(10)
