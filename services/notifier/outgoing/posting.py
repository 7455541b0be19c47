"""One POST: to the address that was looked at, not for long, and with a short answer."""

import json
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult

import httpcore

from services.notifier.outgoing.wire import Deadline, Refused, Resolve, TooLong, Wire, resolve
from services.notifier.trust import trusted
from shared.ops.clock import Clock
from shared.ops.settings import Settings

AGENT = b"Vigia/0.1"
LONGEST_WISH = timedelta(hours=1)  # of a provider that wants to be left alone
DEFAULT_WISH = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `body` ends where it became too long or took too long."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty when it is none.

        We ask for no compression, so a compressed body is never inflated.
        """
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def leave_alone(self) -> timedelta:
        """How long a provider that answers 429 or 503 wants nothing more; at most an hour."""
        seconds = self.headers.get("retry-after", "")
        if not (seconds.isascii() and seconds.isdigit()):
            return DEFAULT_WISH
        return min(timedelta(seconds=int(seconds[:6])), LONGEST_WISH)


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """The hosts that may be reached wherever they are, in lower case."""
    names = (host.strip().lower() for host in settings.allowed_hosts.split(","))
    return frozenset(name for name in names if name)


class Unanswered(Exception):
    """There is no answer, for a reason that names neither the address nor a person.

    `refused`: we did not even ask, because the host is none that may be asked.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


class Outgoing:
    """Posts to hosts in the public internet, and to `allowed` ones wherever they are.

    Redirects are not followed, proxies of the environment are not used, connections not kept.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        allowed: Collection[str] = (),
        seconds: float = 10.0,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._clock = clock
        self._allowed = frozenset(allowed)
        self._seconds = seconds
        self._tls = tls or trusted()
        self._resolve = resolve

    @classmethod
    def of(cls, settings: Settings, clock: Clock, *own: str) -> "Outgoing":
        """By the settings; `own` are hosts that other settings name."""
        allowed = allowed_hosts(settings) | set(own)
        return cls(clock, allowed=allowed, seconds=settings.outgoing_seconds)

    def post(self, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and return the answer, whatever its status; raises Unanswered."""
        if url.scheme != "https" and (url.hostname or "") not in self._allowed:
            raise Unanswered(
                "without TLS only hosts of VIGIA_ALLOWED_HOSTS are asked", refused=True
            )
        deadline = Deadline(self._clock.monotonic, self._seconds)
        wire = Wire(deadline, self._allowed, self._resolve)
        try:
            with httpcore.ConnectionPool(
                ssl_context=self._tls, network_backend=wire, max_keepalive_connections=0
            ) as pool:
                return _ask(pool, url, body, headers)
        except Refused:
            raise Unanswered(
                "the host is not in the public internet; the operator may allow it with "
                "VIGIA_ALLOWED_HOSTS",
                refused=True,
            ) from None
        except httpcore.TimeoutException:
            raise Unanswered(f"no answer within {self._seconds:g} s") from None
        except (TooLong, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unanswered(_why(error)) from None


def _ask(
    pool: httpcore.ConnectionPool, url: SplitResult, body: bytes, headers: Mapping[str, str]
) -> Answer:
    sent = {"user-agent": AGENT.decode(), "accept-encoding": "identity", **headers}
    where = httpcore.URL(
        scheme=url.scheme,
        host=(url.hostname or "").strip("[]"),
        port=url.port,
        target=(url.path or "/") + (f"?{url.query}" if url.query else ""),
    )
    with pool.stream("POST", where, headers=list(sent.items()), content=body) as response:
        told = {name.decode("latin-1").lower(): value for name, value in response.headers}
        return Answer(
            status=response.status,
            headers={name: value.decode("latin-1") for name, value in told.items()},
            body=_body(response),
        )


def _body(response: httpcore.Response) -> bytes:
    """As much of it as came in time. The status is the answer; what it says beside may be cut."""
    body = b""
    try:
        for chunk in response.iter_stream():
            body += chunk
    except (TooLong, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        return body
    return body


def _why(error: Exception) -> str:
    if isinstance(error, TooLong):
        return "the answer is too long"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args):
        return "the certificate cannot be verified"
    return "no connection" if isinstance(error, httpcore.ConnectError) else "no proper answer"
