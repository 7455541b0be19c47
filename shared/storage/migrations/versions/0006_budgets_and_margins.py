"""A rep's own budget, the margin in the value at risk, and a view of whom the budget left out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.add_column("rep", sa.Column("budget", sa.Integer(), nullable=True))
    op.add_column("standing", sa.Column("margin_rate", sa.Text(), nullable=True))
