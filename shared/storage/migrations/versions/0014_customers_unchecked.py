"""PostgreSQL no longer looks for the customer of each row that a fold writes."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "5e8067b6eb1a8308c7948c61f63bfdc7e9ec42104a200577cb94f04f1cad441e"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("event", "customer_day", "category_day"):
            op.drop_constraint(f"fk_{table}_customer", table, type_="foreignkey")
