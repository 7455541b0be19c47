"""Workers and HTTP servers of one process, started and stopped together."""

import threading
from collections.abc import Callable, Sequence

import typer
import uvicorn
from starlette.types import ASGIApp

from shared.ops.clock import Clock
from shared.ops.errors import ConfigurationError, VigiaError
from shared.ops.garbage import search_less
from shared.ops.logging import hear_kafka
from shared.ops.stop import Stop
from shared.ops.worker import Worker

ANSWER_SECONDS = 12  # for the requests in flight
STOP_SECONDS = 15.0  # for everything; supervisors kill after 20 or 30


class HttpServer:
    """One application on one port, served from a thread of its own.

    `proxies`: whose X-Forwarded-For and -Proto are believed.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int, proxies: str = "127.0.0.1") -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                forwarded_allow_ips=proxies,
                timeout_graceful_shutdown=ANSWER_SECONDS,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self.address = ""

    def start(self) -> None:
        """Listen; `address` tells where. Raises ConfigurationError when the port is taken."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                host, port = self._server.config.host, self._server.config.port
                raise ConfigurationError(
                    f"port {port} on {host} cannot be used; another program may listen there: "
                    "choose another one"
                )
            self._thread.join(0.02)
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        self.address = f"http://{host}:{port}"

    def end(self) -> None:
        """Take no more connections, answer what is in flight."""
        self._server.should_exit = True

    def join(self, seconds: float) -> None:
        """Wait for the end of what was in flight."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _serve(self) -> None:
        try:
            self._server.run()
        except SystemExit:  # uvicorn's way to say that it cannot listen
            return


class Running:
    """What one process does: it ends as a whole."""

    def __init__(
        self,
        stop: Stop,
        clock: Clock,
        *,
        workers: Sequence[Worker],
        servers: Sequence[HttpServer],
        closing: Sequence[Callable[[], None]],
    ) -> None:
        self._stop = stop
        self._clock = clock
        self._workers = workers
        self._servers = servers
        self._closing = closing

    def start(self) -> None:
        """Start everything; raises ConfigurationError when a port is taken."""
        search_less()
        for worker in self._workers:
            worker.start()
        for server in self._servers:
            server.start()
        hear_kafka()

    @property
    def told(self) -> str:
        """Where it listens, for the line that says it runs; empty where it does not."""
        addresses = [server.address for server in self._servers]
        return f", listening on {', '.join(addresses)}" if addresses else ""

    def stop(self) -> None:
        """Answer what is in flight, finish each worker's step, give back leases: in 15 s."""
        self._stop.request()
        deadline = self._clock.monotonic() + STOP_SECONDS
        for server in self._servers:
            server.end()
        joins = [part.join for part in self._servers] + [part.join for part in self._workers]
        for join in joins:
            join(max(0.1, deadline - self._clock.monotonic()))
        for close in self._closing:
            close()

    def run(self, greeting: Callable[[], str]) -> None:
        """Start, say the greeting on standard error, and go on until the stop is requested.

        Raises VigiaError when a worker gave up.
        """
        try:
            self.start()
            typer.echo(greeting(), err=True)
            while not self._stop.wait(60):
                pass
        finally:
            self.stop()
        failure = self.failure()
        if failure is not None:
            raise VigiaError(
                f"stopped because it could not go on: {type(failure).__name__}: see the log"
            )

    def failure(self) -> Exception | None:
        """Why a worker gave up, if one did."""
        return next((worker.failure for worker in self._workers if worker.failure), None)
