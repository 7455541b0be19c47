"""What is due is looked for by channel."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    op.drop_index("ix_delivery_state_next_at", "delivery")
    columns = ["state", "channel", "next_at"]
    op.create_index("ix_delivery_state_channel_next_at", "delivery", columns)
