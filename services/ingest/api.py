"""The HTTP routes of contract.md: events in, alerts and customers out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError

from services.ingest.auth import Keys, KeysUnavailable
from services.ingest.cursors import BadCursor, read_alert_cursor, read_customer_cursor
from services.ingest.door import Door, Options
from services.ingest.gate import Gate, GateFull, GateTimeout
from services.ingest.limits import Buffers, TooBusy, TooLarge, TooSlow, read_body
from services.ingest.metrics import IngestMetrics
from services.ingest.openapi import EVENTS_BODY, problems
from services.ingest.pace import Pace
from services.ingest.problems import Refusal, item_errors, too_fast, unavailable
from services.ingest.reads import Reads
from shared.contract.answers import (
    Accepted,
    AlertAnswer,
    AlertList,
    CustomerAnswer,
    CustomerList,
    Verdict,
)
from shared.contract.values import NO_CONTROLS
from shared.ops.clock import Clock
from shared.ops.errors import DatabaseBusy
from shared.storage.keys import ApiKey
from shared.storage.reading import AlertFilter

T = TypeVar("T")
ANSWER_SECONDS = 4.5  # from the end of the body to the log's last acknowledgement
READ_SECONDS = 4.5
GRACE_SECONDS = 0.3  # for the log to say by itself that it failed
# Together below the 40 threads of the pool, so that readiness and metrics always find one.
POST_PLACES = 8
READ_PLACES = 8
_LONGEST_ID = 128
_bearer = HTTPBearer(auto_error=False, description="An API key made by `vigia key create`.")

Text = Annotated[str, Field(min_length=1, max_length=_LONGEST_ID, pattern=NO_CONTROLS)]
Page = Annotated[int, Field(ge=1, le=200)]


class PostQuery(BaseModel):
    """How POST /v1/events treats what it is given."""

    model_config = ConfigDict(extra="forbid")

    invalid: Literal["refuse", "quarantine"] = "refuse"
    dry_run: Literal["0", "1", "false", "true"] = "0"


class AlertQuery(BaseModel):
    """Filters and page of GET /v1/alerts."""

    model_config = ConfigDict(extra="forbid")

    state: (
        Literal["open", "acknowledged", "working", "recovered", "lost", "dismissed", "withdrawn"]
        | None
    ) = None
    rep: Text | None = None
    severity: Literal["urgent", "warning", "watch"] | None = None
    customer: Text | None = None
    cursor: str | None = None
    limit: Page = 50


class CustomerQuery(BaseModel):
    """Filter and page of GET /v1/customers."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict | None = None
    cursor: str | None = None
    limit: Page = 50


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is, and the seconds that finding out took of the time to answer."""

    key: ApiKey
    spent: float


def may(scope: str, keys: Keys, clock: Clock) -> Callable[..., Awaitable[Caller]]:
    """The dependency that lets a request pass whose key allows `scope`."""

    async def authorized(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> Caller:
        challenge = {"WWW-Authenticate": "Bearer"}
        if credentials is None:
            raise Refusal(401, "an API key is needed: Authorization: Bearer KEY", headers=challenge)
        began = clock.monotonic()
        try:
            key = await keys.find(credentials.credentials)
        except KeysUnavailable:
            raise unavailable("keys cannot be checked now") from None
        if key is None:
            raise Refusal(401, "the API key is unknown or was revoked", headers=challenge)
        if not key.allows(scope):
            raise Refusal(403, f"the API key lacks the scope {scope}")
        return Caller(key, clock.monotonic() - began)

    return authorized


def event_routes(
    door: Door, keys: Keys, pace: Pace, clock: Clock, metrics: IngestMetrics
) -> APIRouter:
    """POST /v1/events."""
    router = APIRouter(tags=["events"])
    gate = Gate(POST_PLACES)
    buffers = Buffers()
    authorized = may("ingest", keys, clock)

    @router.post(
        "/v1/events",
        status_code=202,
        response_model=Accepted,
        responses={
            200: {"model": Accepted, "description": "A dry run: what would be accepted."},
            **problems(400, 401, 403, 408, 413, 415, 422, 429, 500, 503),
        },
        openapi_extra={"requestBody": EVENTS_BODY},
        summary="Post events",
    )
    async def post_events(
        request: Request,
        query: Annotated[PostQuery, Query()],
        caller: Annotated[Caller, Depends(authorized)],
    ) -> JSONResponse:
        """All events of the body are safe in the log, or none was taken. Repeats count once."""
        wait = pace.wait(caller.key.id)
        if wait:
            raise too_fast(wait)
        body = await _received(request, buffers)
        metrics.wire_bytes.inc(len(body))
        options = Options(query.invalid == "quarantine", query.dry_run in ("1", "true"))
        seconds = ANSWER_SECONDS - caller.spent

        def work() -> dict[str, Any]:
            taken = door.take(body, request.headers, caller.key, options, seconds=seconds)
            pace.spend(caller.key.id, taken.accepted + len({error.index for error in taken.errors}))
            answer: dict[str, Any] = {"accepted": taken.accepted}
            if taken.skipped:
                answer["skipped"] = taken.skipped
            if options.quarantine:
                answer["errors"] = item_errors(taken.errors)
            return answer

        answer = await _admitted(gate, work, seconds + GRACE_SECONDS)
        return JSONResponse(answer, status_code=200 if options.dry_run else 202)

    return router


def read_routes(reads: Reads, keys: Keys, clock: Clock) -> APIRouter:
    """GET /v1/alerts and /v1/customers."""
    authorized = may("read", keys, clock)
    router = APIRouter(
        tags=["reading"],
        dependencies=[Depends(authorized)],
        responses=problems(400, 401, 403, 422, 500, 503),
    )
    gate = Gate(READ_PLACES)

    @router.get("/v1/alerts", response_model=AlertList, summary="List alerts")
    async def list_alerts(query: Annotated[AlertQuery, Query()]) -> JSONResponse:
        """The latest opened first; `next` is the `cursor` of the following page."""
        after = _cursor(query.cursor, read_alert_cursor)
        wanted = AlertFilter(query.state, query.rep, query.severity, query.customer)
        return JSONResponse(
            await _admitted(gate, lambda: reads.alerts(wanted, after=after, limit=query.limit))
        )

    @router.get(
        "/v1/alerts/{id:path}",
        response_model=AlertAnswer,
        responses=problems(404),
        summary="One alert",
    )
    async def get_alert(id: str) -> JSONResponse:
        """The alert with its evidence and every transition."""
        return _found(await _admitted(gate, lambda: _known(id, reads.alert)))

    @router.get("/v1/customers", response_model=CustomerList, summary="List customers")
    async def list_customers(query: Annotated[CustomerQuery, Query()]) -> JSONResponse:
        """In the order in which they became known; `next` is the `cursor` of the next page."""
        after = _cursor(query.cursor, read_customer_cursor) or 0
        return JSONResponse(
            await _admitted(
                gate,
                lambda: reads.customers(after=after, limit=query.limit, verdict=query.verdict),
            )
        )

    @router.get(
        "/v1/customers/{id:path}",
        response_model=CustomerAnswer,
        responses=problems(404),
        summary="One customer",
    )
    async def get_customer(id: str) -> JSONResponse:
        """The customer with its standing, its living alert and 52 weeks of sales."""
        return _found(await _admitted(gate, lambda: _known(id, reads.customer)))

    return router


async def _received(request: Request, buffers: Buffers) -> bytes:
    try:
        return await read_body(request, buffers)
    except TooLarge as error:
        raise Refusal(413, str(error)) from None
    except TooSlow as error:
        raise Refusal(408, str(error)) from None
    except TooBusy as error:
        raise unavailable(str(error)) from None


async def _admitted(gate: Gate, work: Callable[[], T], seconds: float = READ_SECONDS) -> T:
    try:
        return await gate.run(work, seconds=seconds)
    except GateFull:
        raise unavailable("too many requests are being worked on") from None
    except GateTimeout:
        raise unavailable("the answer takes too long now") from None
    except (SQLAlchemyError, DatabaseBusy):
        raise unavailable("the database cannot be reached now") from None


def _cursor(cursor: str | None, read: Callable[[str], T]) -> T | None:
    try:
        return None if cursor is None else read(cursor)
    except BadCursor:
        raise Refusal(400, "the cursor is not one that this list gave") from None


def _known(id: str, read: Callable[[str], dict[str, Any] | None]) -> dict[str, Any] | None:
    """What `read` finds; ids that nothing can have are not asked for."""
    fits = 0 < len(id) <= _LONGEST_ID and "\0" not in id
    return read(id) if fits else None


def _found(answer: dict[str, Any] | None) -> JSONResponse:
    if answer is None:
        raise Refusal(404, "there is nothing of that id")
    return JSONResponse(answer)
