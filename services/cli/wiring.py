"""The only place that chooses implementations and puts the parts together."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from sqlalchemy.exc import OperationalError

from services.cli.folder import hold_folder
from shared.domain.week import Calendar
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.table import TableLog
from shared.ops.clock import Clock
from shared.ops.errors import ConfigurationError
from shared.ops.settings import Settings
from shared.ops.wakeup import LocalWakeup, Wakeup
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.lease import free_all
from shared.storage.schema import migrate, require_schema


@dataclass(frozen=True)
class Parts:
    """What every command and every role stands on."""

    settings: Settings
    clock: Clock
    database: Database
    wakeup: Wakeup
    log: TableLog
    calendar: Calendar
    registry: CollectorRegistry
    consumer_metrics: ConsumerMetrics
    owner: str  # names this process in leases


@contextmanager
def open_parts(
    settings: Settings, *, create: bool = False, clock: Clock | None = None
) -> Iterator[Parts]:
    """Open the data of `settings`; with `create`, make or update the schema first.

    Raises ConfigurationError in one line when the data folder or database cannot be used.
    """
    clock = clock or settings.clock()
    if create:
        make_folder(settings)
    elif not settings.database_url.get_secret_value() and not database_file_exists(settings):
        raise ConfigurationError(
            f"there is no data in {settings.data}; run `vigia up` or `vigia import` first, "
            "or name the folder with --data"
        )
    database = Database(settings.sqlalchemy_url)
    try:
        if create:
            migrate(
                database,
                zone=settings.time_zone,
                first_weekday=settings.first_weekday_number,
                at=clock.now(),
            )
        else:
            require_schema(database)
        wakeup = LocalWakeup()
        owner = f"{socket.gethostname()}:{os.getpid()}"
        registry = CollectorRegistry()
        log = TableLog(database, clock, wakeup, owner=owner)
        try:
            yield Parts(
                settings=settings,
                clock=clock,
                database=database,
                wakeup=wakeup,
                log=log,
                calendar=load_calendar(database),
                registry=registry,
                consumer_metrics=ConsumerMetrics(registry, clock),
                owner=owner,
            )
        finally:
            log.close()
    except OperationalError as error:
        raise ConfigurationError(
            f"the database in {settings.data} cannot be used ({type(error.orig).__name__}: "
            f"{error.orig}); check the disk and the folder's permissions"
        ) from None
    finally:
        database.close()


def make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the data folder {settings.data} cannot be made ({error.strerror}); "
            "choose another --data"
        ) from None


def database_file_exists(settings: Settings) -> bool:
    return (settings.data / "vigia.db").is_file()


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
