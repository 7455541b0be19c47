"""A real SMTP server on a real socket that answers as a script says."""

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine, Iterable
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session

T = TypeVar("T")
OK = "250 taken"
CUT = "cut"  # take the mail, then end the connection without an answer
HANG = "hang"  # neither take the mail nor say anything, for longer than the client waits
STALL = "stall"  # take the mail, then say nothing for longer than the client waits


class MailServer:
    """Takes mails. `answers` are given to DATA one by one, `recipients` to RCPT, `senders` to
    MAIL; then OK."""

    def __init__(
        self,
        answers: Iterable[str] = (),
        recipients: Iterable[str] = (),
        senders: Iterable[str] = (),
        **options: Any,
    ) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.connections = 0
        self.address = ""
        self._answers = deque(answers)
        self._recipients = deque(recipients)
        self._senders = deque(senders)
        self._options = options
        self._open: list[asyncio.Transport] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        self._server = self._run(self._listen())
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> asyncio.Server:
        def session() -> SMTP:
            return SMTP(self, hostname="mail.test", loop=self._loop, **self._options)

        return await self._loop.create_server(session, "127.0.0.1", 0)

    async def _end(self) -> None:
        self._server.close()
        await self._hang_up()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _hang_up(self) -> None:
        for transport in self._open:
            transport.abort()
        await asyncio.sleep(0.01)  # the loop closes their sockets

    @property
    def url(self) -> str:
        return f"smtp://{self.address}"

    def hang_up(self) -> None:
        """End every connection, as servers do with idle ones."""
        self._run(self._hang_up())

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        self._open.append(_transport(server))
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._senders.popleft() if self._senders else OK
        if answer == OK:
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._recipients.popleft() if self._recipients else OK
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self._answers.popleft() if self._answers else OK
        if answer in (OK, CUT, STALL):
            content = envelope.content
            assert isinstance(content, bytes)
            self.mails.append(message_from_bytes(content, policy=policy.default))
            self.to.extend(envelope.rcpt_tos)
        if answer == CUT:
            _transport(server).abort()
        if answer == STALL:
            await asyncio.sleep(1)
        if answer == HANG:
            await asyncio.sleep(30)
            return "451 too late"
        return OK if answer in (CUT, STALL) else answer


def _transport(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport
