"""The tables of the first version, one statement each: long, and never to be changed."""

import sqlalchemy as sa
from alembic import op

from shared.storage.tables.types import Day, Document, Instant, Number, Units

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
# Digest of the views as they were then.
views = "1cb80d4dc9c2260d762c6990fe3074c3b69c834d0d76e04afda1f6f6b3cb96dc"


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_key_hash")),
    )
    op.create_table(
        "company",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("first_weekday", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.CheckConstraint("number = 1", name=op.f("ck_company_single")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_company")),
    )
    op.create_table(
        "customer",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("rep", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("margin_rate", sa.Text(), nullable=True),
        sa.Column("acquisition_cost", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("field_times", Document, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_customer")),
        sa.UniqueConstraint("id", name=op.f("uq_customer_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery",
        sa.Column("id", Number, autoincrement=True, nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message", Document, nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "alert",
            "number",
            "audience",
            "channel",
            name=op.f("uq_delivery_alert_number_audience_channel"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"], unique=False)
    op.create_table(
        "evaluation",
        sa.Column("id", Number, autoincrement=True, nullable=False),
        sa.Column("as_of", Day, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("progress", Document, nullable=False),
        sa.Column("portfolio", Document, nullable=True),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("closing", sa.Float(), nullable=True),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_evaluation_live_as_of", "evaluation", ["live", "as_of"], unique=False)
    op.create_table(
        "feed",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last_event_at", Instant(), nullable=True),
        sa.Column("last_old_at", Instant(), nullable=True),
        sa.Column("complete_until", Instant(), nullable=True),
        sa.Column("healthy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "log_record",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "offset", name=op.f("pk_log_record")),
    )
    op.create_table(
        "log_topic",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log_topic")),
    )
    op.create_table(
        "position",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group", "topic", "partition", name=op.f("pk_position")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", Number, autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("partition", sa.Integer(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("day", Day, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint(
            "topic", "partition", "offset", name=op.f("uq_quarantine_topic_partition_offset")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rep",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("manager", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("working_hours", Document, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("field_times", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rep")),
    )
    op.create_table(
        "score_histogram",
        sa.Column("week", Day, autoincrement=False, nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("mean_raw", sa.Float(), nullable=False),
        sa.Column("bins", Document, nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_score_histogram")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer", Number, nullable=True),
        sa.Column("rep", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("value_at_risk", Units, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("as_of", Day, nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("snoozed_until", Instant(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("evidence", Document, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("evaluation", Number, nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customer.number"], name=op.f("fk_alert_customer")),
        sa.ForeignKeyConstraint(
            ["evaluation"], ["evaluation.id"], name=op.f("fk_alert_evaluation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_updated_at", "alert", ["updated_at", "id"], unique=False)
    op.create_index(
        "ux_alert_living",
        "alert",
        ["customer"],
        unique=True,
        sqlite_where=sa.text(
            "state IN ('open', 'acknowledged', 'working') AND customer IS NOT NULL"
        ),
        postgresql_where=sa.text(
            "state IN ('open', 'acknowledged', 'working') AND customer IS NOT NULL"
        ),
    )
    op.create_table(
        "customer_day",
        sa.Column("customer", Number, nullable=False),
        sa.Column("day", Day, autoincrement=False, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount", Units, nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("refunded", Units, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.number"], name=op.f("fk_customer_day_customer")
        ),
        sa.PrimaryKeyConstraint("customer", "day", "currency", name=op.f("pk_customer_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "due",
        sa.Column("customer", Number, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customer.number"], name=op.f("fk_due_customer")),
        sa.PrimaryKeyConstraint("customer", "reason", name=op.f("pk_due")),
    )
    op.create_index("ix_due_priority_since", "due", ["priority", "since"], unique=False)
    op.create_table(
        "event",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("customer", Number, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("day", Day, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", Units, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("rep", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customer.number"], name=op.f("fk_event_customer")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
        sa.UniqueConstraint("source", "id", "revision", name=op.f("uq_event_source_id_revision")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_event_customer_type_day", "event", ["customer", "type", "day"], unique=False
    )
    op.create_table(
        "standing",
        sa.Column("evaluation", Number, nullable=False),
        sa.Column("customer", Number, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("change", sa.Float(), nullable=True),
        sa.Column("outlook", sa.Float(), nullable=True),
        sa.Column("level4", sa.Float(), nullable=True),
        sa.Column("longrun", sa.Float(), nullable=True),
        sa.Column("dips", sa.Float(), nullable=True),
        sa.Column("swing", sa.Float(), nullable=True),
        sa.Column("tenure", sa.Float(), nullable=True),
        sa.Column("raw", sa.Float(), nullable=True),
        sa.Column("weekly_usual", Units, nullable=True),
        sa.Column("weekly_now", Units, nullable=True),
        sa.Column("value_at_risk", Units, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("rep", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("window_weeks", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.number"], name=op.f("fk_standing_customer")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation"], ["evaluation.id"], name=op.f("fk_standing_evaluation")
        ),
        sa.PrimaryKeyConstraint("evaluation", "customer", name=op.f("pk_standing")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_standing_customer", "standing", ["customer"], unique=False)
    op.create_table(
        "transition",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", Document, nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_transition_alert")),
        sa.PrimaryKeyConstraint("alert", "number", name=op.f("pk_transition")),
    )
    op.create_index(
        "ix_transition_unpublished",
        "transition",
        ["at"],
        unique=False,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
