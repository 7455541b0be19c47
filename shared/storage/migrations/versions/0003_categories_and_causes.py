"""Days by category, counted anew from the ledger; alerts about feeds and about the portfolio."""

import json
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Day, Number, Units

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "1cb80d4dc9c2260d762c6990fe3074c3b69c834d0d76e04afda1f6f6b3cb96dc"

CHUNK = 20_000
LARGEST = 10**17
MARK = b'"category"'
INSTR = "instr(body, :mark)"
BODIES = """SELECT customer, type, day, currency, body FROM event WHERE state = 'counted'
AND type IN ('purchase', 'refund') AND {} > 0 ORDER BY customer"""
COLUMNS = ("customer", "day", "category", "currency", "orders", "amount", "refunds", "refunded")
LIVING = "state IN ('open', 'acknowledged', 'working') AND customer IS NULL"


def upgrade() -> None:
    table = op.create_table(
        "category_day",
        sa.Column("customer", Number, nullable=False),
        sa.Column("day", Day, autoincrement=False, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount", Units, nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("refunded", Units, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.number"], name=op.f("fk_category_day_customer")
        ),
        sa.PrimaryKeyConstraint(
            "customer", "day", "category", "currency", name=op.f("pk_category_day")
        ),
        sqlite_with_rowid=False,
    )
    op.add_column("feed", sa.Column("spoken", sa.BigInteger(), nullable=True))
    op.add_column("feed", sa.Column("spoken_until", Day, nullable=True))
    op.add_column("standing", sa.Column("basis", sa.Text(), nullable=True))
    op.add_column("standing", sa.Column("priority", sa.Float(), nullable=True))
    op.create_index(
        "ux_alert_living_key",
        "alert",
        ["key"],
        unique=True,
        sqlite_where=sa.text(LIVING),
        postgresql_where=sa.text(LIVING),
    )
    count_categories(op.get_bind(), table)


def count_categories(connection: sa.Connection, table: sa.Table) -> None:
    """Customers one after the other, so that no more than a chunk is in memory."""
    holds = "position(:mark in body)" if connection.dialect.name == "postgresql" else INSTR
    bodies = sa.text(BODIES.format(holds)).execution_options(yield_per=CHUNK)
    rows: list[dict[str, Any]] = []
    sums: dict[tuple[Any, ...], list[int]] = {}
    whose = None
    for customer, kind, day, currency, body in connection.execute(bodies, {"mark": MARK}):
        if customer != whose:
            rows += _rows(sums)
            whose, sums = customer, {}
            if len(rows) >= CHUNK:
                connection.execute(table.insert(), rows)
                rows = []
        for category, units in _by_category(kind, json.loads(body)["data"]).items():
            total = sums.setdefault((customer, day, category, currency), [0, 0, 0, 0])
            place = 0 if kind == "purchase" else 2
            total[place] += 1
            total[place + 1] = min(total[place + 1] + units, LARGEST)
    rows += _rows(sums)
    if rows:
        connection.execute(table.insert(), rows)


def _rows(sums: dict[tuple[Any, ...], list[int]]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, (*key, *total), strict=True)) for key, total in sums.items()]


def _by_category(kind: str, data: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for line in data.get("lines") or ():
        if line.get("category"):
            found[line["category"]] += _units(line["amount"])
    return {
        category: min(abs(units), LARGEST)
        for category, units in found.items()
        if units >= 0 or kind == "refund"
    }


def _units(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole + part.ljust(4, "0"))
