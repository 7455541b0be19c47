"""Around every request: what browsers are told, how many at once, and no stack trace to anybody."""

import re
import threading

import anyio
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.desk.metrics import PAGES, DeskMetrics
from shared.ops.clock import Clock

BODY_BYTES = 16 * 1024  # a note of 1,000 characters in any script, percent-encoded
BODY_SECONDS = 10.0
PLACES = 16  # below the pool of threads, so that health and the API always find one
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # small pictures inside of the style sheet
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_FOREIGN = ("cross-site", "same-site")
_ONE_CLICK = re.compile("/desk/unsubscribe/[^/]+")


class Guard:
    """Outermost. Addresses of the desk hold tokens, so none is ever logged."""

    def __init__(self, app: ASGIApp, *, metrics: DeskMetrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._places = threading.Semaphore(PLACES)
        self._log = structlog.get_logger("vigia.desk")

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
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._answer(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            self._report(error)
            if status == 0:
                await _brief("Internal error", 500)(scope, receive, noting)
        finally:
            seconds = self._clock.monotonic() - began
            self._metrics.answered(_page(scope["path"]), status or 500, seconds)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        body = await _body(receive) if scope["method"] == "POST" else b""
        if body is None:
            await _brief("Too large, or too slow", 413)(scope, receive, send)
            return
        if not self._places.acquire(blocking=False):
            busy = _brief("Too busy", 503)
            busy.headers["Retry-After"] = "2"
            await busy(scope, receive, send)
            return
        try:
            await self._app(scope, _again(body, receive), send)
        finally:
            self._places.release()

    def _refusal(self, scope: Scope) -> Response | None:
        """A form that another site sent is none of ours, whatever it proves.

        But for the one click of a mail program: it needs no cookie, so none can be abused.
        """
        origin = Headers(scope=scope).get("sec-fetch-site", "")
        foreign = scope["method"] == "POST" and origin in _FOREIGN
        if foreign and not _ONE_CLICK.fullmatch(scope["path"]):
            return _brief("This form came from another site", 403)
        return None

    def _report(self, error: Exception) -> None:
        """Type and place; the message may quote what was sent."""
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = "" if place is None else f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
        self._log.error("request failed", error=type(error).__name__, where=where)


def _brief(text: str, status: int) -> Response:
    """A page for what people hardly ever see, without anything that could fail."""
    return HTMLResponse(f'<!doctype html><main id="content"><p>{text}</p></main>', status)


async def _body(receive: Receive) -> bytes | None:
    """A small body; None for one that no page of ours sends. It holds no place while it comes."""
    body = bytearray()
    with anyio.move_on_after(BODY_SECONDS):
        while True:
            message = await receive()
            body += message.get("body", b"")
            if message["type"] == "http.disconnect" or len(body) > BODY_BYTES:
                return None
            if not message.get("more_body", False):
                return bytes(body)
    return None


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read, then what comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _page(path: str) -> str:
    name = path.removeprefix("/desk").strip("/").partition("/")[0] or "alerts"
    if name == "alerts" and path.count("/") > 2:
        return "alert"
    return name if name in PAGES else "other"
