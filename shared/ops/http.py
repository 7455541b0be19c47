"""/healthz, /readyz and /metrics: the same three answers for every role."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a role needs to be ready; `probe` returns None or what is wrong."""

    name: str
    probe: Callable[[], str | None]


def health_routes(registry: CollectorRegistry, checks: Sequence[Check]) -> list[Route]:
    """Health is async, so that busy request threads cannot starve it; readiness asks the parts.

    Routes of Starlette: roles that answer nothing else need not load more.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    def readyz(_request: Request) -> Response:
        wrong = {check.name: reason for check in checks if (reason := check.probe()) is not None}
        body = {"status": "not ready" if wrong else "ready", "wrong": wrong}
        return JSONResponse(body, status_code=503 if wrong else 200)

    def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
