"""Around every request: counted, timed, and never answered with a stack trace."""

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.ingest.metrics import IngestMetrics
from services.ingest.problems import Refusal, problem
from shared.ops.clock import Clock

_ROUTES = {"events": "events", "alerts": "alerts", "customers": "customers"}
_OPERATIONS = frozenset({"/healthz", "/readyz", "/metrics"})


class Watch:
    """Outermost. An error nobody foresaw becomes a problem; its message, which may quote what
    was sent, goes nowhere: the log line has its type and place."""

    def __init__(self, app: ASGIApp, *, metrics: IngestMetrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._log = structlog.get_logger("vigia.ingest")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            self._report(error)
            if status == 0:
                answer = problem(Refusal(500, "the server failed; the operator's log says where"))
                await answer(scope, receive, noting)
        finally:
            self._metrics.answered(
                _route(scope["path"]), status or 500, self._clock.monotonic() - began
            )

    def _report(self, error: Exception) -> None:
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = "" if place is None else f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
        self._log.error("request failed", error=type(error).__name__, where=where)


def _route(path: str) -> str:
    if path in _OPERATIONS:
        return "operations"
    parts = path.split("/", 3)
    return _ROUTES.get(parts[2], "other") if len(parts) > 2 and parts[1] == "v1" else "other"
