"""The only place that chooses implementations and puts the parts together."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)

from services.cli.folder import hold_folder
from shared.contract.topics import alerts_topic, events_topic
from shared.domain.week import Calendar
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import EventLog
from shared.eventlog.table import TableLog
from shared.ops.clock import Clock
from shared.ops.errors import ConfigurationError
from shared.ops.settings import Settings
from shared.ops.wakeup import LocalWakeup, Wakeup
from shared.storage.company import load_calendar, require_calendar
from shared.storage.database import Database
from shared.storage.lease import free_all
from shared.storage.schema import migrate, require_schema

if TYPE_CHECKING:
    from shared.eventlog.kafka_topics import TopicShape

KAFKA_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Parts:
    """What every command and every role stands on.

    `poll_seconds`: how long readers wait on the log itself; 0 where a bell tells of records.
    `prune`: deletes what the log need not keep, where nobody else does.
    """

    settings: Settings
    clock: Clock
    database: Database
    wakeup: Wakeup
    log: EventLog
    calendar: Calendar
    registry: CollectorRegistry
    consumer_metrics: ConsumerMetrics
    owner: str  # names this process in leases
    poll_seconds: float = 0.0
    prune: Callable[[], object] | None = None


@contextmanager
def open_parts(
    settings: Settings,
    *,
    create: bool = False,
    clock: Clock | None = None,
    role: str = "vigia",
    any_zone: bool = False,
) -> Iterator[Parts]:
    """Open the data of `settings`; with `create`, make or update schema and topics first.

    `role` names this process to the database. Raises ConfigurationError in one line when the
    data folder or database cannot be used, and unless `any_zone` when its days are those of
    another zone or first weekday than the settings have.
    """
    clock = clock or settings.clock()
    if not create and no_data_yet(settings):
        raise ConfigurationError(
            f"there is no data in {settings.data}; run `vigia up` or `vigia import` first, "
            "or name the folder with --data"
        )
    if create:
        prepare_database(settings, clock)
        make_topics(settings)
    with opened_database(settings, role) as database:
        require_schema(database)
        calendar = load_calendar(database) if any_zone else own_calendar(settings, database)
        with _wakeup(database) as wakeup:
            yield from _opened(settings, clock, database, wakeup, calendar)


def own_calendar(settings: Settings, database: Database) -> Calendar:
    """The calendar of the stored days. Raises ConfigurationError when the settings have another."""
    stored = load_calendar(database)
    require_calendar(stored, Calendar(settings.zone, settings.first_weekday_number))
    return stored


def prepare_database(settings: Settings, clock: Clock | None = None) -> None:
    """Make or update the schema."""
    make_folder(settings)
    with opened_database(settings, "vigia-migrate") as database:
        migrate(
            database,
            zone=settings.time_zone,
            first_weekday=settings.first_weekday_number,
            at=(clock or settings.clock()).now(),
        )


@contextmanager
def opened_database(settings: Settings, role: str = "vigia") -> Iterator[Database]:
    """The database of `settings`; what it cannot do for anybody is said in one line."""
    with closing(Database(settings.sqlalchemy_url, role=role)) as database:
        try:
            yield database
        except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
            raise  # it works: what we asked of it was wrong
        except DatabaseError as error:
            place, remedy = "of VIGIA_DATABASE_URL", "see whether it runs, and check its log"
            if database.is_sqlite:
                place = f"in {settings.data}"
                remedy = "check the disk and the permissions, or restore a back-up"
            raise ConfigurationError(
                f"the database {place} cannot be used ({type(error.orig).__name__}: "
                f"{str(error.orig).splitlines()[0]}); {remedy}"
            ) from None


def _opened(
    settings: Settings, clock: Clock, database: Database, wakeup: Wakeup, calendar: Calendar
) -> Iterator[Parts]:
    owner = f"{socket.gethostname()}:{os.getpid()}"
    registry = CollectorRegistry()
    log, prune = _log(settings, clock, database, wakeup, owner)
    with closing(log):
        yield Parts(
            settings=settings,
            clock=clock,
            database=database,
            wakeup=wakeup,
            log=log,
            calendar=calendar,
            registry=registry,
            consumer_metrics=ConsumerMetrics(registry, clock),
            owner=owner,
            poll_seconds=KAFKA_POLL_SECONDS if settings.kafka_bootstrap else 0.0,
            prune=prune,
        )


@contextmanager
def _wakeup(database: Database) -> Iterator[Wakeup]:
    """Bells that reach whoever shares the database."""
    if database.is_sqlite:
        yield LocalWakeup()
        return
    from shared.storage.notify import PostgresWakeup

    with closing(PostgresWakeup(database)) as wakeup:
        yield wakeup


def _log(
    settings: Settings, clock: Clock, database: Database, wakeup: Wakeup, owner: str
) -> tuple[EventLog, Callable[[], object] | None]:
    """The log, and what deletes its old records."""
    if not settings.kafka_bootstrap:
        table = TableLog(database, clock, wakeup, owner=owner)
        return table, lambda: table.prune(clock.real())
    from shared.eventlog.kafka import KafkaLog

    kafka = KafkaLog(
        settings.kafka_bootstrap,
        clock=clock,
        owner=owner,
        prefix=settings.kafka_prefix,
        needs=(events_topic(), alerts_topic()),
        access=settings.kafka_access,
    )
    return kafka, None


def make_topics(settings: Settings) -> list[str]:
    """Make Kafka's topics what the settings say, and tell what was changed, a line each."""
    if not settings.kafka_bootstrap:
        return []
    from shared.eventlog.kafka_topics import prepare_topics

    return prepare_topics(
        settings.kafka_bootstrap, topic_shapes(settings), access=settings.kafka_access
    )


def planned_topics(settings: Settings) -> list[str]:
    """What `make_topics` would change, a line each."""
    if not settings.kafka_bootstrap:
        return []
    from shared.eventlog.kafka_topics import plan_topics

    return plan_topics(
        settings.kafka_bootstrap, topic_shapes(settings), access=settings.kafka_access
    )


def topic_shapes(settings: Settings) -> dict[str, "TopicShape"]:
    """What the topics should be, by their names on the cluster."""
    from shared.eventlog.kafka_topics import TopicShape

    shape = TopicShape(
        partitions=settings.kafka_partitions,
        retention=timedelta(days=settings.kafka_retention_days),
        replication=settings.kafka_replication,
    )
    names = (events_topic(settings.kafka_prefix), alerts_topic(settings.kafka_prefix))
    return dict.fromkeys(names, shape)


def make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the data folder {settings.data} cannot be made ({error.strerror}); "
            "choose another --data"
        ) from None


def no_data_yet(settings: Settings) -> bool:
    """Whether the data is to be in a SQLite file that is not there."""
    given = settings.database_url.get_secret_value()
    return not given and not (settings.data / "vigia.db").is_file()


def end_old_leases(parts: Parts) -> None:
    """Take over at once what a killed process held. Only for who holds the data folder."""
    if parts.database.is_sqlite:
        parts.database.run(free_all)


@contextmanager
def working_alone(parts: Parts) -> Iterator[None]:
    """Hold the data folder for work on it. Raises FolderInUse when another process does."""
    with hold_folder(parts.settings.data):
        end_old_leases(parts)
        yield
