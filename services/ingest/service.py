"""The ingest role put together: one FastAPI application."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.ingest.api import event_routes, read_routes
from services.ingest.auth import Keys
from services.ingest.door import Door
from services.ingest.metrics import IngestMetrics
from services.ingest.openapi import DESCRIPTION, describe
from services.ingest.pace import Pace
from services.ingest.problems import problem_handlers
from services.ingest.reads import Reads
from services.ingest.watch import Watch
from shared.contract.topics import events_topic
from shared.eventlog.port import EventLog
from shared.ops.clock import Clock
from shared.ops.http import Check, health_routes
from shared.ops.settings import Settings
from shared.storage.company import database_fails, load_calendar
from shared.storage.database import Database


def create_app(
    *,
    settings: Settings,
    database: Database,
    log: EventLog,
    clock: Clock,
    registry: CollectorRegistry,
    prefix: str = "vigia",
) -> FastAPI:
    """The application over a migrated database. `prefix` begins the names of the log's topics."""
    metrics = IngestMetrics(registry)
    keys = Keys(database, clock)
    door = Door(
        currency=settings.currency,
        database=database,
        log=log,
        clock=clock,
        metrics=metrics,
        topic=events_topic(prefix),
    )
    reads = Reads(
        database=database,
        clock=clock,
        calendar=load_calendar(database),
        currency=settings.currency,
    )
    app = FastAPI(
        title="Vigía",
        version="1",
        description=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    problem_handlers(app)
    app.include_router(event_routes(door, keys, Pace(settings.key_rate, clock), clock, metrics))
    app.include_router(read_routes(reads, keys, clock))
    checks = (Check("log", log.check), Check("database", lambda: database_fails(database)))
    app.router.routes.extend(health_routes(registry, checks))
    app.add_middleware(Watch, metrics=metrics, clock=clock)
    describe(app)
    return app
