"""A real HTTP server on a real socket that answers as a script says."""

import gzip
import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer. `stall` seconds pass before it, `cut` ends the connection instead."""

    status: int = 200
    body: bytes = b"ok"
    headers: tuple[tuple[str, str], ...] = ()
    stall: float = 0
    cut: bool = False


class Endless:
    """An answer of 200 whose head or body never ends, one piece after another."""

    def __init__(self, piece: bytes, *, every: float = 0, in_head: bool = False) -> None:
        self.piece = piece
        self.every = every
        self.in_head = in_head


Script = Callable[[Asked], Reply | Endless]


def as_json(status: int, body: object, *headers: tuple[str, str]) -> Reply:
    return Reply(
        status, json.dumps(body).encode(), (("Content-Type", "application/json"), *headers)
    )


def bomb(size: int) -> Reply:
    """`size` zeros as gzip makes them small."""
    return Reply(200, gzip.compress(b"0" * size), (("Content-Encoding", "gzip"),))


class HttpServer:
    """Takes requests; `replies` are given one by one, then `script` answers (default: 200 ok)."""

    def __init__(
        self,
        replies: Iterable[Reply | Endless] = (),
        script: Script | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self._replies = deque(replies)
        self._script = script or (lambda _: Reply())
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "HttpServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: Asked) -> Reply | Endless:
        self.asked.append(asked)
        return self._replies.popleft() if self._replies else self._script(asked)

    def wait(self, seconds: float) -> bool:
        """Whether the test has ended while something was stalled."""
        return self._ended.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""


def _handler(server: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            server.connections += 1

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            reply = server.answer(Asked(self.command, self.path, headers, body))
            if isinstance(reply, Endless):
                self._go_on(reply)
            else:
                self._reply(reply)

        do_GET = do_POST  # noqa: N815 - the names that the library calls

        def _reply(self, reply: Reply) -> None:
            if reply.stall and server.wait(reply.stall):
                self.close_connection = True
                return
            if reply.cut:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def _go_on(self, reply: Endless) -> None:
            head = b"HTTP/1.1 200 OK\r\n"
            self.wfile.write(head if reply.in_head else head + b"Connection: close\r\n\r\n")
            while not server.wait(reply.every):
                self.wfile.write(reply.piece)

        def log_message(self, format: str, *args: Any) -> None:
            """The test says what went wrong."""

    return Handler
