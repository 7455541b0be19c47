"""Who is logged in at the desk, and who asked to be. No token is stored, only its digest."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from shared.storage.tables.metadata import metadata
from shared.storage.tables.types import Instant

desk_session = Table(
    "desk_session",
    metadata,
    Column("hash", Text, primary_key=True),  # sha256 of the cookie
    Column("rep", Text, nullable=False),
    Column("created_at", Instant, nullable=False),  # real time, as are all times here
    Column("expires_at", Instant, nullable=False),
    Index("ix_desk_session_expires_at", "expires_at"),
)

# One row each time somebody asks, whether or not the address is a rep's.
login_request = Table(
    "login_request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),  # sha256 of the link's token
    Column("rep", Text),  # null: the address is nobody's, or asked too often
    Column("browser", Text, nullable=False),  # sha256 of the cookie of the browser that asked
    Column("address", Text, nullable=False),  # keyed digests, to count who asks how often
    Column("client", Text, nullable=False),
    Column("locale", Text),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("sent_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", Text),
    Column("attempt", BigInteger, nullable=False, default=0),  # of the lease
    Column("until", BigInteger, nullable=False, default=0),  # ms, the database's clock
    Index("ix_login_request_address", "address", "asked_at"),
    Index("ix_login_request_client", "client", "asked_at"),
    Index("ix_login_request_asked_at", "asked_at"),
    Index(
        "ix_login_request_unsent",
        "asked_at",
        sqlite_where=text("sent_at IS NULL AND rep IS NOT NULL"),
        postgresql_where=text("sent_at IS NULL AND rep IS NOT NULL"),
    ),
)
