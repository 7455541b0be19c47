"""Who the company is, its reps and its keys."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, Table, Text

from shared.storage.tables.metadata import metadata
from shared.storage.tables.types import Day, Document, Instant

# One row, written by the first migrate: days and weeks already stored depend on it.
company = Table(
    "company",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("time_zone", Text, nullable=False),
    Column("first_weekday", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("paused_at", Instant),  # nothing is sent since then
    CheckConstraint("number = 1", name="single"),
)

rep = Table(
    "rep",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("manager", Text),
    Column("locale", Text),
    Column("time_zone", Text),
    Column("working_hours", Document),
    Column("active", Boolean, nullable=False, default=True),
    Column("budget", Integer),  # new score alerts a week; null: the company's number
    # field -> [time, source, id] of the event that set it: the newest wins field by field
    Column("field_times", Document, nullable=False, default=dict),
)

# How a rep is reached besides the mail of the master data, the first place first.
rep_channel = Table(
    "rep_channel",
    metadata,
    Column("rep", Text, ForeignKey("rep.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),  # email, slack, ...
    Column("recipient", Text, nullable=False),  # names the address without telling a secret
    Column("address", Text, nullable=False),  # encrypted
    Column("created_at", Instant, nullable=False),
)

# Days without work, first and last included; who stands in meanwhile, if anybody.
rep_absence = Table(
    "rep_absence",
    metadata,
    Column("rep", Text, ForeignKey("rep.id"), primary_key=True),
    Column("first_day", Day, primary_key=True, autoincrement=False),
    Column("last_day", Day, nullable=False),
    Column("substitute", Text),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),  # sha256 of the key, in hex
    Column("scope", Text, nullable=False),  # ingest, master, read, admin
    Column("source", Text),  # bound to this source; null: any
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
