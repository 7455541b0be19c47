"""Connections to the very address that was looked at, with an end to time and to bytes."""

import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any

import httpcore

from services.notifier.outgoing.addresses import is_public

FIRST_SECONDS = 2.0  # for an address that is not the last hope
LARGEST = 64 * 1024  # bytes of an answer, head and body

Resolve = Callable[[str, int], list[str]]


class Refused(Exception):
    """The host is, or may be, inside: nothing was connected."""


class TooLong(Exception):
    """The answer is larger than anybody needs."""


class Deadline:
    """A moment in monotonic time, after which nothing is waited for."""

    def __init__(self, monotonic: Callable[[], float], seconds: float) -> None:
        self._monotonic = monotonic
        self._at = monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; raises ReadTimeout when there are none."""
        left = self._at - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order to be tried. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def is_inside(addresses: Collection[str]) -> bool:
    """Whether one of the addresses of a name is not in the public internet, or has a zone."""
    return any("%" in address or not is_public(address) for address in addresses)


class Wire(httpcore.NetworkBackend):
    """Resolves once, looks at every address, and connects to the first that answers.

    A name that leads inside by only one of its addresses is refused: it could be any the next
    time. `allowed` hosts, in lower case, may lead anywhere.
    """

    def __init__(self, deadline: Deadline, allowed: Collection[str], resolve: Resolve) -> None:
        self._deadline = deadline
        self._allowed = allowed
        self._resolve = resolve
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host, port)
        if host.lower() not in self._allowed and is_inside(addresses):
            raise Refused
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, min(FIRST_SECONDS, self._deadline.left()))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, self._deadline.left())

    def _connect(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        stream = self._tcp.connect_tcp(address, port, seconds, socket_options=[])
        return _Stream(stream, self._deadline)

    def _addresses(self, host: str, port: int) -> list[str]:
        """The answer of the resolver, which knows no time limit of its own."""
        found: list[list[str] | OSError] = []

        def look_up() -> None:
            try:
                found.append(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                found.append(OSError(type(error).__name__))

        thread = threading.Thread(target=look_up, daemon=True, name="resolver")
        thread.start()
        thread.join(self._deadline.left())
        if not found:
            raise httpcore.ConnectTimeout("the name was not resolved in time")
        if isinstance(found[0], OSError) or not found[0]:
            raise httpcore.ConnectError("the name cannot be resolved")
        return found[0]


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline, and whose reading ends by size."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline
        self._room = LARGEST

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._room <= 0:
            raise TooLong
        data = self._stream.read(min(max_bytes, self._room), self._deadline.left())
        self._room -= len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left()
        inner = self._stream.start_tls(ssl_context, server_hostname, left)
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
