"""Indexes of what was corrected, and of each customer's alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    corrected = sa.text("revision > 0")
    op.create_index(
        "ix_event_corrected",
        "event",
        ["source", "id"],
        sqlite_where=corrected,
        postgresql_where=corrected,
    )
    op.create_index("ix_alert_customer", "alert", ["customer"])
