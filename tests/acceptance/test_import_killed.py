"""An import that is killed in the middle, and repeated, is the same as one that was not."""

import sqlite3
from pathlib import Path

from tests.acceptance.running import Vigia, wait_for

ORDERS = 12_000


def sales(path: Path) -> Path:
    lines = ["id,time,customer,amount"]
    for number in range(ORDERS):
        day = f"2025-{1 + number % 12:02}-{1 + number % 28:02}"
        lines.append(f"r-{number},{day}T10:00:00Z,C-{number % 300},{1 + number % 50}.25")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def totals(data: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "vigia.db") as connection:
        return connection.execute(
            "SELECT customer, day, currency, orders, amount FROM report_customer_day "
            "ORDER BY customer, day"
        ).fetchall()


def count(data: Path, table: str) -> int:
    try:
        with sqlite3.connect(f"file:{data / 'vigia.db'}?mode=ro", uri=True) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:  # the file or its tables are not there yet
        return 0


def kill_once(vigia: Vigia, file: Path, table: str) -> None:
    """Start the import and kill it as soon as `table` has rows."""
    process = vigia.start("import", str(file), "--source", "shop")
    wait_for(lambda: count(vigia.data, table) or process.poll() is not None)
    process.kill()
    process.communicate()


def test_a_killed_import_is_made_good_by_repeating_it(tmp_path: Path) -> None:
    file = sales(tmp_path / "sales.csv")
    whole = Vigia(tmp_path / "whole")
    whole("import", str(file), "--source", "shop")

    broken = Vigia(tmp_path / "broken")
    kill_once(broken, file, "log_record")  # while writing
    kill_once(broken, file, "event")  # while counting
    assert 0 < count(broken.data, "event") < ORDERS, "it was not killed in the middle"

    broken("import", str(file), "--source", "shop")
    assert totals(broken.data) == totals(whole.data)
    assert count(broken.data, "event") == ORDERS
    assert broken.json("verify") == []
    status = broken.json("status")
    assert status["settled"] is True
    assert sum(status["deliveries"].values()) == 0


def test_a_bad_row_leaves_nothing_behind(tmp_path: Path) -> None:
    file = sales(tmp_path / "sales.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[4_999] = "r-x,the day after,C-1,3.00"
    file.write_text("\n".join(lines), encoding="utf-8")
    vigia = Vigia(tmp_path / "data")
    told = vigia("import", str(file), code=1)
    assert told.count("\n") == 1
    assert "row 5,000: column time" in told
    assert not (tmp_path / "data" / "vigia.db").exists()
