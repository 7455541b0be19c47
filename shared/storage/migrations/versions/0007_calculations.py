"""What the scores of alerts were made of."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Document, Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.create_table(
        "calculation",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", Document, nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_calculation_alert")),
        sa.PrimaryKeyConstraint("alert", "moment", name=op.f("pk_calculation")),
    )
