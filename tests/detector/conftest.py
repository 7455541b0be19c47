"""What the detector's tests share."""

import pytest

from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.wakeup import LocalWakeup
from shared.storage.database import Database
from tests.detector.portfolios import House


@pytest.fixture
def house(database: Database, clock: SimulatedClock, wakeup: LocalWakeup, log: TableLog) -> House:
    """A company without customers on Monday 2026-03-02, 06:00 UTC."""
    return House(database, clock, wakeup, log)
