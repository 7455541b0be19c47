"""The region of a customer, master data like the segment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "1cb80d4dc9c2260d762c6990fe3074c3b69c834d0d76e04afda1f6f6b3cb96dc"


def upgrade() -> None:
    op.add_column("customer", sa.Column("region", sa.Text(), nullable=True))
