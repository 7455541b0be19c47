"""Simulated trade posted to a running Vigía, as tills and an ERP would."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.acceptance.running import Vigia


def test_simulated_trade_is_posted_and_counted(tmp_path: Path) -> None:
    vigia = Vigia(tmp_path / "data", now="2026-03-02T06:30:00Z", log_level="error")
    small = ("simulate", "--customers", "15", "--weeks", "8")
    made = len(vigia(*small).splitlines())
    key = vigia("key", "create", "--scope", "master").split()[-1]
    with vigia.up() as address:
        vigia.set(key=key)
        vigia(*small, "--post", address)
        vigia.wait_until_settled()
        status = vigia.status()
        refused = vigia(*small, "--post", address, "--key", "wrong", code=1)
    assert status["quarantine"] == 0
    assert sum(status["lag"]["vigia.events"].values()) == 0
    assert "answered 401" in refused
    assert refused.count("\n") == 1
    with closing(sqlite3.connect(tmp_path / "data" / "vigia.db")) as connection:
        counted = "SELECT count(*) FROM report_event WHERE state = 'counted'"
        assert connection.execute(counted).fetchone() == (made,)
