"""Since when a delivery that slept could be sent."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("woke_at", Instant(), nullable=True))
