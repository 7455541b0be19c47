"""Messages that wait for a time of the week or are told together, and reps who are away."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Day, Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("person", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("wakes_at", Instant(), nullable=True))
    op.add_column("delivery", sa.Column("gathered", sa.Text(), nullable=True))
    waiting, gathered = sa.text("wakes_at IS NOT NULL"), sa.text("gathered IS NOT NULL")
    op.create_index(
        "ix_delivery_wakes_at",
        "delivery",
        ["wakes_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_delivery_gathered",
        "delivery",
        ["gathered"],
        sqlite_where=gathered,
        postgresql_where=gathered,
    )
    op.create_index("ix_delivery_person_sent_at", "delivery", ["person", "sent_at"])
    op.create_table(
        "rep_absence",
        sa.Column("rep", sa.Text(), nullable=False),
        sa.Column("first_day", Day, autoincrement=False, nullable=False),
        sa.Column("last_day", Day, nullable=False),
        sa.Column("substitute", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["rep"], ["rep.id"], name=op.f("fk_rep_absence_rep")),
        sa.PrimaryKeyConstraint("rep", "first_day", name=op.f("pk_rep_absence")),
    )
