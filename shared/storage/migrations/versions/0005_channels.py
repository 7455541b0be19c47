"""Several channels a rep, in order; what is known of their limits and failures."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Document, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
views = "1cb80d4dc9c2260d762c6990fe3074c3b69c834d0d76e04afda1f6f6b3cb96dc"


def upgrade() -> None:
    op.create_table(
        "rep_channel",
        sa.Column("rep", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["rep"], ["rep.id"], name=op.f("fk_rep_channel_rep")),
        sa.PrimaryKeyConstraint("rep", "place", name=op.f("pk_rep_channel")),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    op.create_table(
        "unreachable",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_unreachable")),
    )
    op.create_table(
        "channel_pause",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("probe_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pause")),
    )
    _deliveries()


def _deliveries() -> None:
    """A delivery's channel is found when it is sent, so it names the delivery no longer."""
    op.add_column("delivery", sa.Column("pace", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("tried", Document, nullable=True))
    delivery = sa.table("delivery", sa.column("pace", sa.Text()), sa.column("tried", Document))
    op.execute(delivery.update().values(pace="email", tried=[]))
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("pace", nullable=False)
        batch.alter_column("tried", nullable=False)
        batch.drop_constraint("uq_delivery_alert_number_audience_channel", type_="unique")
        batch.create_unique_constraint(
            op.f("uq_delivery_alert_number_audience"), ["alert", "number", "audience"]
        )
