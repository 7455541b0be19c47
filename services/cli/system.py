"""All roles in one process: what `vigia up` and `vigia demo` run.

A role is imported where it is made: a process that runs one of them starts in half the time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.cli.folder import FolderInUse
from services.cli.progress import Shown, progress
from services.cli.running import HttpServer, Running
from services.cli.wiring import Parts, working_alone
from shared.ops.garbage import search_less
from shared.ops.stop import Stop
from shared.ops.worker import Worker, periodically

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from services.detector.service import Detector
    from services.notifier.service import Notifier

PRUNE_SECONDS = 3600.0


class System(Running):
    """The HTTP server and every worker."""

    def __init__(self, parts: Parts, stop: Stop) -> None:
        detector, notifier = make_detector(parts), make_notifier(parts)
        self._http = http_desk(parts, api(parts))
        super().__init__(
            stop,
            parts.clock,
            workers=[
                *detector.workers(stop),
                *notifier.workers(stop),
                *retention(parts, stop),
            ],
            servers=[self._http],
            closing=[detector.close, notifier.close],
        )

    @property
    def address(self) -> str:
        """Where the API and the desk listen, once started."""
        return self._http.address


def http_api(parts: Parts) -> HttpServer:
    """The API on its port."""
    return _server(parts, api(parts))


def http_desk(parts: Parts, beside: "ASGIApp") -> HttpServer:
    """The desk on the port, and `beside` for every path that is not the desk's."""
    from services.desk.service import Front

    return _server(parts, Front(desk(parts), beside))


def _server(parts: Parts, app: "ASGIApp") -> HttpServer:
    settings = parts.settings
    return HttpServer(app, host=settings.host, port=settings.port, proxies=settings.trusted_proxies)


def api(parts: Parts) -> "ASGIApp":
    """The API of these parts."""
    from services.ingest.service import create_app

    return create_app(
        settings=parts.settings,
        database=parts.database,
        log=parts.log,
        clock=parts.clock,
        registry=parts.registry,
    )


def desk(parts: Parts) -> "ASGIApp":
    """The desk of these parts."""
    from services.desk.service import create_desk

    return create_desk(
        settings=parts.settings,
        database=parts.database,
        calendar=parts.calendar,
        clock=parts.clock,
        wakeup=parts.wakeup,
        registry=parts.registry,
    )


def retention(parts: Parts, stop: Stop) -> list[Worker]:
    """Deletes what the log need not keep, where the log does not do it by itself."""
    if parts.prune is None:
        return []
    step = periodically(parts.prune, PRUNE_SECONDS, parts.clock)
    return [Worker("retention", step, stop=stop, wakeup=parts.wakeup, bell="retention")]


def make_detector(parts: Parts) -> "Detector":
    """The detector of these parts."""
    from services.detector.service import Detector

    return Detector(
        database=parts.database,
        log=parts.log,
        settings=parts.settings,
        calendar=parts.calendar,
        clock=parts.clock,
        wakeup=parts.wakeup,
        registry=parts.registry,
        consumer_metrics=parts.consumer_metrics,
        owner=parts.owner,
        poll_seconds=parts.poll_seconds,
    )


def make_notifier(parts: Parts) -> "Notifier":
    """The notifier of these parts."""
    from services.notifier.service import Notifier

    return Notifier(
        database=parts.database,
        log=parts.log,
        settings=parts.settings,
        clock=parts.clock,
        wakeup=parts.wakeup,
        registry=parts.registry,
        consumer_metrics=parts.consumer_metrics,
        owner=parts.owner,
        poll_seconds=parts.poll_seconds,
    )


@contextmanager
def detector(parts: Parts) -> Iterator["Detector"]:
    """A detector without workers, for commands that fold or judge by themselves."""
    found = make_detector(parts)
    try:
        yield found
    finally:
        found.close()


def fold_here(parts: Parts, expected: int | None = None) -> bool:
    """Fold all there is, if nobody else does: only on SQLite one can know. Whether it was done.

    `expected`: how many records there are about, for the progress that is shown.
    """
    if not parts.database.is_sqlite:
        return False
    try:
        with working_alone(parts), progress("counting", expected) as shown:
            catch_up(parts, shown)
    except FolderInUse:
        return False
    return True


def catch_up(parts: Parts, shown: Shown) -> None:
    """Fold what the log holds, until nothing is left."""
    with detector(parts) as found:
        search_less()
        found.fold_all(shown)
