"""A real SMTP server in a process of its own, which takes every mail and counts."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port

KEPT = 500  # mails whose bytes are kept, to be sent again by the rival
_NAME = b"\r\nMessage-ID: "


class _Counting:
    """What the server does with mails; called by its own thread only."""

    def __init__(self) -> None:
        self.names: set[bytes] = set()
        self.taken = 0
        self.kept: list[tuple[str, bytes]] = []

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken += 1
        self.names.add(content.partition(_NAME)[2].partition(b"\r\n")[0])
        if len(self.kept) < KEPT:
            self.kept.append((envelope.rcpt_tos[0], content))
        return "250 taken"


class Sink:
    """The server as its parent sees it."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe
        self.port: int = pipe.recv()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def counts(self) -> tuple[int, int]:
        """Mails that were taken, and how many of different names."""
        taken, named = self._ask("counts")
        return taken, named

    def mails(self) -> list[tuple[str, bytes]]:
        """Some mails: to whom, and their bytes."""
        mails: list[tuple[str, bytes]] = self._ask("mails")
        return mails

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()


@contextmanager
def sink() -> Iterator[Sink]:
    """The server while it runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield Sink(here)
    finally:
        here.send("end")
        process.join(10)


def _serve(pipe: "Connection[Any, Any]") -> None:
    counting = _Counting()
    port = free_port()
    controller = Controller(counting, hostname="127.0.0.1", port=port)
    controller.start()
    pipe.send(port)
    while (asked := pipe.recv()) != "end":
        pipe.send(counting.kept if asked == "mails" else (counting.taken, len(counting.names)))
    controller.stop()
