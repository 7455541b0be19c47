"""Counting all days anew in another zone."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from services.cli.folder import hold_folder
from services.cli.wiring import open_parts
from shared.ops.settings import load_settings
from shared.storage.database import Database
from shared.storage.rezone import others_at_work
from shared.storage.tables import alert, company, customer, customer_day, due
from tests.cli.conftest import Command
from tests.cli.test_commands import imported
from tests.postgres.server import Server

# In Madrid the second is on the same day as the third, and the first on the next.
EVENING = (
    "id,time,customer,amount\n"
    "1,2026-02-20T23:30:00Z,ana,3.50\n2,2026-02-22T23:30:00Z,ben,9\n3,2026-02-23T08:00:00Z,ben,1\n"
)


def days() -> list[tuple[str, int, int, int]]:
    with open_parts(load_settings()) as parts, parts.database.read() as connection:
        columns = (customer.c.id, customer_day.c.day, customer_day.c.orders, customer_day.c.amount)
        query = select(*columns).join_from(customer_day, customer)
        rows = connection.execute(query.order_by(customer_day.c.customer, customer_day.c.day))
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_days_move_and_the_other_settings_are_right_then(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(vigia, tmp_path, EVENING)
    before = days()
    ran = vigia("rebuild", "--zone", "Europe/Madrid")
    assert (ran.code, "another day now: 2;" in ran.out) == (0, True)
    assert [vigia(*words).code for words in (("migrate",), ("verify",))] == [1, 1]
    monkeypatch.setenv("VIGIA_TIME_ZONE", "Europe/Madrid")
    assert [(who, orders, amount) for who, _, orders, amount in days()] == [
        ("ana", 1, 35_000),
        ("ben", 2, 100_000),
    ]
    assert days()[0][1] == before[0][1] + 1
    assert [vigia(*words).code for words in (("migrate",), ("verify",))] == [0, 0]
    assert vigia("rebuild", "--zone", "UTC").code == 0
    monkeypatch.delenv("VIGIA_TIME_ZONE")
    assert days() == before


def test_a_living_alert_is_looked_at_again(
    vigia: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(vigia, tmp_path, EVENING)
    with open_parts(load_settings()) as parts, parts.database.write() as connection:
        ben = connection.scalar(select(customer.c.number).where(customer.c.id == "ben"))
        now = parts.clock.now()
        for name, state in (("a_one", "open"), ("a_two", "lost")):
            row = {"id": name, "kind": "customer", "key": name, "customer": ben, "state": state}
            told = {"severity": "warning", "as_of": 20_000, "opened_at": now, "updated_at": now}
            words = {"sentence": "gone", "evidence": [], "last_number": 1}
            connection.execute(alert.insert().values(row | told | words))
        connection.execute(due.delete())
    assert vigia("rebuild", "--zone", "Europe/Madrid").code == 0
    monkeypatch.setenv("VIGIA_TIME_ZONE", "Europe/Madrid")
    with open_parts(load_settings()) as parts, parts.database.read() as connection:
        rows = connection.execute(select(due.c.customer, due.c.reason)).all()
    assert [tuple(row) for row in rows] == [(ben, "late")]


def test_it_works_alone_and_only_with_a_zone(vigia: Command, tmp_path: Path) -> None:
    imported(vigia, tmp_path, EVENING)
    assert "IANA" in vigia("rebuild", "--zone", "Mars/Olympus").err
    before = days()
    with hold_folder(tmp_path / "data"):
        ran = vigia("rebuild", "--zone", "Europe/Madrid")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert days() == before
    assert json.loads(vigia("status", "--json").out)["settled"] is True


def test_on_postgresql_other_processes_stop_it(
    vigia: Command, monkeypatch: pytest.MonkeyPatch, postgres: Server
) -> None:
    with postgres.fresh() as url:
        monkeypatch.setenv("VIGIA_DATABASE_URL", url)
        monkeypatch.setenv("VIGIA_KAFKA_BOOTSTRAP", "127.0.0.1:1")
        other = Database(url, role="vigia-detector-elsewhere")
        try:
            with other.read() as connection:
                assert others_at_work(connection) == 0
                ran = vigia("rebuild", "--zone", "Europe/Madrid")
                assert (ran.code, "stop them first" in ran.err) == (1, True)
        finally:
            other.close()
        assert vigia("rebuild", "--zone", "Europe/Madrid").code == 0
        mine = Database(url)
        with mine.read() as connection:
            assert connection.scalar(select(company.c.time_zone)) == "Europe/Madrid"
        mine.close()
