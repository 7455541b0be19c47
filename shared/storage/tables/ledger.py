"""What is known: events, customers, their days, feeds, and what could not be read."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shared.storage.tables.metadata import metadata
from shared.storage.tables.types import Day, Document, Instant, Number, Units


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that meet the condition `where`, on both databases."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _of_customer() -> ForeignKeyConstraint:
    """Checked by SQLite alone: PostgreSQL looks row by row, which took a sixth of its folding
    (docs/decisions/0185-whom-a-fold-writes-about.md)."""
    of = ForeignKeyConstraint(["customer"], ["customer.number"])
    of.ddl_if(dialect="sqlite")
    return of


customer = Table(
    "customer",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False, default=0),  # raised by whatever becomes known
    Column("name", Text),
    Column("rep", Text),
    Column("segment", Text),
    Column("region", Text),
    Column("group", Text),
    Column("since", Text),
    Column("margin_rate", Text),
    Column("acquisition_cost", Text),
    Column("locale", Text),
    Column("phone", Text),
    Column("active", Boolean, nullable=False, default=True),
    Column("field_times", Document, nullable=False, default=dict),  # as in rep
    _partial("ix_customer_group", "group", where='"group" IS NOT NULL'),
    sqlite_autoincrement=True,
)

# The record of everything that was accepted. Money facts carry amount and currency; `ref` is
# the purchase a refund names, or the complaint that was resolved.
event = Table(
    "event",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("customer", Number),  # null: rep and feed events
    Column("at", Instant, nullable=False),
    Column("day", Day, nullable=False),
    Column("state", Text, nullable=False),  # counted, replaced, discarded
    Column("amount", Units),
    Column("currency", Text),
    Column("ref", Text),
    Column("rep", Text),
    Column("digest", LargeBinary, nullable=False),  # sha256 of the canonical body
    Column("body", LargeBinary, nullable=False),  # the canonical CloudEvent, JSON
    _of_customer(),
    UniqueConstraint("source", "id", "revision"),
    Index("ix_event_customer_type_day", "customer", "type", "day"),
    # Nearly empty where documents are rarely corrected: one look tells that none was.
    _partial("ix_event_corrected", "source", "id", where="revision > 0"),
    _partial("ix_event_beside_trade", "type", "day", where="type NOT IN ('purchase', 'refund')"),
    sqlite_autoincrement=True,
)
# Who reads the few events beside trade says so in these words: then their own index serves.
BESIDE_TRADE = text("event.type NOT IN ('purchase', 'refund')")

# Gross; refunds stand apart and are netted when the customer is judged.
customer_day = Table(
    "customer_day",
    metadata,
    Column("customer", Number, primary_key=True, autoincrement=False),
    Column("day", Day, primary_key=True, autoincrement=False),
    Column("currency", Text, primary_key=True),
    Column("orders", Integer, nullable=False, default=0),
    Column("amount", Units, nullable=False, default=0),
    Column("refunds", Integer, nullable=False, default=0),
    Column("refunded", Units, nullable=False, default=0),
    _of_customer(),
    sqlite_with_rowid=False,
)

# The same by category, of the lines that name one; what names none costs nothing.
category_day = Table(
    "category_day",
    metadata,
    Column("customer", Number, primary_key=True, autoincrement=False),
    Column("day", Day, primary_key=True, autoincrement=False),
    Column("category", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("orders", Integer, nullable=False, default=0),
    Column("amount", Units, nullable=False, default=0),
    Column("refunds", Integer, nullable=False, default=0),
    Column("refunded", Units, nullable=False, default=0),
    _of_customer(),
    sqlite_with_rowid=False,
)

# Who is to be judged again, why, and how soon (0 urgent, 1 late, 2 held, 3 week).
due = Table(
    "due",
    metadata,
    Column("customer", Number, ForeignKey("customer.number"), primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("priority", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Index("ix_due_priority_since", "priority", "since"),
)

feed = Table(
    "feed",
    metadata,
    Column("source", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # live, batch, retired
    Column("last_event_at", Instant),
    Column("last_old_at", Instant),  # business time of the last event that came over a grace late
    Column("complete_until", Instant),
    Column("healthy", Boolean, nullable=False, default=True),  # false: silent for too long
    # On which of the last eight weeks' days it spoke, a bit each: the lowest is `spoken_until`.
    Column("spoken", BigInteger),
    Column("spoken_until", Day),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("topic", Text),  # null: refused at the door with ?invalid=quarantine
    Column("partition", Integer),
    Column("offset", BigInteger),
    Column("source", Text),
    Column("event_id", Text),
    Column("revision", Integer),
    Column("type", Text),
    Column("customer", Text),
    Column("day", Day),
    Column("reason", Text, nullable=False),  # invalid, conflict, future
    Column("detail", Text, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    # A record is kept once, however often it is read again.
    UniqueConstraint("topic", "partition", "offset"),
    sqlite_autoincrement=True,
)
