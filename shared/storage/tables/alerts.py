"""Alerts, their transitions (which are the outbox), and deliveries to people."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shared.storage.tables.metadata import metadata
from shared.storage.tables.types import Day, Document, Instant, Number, Units

LIVING = ("open", "acknowledged", "working")
_is_living = "state IN ('open', 'acknowledged', 'working')"
_living = text(f"{_is_living} AND customer IS NOT NULL")
_living_other = text(f"{_is_living} AND customer IS NULL")

alert = Table(
    "alert",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # customer, portfolio, feed
    Column("key", Text, nullable=False),  # customer id, feed:SOURCE or portfolio:NAME
    Column("customer", Number, ForeignKey("customer.number")),
    Column("rep", Text),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("score", Float),
    Column("rank", Integer),
    Column("value_at_risk", Units),
    Column("currency", Text),
    Column("as_of", Day, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("snoozed_until", Instant),
    Column("sentence", Text, nullable=False),  # in the company's language
    Column("evidence", Document, nullable=False),
    Column("last_number", Integer, nullable=False),  # of its newest transition
    Column("evaluation", Number, ForeignKey("evaluation.id")),  # the one that opened it, if any
    # One living alert a customer, whoever races.
    Index(
        "ux_alert_living", "customer", unique=True, sqlite_where=_living, postgresql_where=_living
    ),
    # And one a feed and a cause in the portfolio.
    Index(
        "ux_alert_living_key",
        "key",
        unique=True,
        sqlite_where=_living_other,
        postgresql_where=_living_other,
    ),
    Index("ix_alert_updated_at", "updated_at", "id"),
    Index("ix_alert_customer", "customer"),
    Index(
        "ix_alert_snoozed_until",
        "snoozed_until",
        sqlite_where=text("snoozed_until IS NOT NULL"),
        postgresql_where=text("snoozed_until IS NOT NULL"),
    ),
)

transition = Table(
    "transition",
    metadata,
    Column("alert", Text, ForeignKey("alert.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),  # opened, updated, recovered, ...
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),  # detector, or who acted
    Column("at", Instant, nullable=False),
    Column("body", Document, nullable=False),  # the alert as it was then, as announced
    Column("published_at", Instant),
    Index(
        "ix_transition_unpublished",
        "at",
        sqlite_where=text("published_at IS NULL"),
        postgresql_where=text("published_at IS NULL"),
    ),
)

# What an alert's score was made of, at its opening and when it was last judged.
calculation = Table(
    "calculation",
    metadata,
    Column("alert", Text, ForeignKey("alert.id"), primary_key=True),
    Column("moment", Text, primary_key=True),  # opening, newest
    Column("at", Instant, nullable=False),
    Column("body", Document, nullable=False),
)

_asleep, _gathered = text("wakes_at IS NOT NULL"), text("gathered IS NOT NULL")

delivery = Table(
    "delivery",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("alert", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column(
        "audience", Text, nullable=False
    ),  # rep, previous_rep, operator, manager:ID, digest, ...
    Column("channel", Text, nullable=False),  # likely until it is sent
    Column("pace", Text, nullable=False),  # whose pace it keeps, likely until it is sent
    Column("recipient", Text),  # resolved at sending
    Column("person", Text),  # the same, by id; the operator is «operator»
    Column("tried", Document, nullable=False),  # recipients that are not tried again
    Column("state", Text, nullable=False),  # pending, leased, sent, dead, suppressed
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),  # real time, as are next_at and sent_at
    Column("next_at", Instant),
    Column("sent_at", Instant),
    Column("provider_id", Text),
    Column("reason", Text),
    Column("wakes_at", Instant),  # business time; until then there is no next_at
    Column("woke_at", Instant),  # real time, once it has slept until wakes_at
    Column("gathered", Text),  # whose digest it waits for, then which digest tells it
    Column("message", Document, nullable=False),  # the announced alert this delivery tells of
    Column("owner", Text),
    Column("attempt", BigInteger, nullable=False, default=0),  # of the lease
    Column("until", BigInteger, nullable=False, default=0),  # ms, the database's clock
    UniqueConstraint("alert", "number", "audience"),
    Index("ix_delivery_state_channel_next_at", "state", "channel", "next_at"),
    Index("ix_delivery_wakes_at", "wakes_at", sqlite_where=_asleep, postgresql_where=_asleep),
    Index("ix_delivery_gathered", "gathered", sqlite_where=_gathered, postgresql_where=_gathered),
    Index("ix_delivery_person_sent_at", "person", "sent_at"),
    sqlite_autoincrement=True,
)

# Until when nothing more is sent at this pace: a provider's limit, or its wish to be left alone.
pace = Table(
    "pace",
    metadata,
    Column("name", Text, primary_key=True),
    Column("free_at", Instant, nullable=False),  # real time
)

# Recipients that a provider said take nothing any more.
unreachable = Table(
    "unreachable",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)

# Channels that send nothing because the provider does not let us in.
channel_pause = Table(
    "channel_pause",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("probe_at", Instant, nullable=False),  # when to see whether it is over
)
