"""All roles in one process: what `vigia up` and `vigia demo` run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from services.cli.progress import Shown
from services.cli.wiring import Parts
from services.detector.service import Detector
from services.ingest.service import create_app
from services.notifier.service import Notifier
from shared.ops.errors import ConfigurationError
from shared.ops.stop import Stop
from shared.ops.worker import Worker, periodically

HTTP_STOP_SECONDS = 12  # for the requests in flight
WORKER_STOP_SECONDS = 5.0
PRUNE_SECONDS = 3600.0


class System:
    """The HTTP server and every worker, started and stopped together."""

    def __init__(self, parts: Parts, stop: Stop) -> None:
        self._stop = stop
        self._detector = make_detector(parts)
        self._notifier = Notifier(
            database=parts.database,
            log=parts.log,
            settings=parts.settings,
            clock=parts.clock,
            wakeup=parts.wakeup,
            registry=parts.registry,
            consumer_metrics=parts.consumer_metrics,
            owner=parts.owner,
        )
        self._workers: list[Worker] = [
            *self._detector.workers(stop),
            *self._notifier.workers(stop),
            Worker(
                "retention",
                periodically(
                    lambda: parts.log.prune(parts.clock.real()), PRUNE_SECONDS, parts.clock
                ),
                stop=stop,
                wakeup=parts.wakeup,
                bell="retention",
            ),
        ]
        app = create_app(
            settings=parts.settings,
            database=parts.database,
            log=parts.log,
            clock=parts.clock,
            registry=parts.registry,
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=parts.settings.host,
                port=parts.settings.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=HTTP_STOP_SECONDS,
            )
        )
        self._http = threading.Thread(target=self._serve, name="http", daemon=True)
        self.address = ""

    def start(self) -> None:
        """Start everything; raises ConfigurationError when the port is taken."""
        for worker in self._workers:
            worker.start()
        self._http.start()
        while not self._server.started:
            if not self._http.is_alive():
                host, port = self._server.config.host, self._server.config.port
                raise ConfigurationError(
                    f"port {port} on {host} cannot be used; another program may listen there: "
                    "choose another --port"
                )
            self._http.join(0.02)
        sockets = self._server.servers[0].sockets
        host, port = sockets[0].getsockname()[:2]
        self.address = f"http://{host}:{port}"

    def stop(self) -> None:
        """Answer what is in flight, finish each worker's step, give back leases."""
        self._stop.request()
        self._server.should_exit = True
        self._http.join(HTTP_STOP_SECONDS + 1)
        for worker in self._workers:
            worker.join(WORKER_STOP_SECONDS)
        self._detector.close()
        self._notifier.close()

    def failure(self) -> Exception | None:
        """Why a worker gave up, if one did."""
        return next((worker.failure for worker in self._workers if worker.failure), None)

    def _serve(self) -> None:
        try:
            self._server.run()
        except SystemExit:  # uvicorn's way to say that it cannot listen
            return


def make_detector(parts: Parts) -> Detector:
    """The detector of these parts."""
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
    )


@contextmanager
def detector(parts: Parts) -> Iterator[Detector]:
    """A detector without workers, for commands that fold or judge by themselves."""
    found = make_detector(parts)
    try:
        yield found
    finally:
        found.close()


def catch_up(parts: Parts, shown: Shown) -> None:
    """Fold what the log holds, until nothing is left."""
    with detector(parts) as found:
        found.fold_all(shown)
