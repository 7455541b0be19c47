"""What a request may cost: bytes on the wire, bytes inflated, events, depth, and time."""

import zlib
from dataclasses import dataclass, field

import anyio
from starlette.requests import Request

WIRE_BYTES = 2 * 1024 * 1024
INFLATED_BYTES = 8 * 1024 * 1024
EVENTS = 5_000
EVENT_BYTES = 1_000_000  # as sent and as written: what every log carries in one record
DEPTH = 32
BODY_SECONDS = 30.0  # a till on a bad line sends 2 MiB in that time
BUFFERED_BYTES = 64 * 1024 * 1024  # of all bodies on their way in
# Every end of a gzip member copies the rest of its window: small, or 100,000 members cost O(n^2).
_WINDOW = 16 * 1024
_GZIP = zlib.MAX_WBITS | 16


class TooLarge(ValueError):
    """The body, or its item number `index`, is beyond a limit; the message names the limit."""

    def __init__(self, detail: str, index: int | None = None) -> None:
        super().__init__(detail)
        self.index = index


class TooSlow(ValueError):
    """The body did not arrive in time."""


class TooBusy(ValueError):
    """Too many bodies are on their way in at once."""


class NotGzip(ValueError):
    """The body is not, or not to its end, what its Content-Encoding says."""


@dataclass(slots=True)
class Buffers:
    """Bytes that all unfinished bodies hold together; used on the event loop only."""

    limit: int = BUFFERED_BYTES
    held: int = field(default=0)

    def take(self, size: int) -> None:
        if self.held + size > self.limit:
            raise TooBusy("too many requests are being received")
        self.held += size

    def give_back(self, size: int) -> None:
        self.held -= size


async def read_body(request: Request, buffers: Buffers) -> bytes:
    """The body as it came over the wire, never holding more than the limit.

    A Content-Length beyond the limit is refused before anything is read; one that lies, or is
    absent, when the limit is passed. Raises TooLarge, TooSlow, TooBusy.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > WIRE_BYTES:
        raise TooLarge(_WIRE)
    body = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                if len(body) + len(chunk) > WIRE_BYTES:
                    raise TooLarge(_WIRE)
                buffers.take(len(chunk))
                body += chunk
    except TimeoutError:
        raise TooSlow(f"the body did not arrive within {BODY_SECONDS:.0f} seconds") from None
    finally:
        buffers.give_back(len(body))
    return bytes(body)


def inflate(body: bytes) -> bytes:
    """The content of a gzip stream of one or more members, inflated no further than the limit.

    Raises TooLarge, or NotGzip when a member is damaged or cut short.
    """
    inflated = bytearray()
    member = zlib.decompressobj(_GZIP)
    begun = False
    try:
        for start in range(0, len(body), _WINDOW):
            window = body[start : start + _WINDOW]
            while window:
                if member.eof:
                    member = zlib.decompressobj(_GZIP)
                inflated += member.decompress(window, INFLATED_BYTES + 1 - len(inflated))
                if len(inflated) > INFLATED_BYTES:
                    raise TooLarge(_INFLATED)
                begun = True
                window = member.unused_data
    except zlib.error:
        raise NotGzip("the body is not valid gzip") from None
    if not begun or not member.eof:
        raise NotGzip("the gzip stream ends too early")
    return bytes(inflated)


_WIRE = f"a body has at most {WIRE_BYTES // 2**20} MiB"
_INFLATED = f"a body has at most {INFLATED_BYTES // 2**20} MiB when inflated"
