"""Indexes for the few events beside trade, and for customers who share a group."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "1cb80d4dc9c2260d762c6990fe3074c3b69c834d0d76e04afda1f6f6b3cb96dc"


def upgrade() -> None:
    _partial(
        "ix_event_beside_trade", "event", ["type", "day"], "type NOT IN ('purchase', 'refund')"
    )
    _partial("ix_customer_group", "customer", ["group"], '"group" IS NOT NULL')


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
