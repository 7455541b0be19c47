"""/healthz, /readyz and /metrics: the same three answers for every role."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a role needs to be ready; `probe` returns None or what is wrong."""

    name: str
    probe: Callable[[], str | None]


def health_routes(registry: CollectorRegistry, checks: Sequence[Check]) -> APIRouter:
    """Health is async, so that busy request threads cannot starve it; readiness asks the parts."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        wrong = {check.name: reason for check in checks if (reason := check.probe()) is not None}
        body = {"status": "not ready" if wrong else "ready", "wrong": wrong}
        return JSONResponse(body, status_code=503 if wrong else 200)

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
