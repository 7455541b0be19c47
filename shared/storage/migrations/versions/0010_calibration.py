"""What makes a percentage of a score, with the evaluation that found it."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Document

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("calibration", Document, nullable=True))
