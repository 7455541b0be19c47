"""`vigia ingest | detector | notifier | desk`: one role a process, as many as are needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, settings_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from services.cli.running import HttpServer, Running
    from services.cli.wiring import Parts
    from shared.ops.settings import Settings
    from shared.ops.stop import Stop

Build = Callable[["Parts", "Stop"], "Running"]
OpsPort = Annotated[
    int | None,
    typer.Option(help="Port of /healthz, /readyz and /metrics alone; default: VIGIA_OPS_PORT."),
]


def ingest(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="HTTP port; 0 takes a free one.")] = None,
    ops_port: OpsPort = None,
    data: Data = None,
) -> None:
    """Run the HTTP API alone: take events in, answer readers. SIGTERM ends it."""
    from services.cli.running import Running
    from services.cli.system import http_api, retention

    def build(parts: "Parts", stop: "Stop") -> "Running":
        servers = [http_api(parts), *_ops(parts)]
        workers = retention(parts, stop)
        return Running(stop, parts.clock, workers=workers, servers=servers, closing=())

    _run("ingest", settings_of(context, port=port, ops_port=ops_port, data=data), build)


def detector(context: typer.Context, ops_port: OpsPort = None, data: Data = None) -> None:
    """Run folding, judging and announcing alone. SIGTERM ends it.

    Any number may share a PostgreSQL; on a SQLite file one at a time works.
    """
    from services.cli.running import Running
    from services.cli.system import make_detector

    def build(parts: "Parts", stop: "Stop") -> "Running":
        made = make_detector(parts)
        return Running(
            stop,
            parts.clock,
            workers=made.workers(stop),
            servers=_ops(parts),
            closing=[made.close],
        )

    settings = settings_of(context, ops_port=ops_port, data=data)
    with _only_one(settings):
        _run("detector", settings, build)


def notifier(context: typer.Context, ops_port: OpsPort = None, data: Data = None) -> None:
    """Run the sending of messages alone. SIGTERM ends it."""
    from services.cli.running import Running
    from services.cli.system import make_notifier

    def build(parts: "Parts", stop: "Stop") -> "Running":
        made = make_notifier(parts)
        return Running(
            stop,
            parts.clock,
            workers=made.workers(stop),
            servers=_ops(parts),
            closing=[made.close],
        )

    _run("notifier", settings_of(context, ops_port=ops_port, data=data), build)


def desk(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="HTTP port; 0 takes a free one.")] = None,
    ops_port: OpsPort = None,
    data: Data = None,
) -> None:
    """Run the pages for reps and managers alone. SIGTERM ends it."""
    from services.cli.running import Running
    from services.cli.system import http_desk

    def build(parts: "Parts", stop: "Stop") -> "Running":
        servers = [http_desk(parts, _health(parts)), *_ops(parts)]
        return Running(stop, parts.clock, workers=(), servers=servers, closing=())

    _run("desk", settings_of(context, port=port, ops_port=ops_port, data=data), build)


def _run(role: str, settings: "Settings", build: Build) -> None:
    """Run a role until it is told to stop or cannot go on."""
    from services.cli.wiring import open_parts
    from shared.ops.stop import Stop

    stop = Stop()
    stop.on_signals()
    with open_parts(settings, role=f"vigia-{role}") as parts:
        running = build(parts, stop)
        running.run(lambda: f"vigia {role} runs{running.told}")


def _ops(parts: "Parts") -> list["HttpServer"]:
    """Health and metrics on their own port, if one is set."""
    from services.cli.running import HttpServer

    if not parts.settings.ops_port:
        return []
    return [HttpServer(_health(parts), host=parts.settings.host, port=parts.settings.ops_port)]


def _health(parts: "Parts") -> "ASGIApp":
    """Health, readiness and metrics, and nothing else."""
    from starlette.applications import Starlette

    from shared.ops.http import Check, health_routes
    from shared.storage.company import database_fails

    checks = (
        Check("log", parts.log.check),
        Check("database", lambda: database_fails(parts.database)),
    )
    return Starlette(routes=health_routes(parts.registry, checks))


@contextmanager
def _only_one(settings: "Settings") -> Iterator[None]:
    """On SQLite one detector at a time: hold the data folder, as `vigia up` does."""
    from services.cli.folder import hold_folder

    if settings.database_url.get_secret_value():
        yield
        return
    with hold_folder(settings.data):
        yield
