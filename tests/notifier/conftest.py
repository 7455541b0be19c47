"""A company with a rep and a manager, settings without waits, and counters."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.notifier.metrics import NotifierMetrics
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage import reps
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import customer


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> NotifierMetrics:
    return NotifierMetrics(registry)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        time_zone="Europe/Madrid",
        operator_email="it@company.example",
        mail_from="Vigía <vigia@company.example>",
        digest_at="",
        working_hours={},
    )


@pytest.fixture
def company(database: Database, clock: SimulatedClock) -> Database:
    """Customer C-1029 of rep r1 (Ana), whose manager is m1 (Marta)."""
    ana = Rep("r1", name="Ana Ruiz", email="ana@company.example", manager="m1")
    marta = Rep("m1", name="Marta", email="marta@company.example", locale="es")
    with database.write() as connection:
        reps.add(connection, ana, clock.now())
        reps.add(connection, marta, clock.now())
        connection.execute(
            customer.insert().values(id="C-1029", name="Panadería Sol", rep="r1", field_times={})
        )
    return database
