"""The desk: who is logged in, when alerts come back, and how high customers' bars are."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.add_column("standing", sa.Column("raised", sa.Float(), nullable=True))
    put_off = sa.text("snoozed_until IS NOT NULL")
    op.create_index(
        "ix_alert_snoozed_until",
        "alert",
        ["snoozed_until"],
        unique=False,
        sqlite_where=put_off,
        postgresql_where=put_off,
    )
    op.create_table(
        "desk_session",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("rep", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_desk_session")),
    )
    op.create_index("ix_desk_session_expires_at", "desk_session", ["expires_at"], unique=False)
    op.create_table(
        "login_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("rep", sa.Text(), nullable=True),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_request")),
        sa.UniqueConstraint("hash", name=op.f("uq_login_request_hash")),
    )
    for name, columns in (("address", ["address", "asked_at"]), ("client", ["client", "asked_at"])):
        op.create_index(f"ix_login_request_{name}", "login_request", columns, unique=False)
    op.create_index("ix_login_request_asked_at", "login_request", ["asked_at"], unique=False)
    unsent = sa.text("sent_at IS NULL AND rep IS NOT NULL")
    op.create_index(
        "ix_login_request_unsent",
        "login_request",
        ["asked_at"],
        unique=False,
        sqlite_where=unsent,
        postgresql_where=unsent,
    )
