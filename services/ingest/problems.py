"""Every refusal as an RFC 9457 problem that names item and field and repeats no value."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class ItemError:
    """What is wrong with one item: its number from 0 and a JSON Pointer inside it."""

    index: int
    pointer: str
    detail: str


class Refusal(Exception):
    """The request is answered with this problem and leaves no trace."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[ItemError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


def unavailable(detail: str) -> Refusal:
    """503: the same request may succeed in a moment."""
    return Refusal(503, detail, headers={"Retry-After": str(RETRY_SECONDS)})


def too_fast(seconds: int) -> Refusal:
    """429: the key posts more than it may, and may go on after `seconds`."""
    detail = f"the key posts more events than it may; wait {seconds} s and send the same again"
    return Refusal(429, detail, headers={"Retry-After": str(seconds)})


def item_errors(errors: Iterable[ItemError]) -> list[dict[str, Any]]:
    """The errors as they appear in answers."""
    return [asdict(error) for error in errors]


def problem(refusal: Refusal) -> Response:
    """The answer to a refused request."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        "errors": item_errors(refusal.errors),
    }
    return Response(
        json.dumps(body, ensure_ascii=False).encode(),
        status_code=refusal.status,
        headers=refusal.headers,
        media_type=MEDIA_TYPE,
    )


def problem_handlers(app: FastAPI) -> None:
    """Answer everything that is raised below the routes with a problem."""

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return problem(error)

    async def http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        return problem(Refusal(status, status.description or status.phrase, headers=error.headers))

    async def invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return problem(Refusal(422, "; ".join(_parameter(each) for each in error.errors())))

    async def gone(_request: Request, _error: Exception) -> Response:
        return problem(Refusal(400, "the connection ended before the body"))

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientDisconnect, gone)


def _parameter(error: Mapping[str, Any]) -> str:
    """Which parameter cannot be used and why; the name of an unknown one is the sender's text."""
    if error["type"] == "extra_forbidden":
        return "unknown query parameter"
    return f"the parameter {error['loc'][-1]} cannot be used: {error['msg']}"
