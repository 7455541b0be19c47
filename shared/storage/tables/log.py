"""The table log, stored positions, and leases."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from shared.storage.tables.metadata import metadata
from shared.storage.tables.types import Instant

log_topic = Table(
    "log_topic",
    metadata,
    Column("name", Text, primary_key=True),
    Column("topic_id", Text, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
)

log_record = Table(
    "log_record",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", LargeBinary, nullable=False),
    Column("written_at", Instant, nullable=False),
)

# The fence: a fold moves the position by compare-and-set in its own transaction.
position = Table(
    "position",
    metadata,
    Column("group", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("topic_id", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # ms since 1970 by the database's clock
)
