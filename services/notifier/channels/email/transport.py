"""How a mail leaves: through an SMTP server, or as a file in the outbox."""

import os
import select
import smtplib
import ssl
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from services.notifier.channel import Remedy, SendFailed
from services.notifier.channels.email.mail import Mail
from services.notifier.channels.email.refusals import failure, told
from services.notifier.trust import trusted
from shared.ops.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

TIMEOUT_SECONDS = 20.0  # for each step of the conversation
GO_ON = 354  # the server's answer to DATA, before the mail itself
_bracketed = lru_cache(maxsize=4096)(smtplib.quoteaddr)
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class Transport(Protocol):
    """Takes one mail to one address; raises SendFailed unless it was taken for good."""

    def send(self, mail: Mail, sender: str, recipient: str) -> str:
        """Hand over; what the other side answered."""

    def probe(self) -> None: ...

    def rest(self) -> None: ...


class Outbox:
    """Writes mails as files, for whoever has no mail server yet.

    A mail's name comes from its Message-ID, so writing it twice leaves one file; a file appears
    only when it is whole and on the disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: Mail, sender: str, recipient: str) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return f"written to {self._write(mail)}"
        except OSError as error:
            raise SendFailed(
                f"the outbox cannot be written: {error.strerror}", Remedy.RETRY
            ) from None

    def probe(self) -> None:
        """Nobody refuses a file."""

    def rest(self) -> None:
        """Files hold nothing open."""

    def _write(self, mail: Mail) -> Path:
        name = mail.name.strip("<>").partition("@")[0]
        path = self._folder / f"{name}.eml"
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(mail.content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return path


class _Connection(smtplib.SMTP):
    """Keeps the server's answer to the last mail."""

    answer = ""

    def is_quiet(self) -> bool:
        """Whether the server has said nothing since its last answer, nor hung up."""
        if self.sock is None:
            return False
        looking = select.poll()
        looking.register(self.sock, select.POLLIN)
        return not looking.poll(0)

    def mail(self, sender: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """As the library's, which takes an address to pieces each time."""
        return self.docmd("mail", " ".join((f"FROM:{_bracketed(sender)}", *options)))

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """The same for a recipient."""
        return self.docmd("rcpt", " ".join((f"TO:{_bracketed(recip)}", *options)))

    def data(self, msg: "Buffer | str") -> tuple[int, bytes]:
        """As the library's, for a mail that ends its lines properly, and in much less time."""
        code, said = self.docmd("data")
        if code != GO_ON:
            raise smtplib.SMTPDataError(code, said)
        mail = msg.encode("ascii") if isinstance(msg, str) else bytes(msg)
        self.send(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        code, said = self.getreply()
        self.answer = told(code, said)
        return code, said


class _TlsConnection(smtplib.SMTP_SSL, _Connection):
    """The same, encrypted from its first byte."""


class Smtp:
    """Sends over SMTP. Idle connections are used again, so a burst needs one log-in."""

    def __init__(
        self,
        url: SplitResult,
        *,
        greeting: str,
        timeout: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._scheme = url.scheme
        self._host = url.hostname or ""
        self._port = url.port or PORTS[url.scheme]
        self._user = unquote(url.username or "")
        self._password = unquote(url.password or "")
        self._greeting = greeting
        self._timeout = timeout
        self._tls = tls
        self._idle: list[_Connection] = []

    @classmethod
    def at(
        cls,
        url: str,
        *,
        greeting: str,
        timeout: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> "Smtp":
        """The server of an URL such as smtp+starttls://user:password@mail.example:587.

        Raises ConfigurationError, without the URL: it may hold a password.
        """
        try:
            parsed = urlsplit(url)
            usable = parsed.scheme in PORTS and parsed.hostname and parsed.port != 0
        except ValueError:
            usable = None
        if not usable:
            raise ConfigurationError(
                "VIGIA_SMTP_URL cannot be used; write it as smtp://host:25, smtps://host:465 or "
                "smtp+starttls://user:password@host:587"
            )
        return cls(parsed, greeting=greeting, timeout=timeout, tls=tls)

    def send(self, mail: Mail, sender: str, recipient: str) -> str:
        try:
            connection = self._talk(sender, recipient, mail.content)
        except (smtplib.SMTPException, OSError) as error:
            raise failure(error) from None
        answer = connection.answer
        self._idle.append(connection)
        return answer

    def rest(self) -> None:
        while self._idle:
            _leave(self._idle.pop())

    def probe(self) -> None:
        """Connect and log in, and send nothing; raises SendFailed."""
        try:
            _leave(self._connect())
        except (smtplib.SMTPException, OSError) as error:
            raise failure(error) from None

    def _talk(self, sender: str, recipient: str, body: bytes) -> _Connection:
        """Hand the mail over and return the connection, which can be used again."""
        connection = self._take_idle() or self._connect()
        try:
            connection.sendmail(sender, [recipient], body)
        except smtplib.SMTPServerDisconnected:
            connection.close()
            raise
        except (smtplib.SMTPException, OSError):
            _leave(connection)
            raise
        return connection

    def _take_idle(self) -> _Connection | None:
        """An idle connection whose server still answers; servers may end them at any time."""
        while self._idle:
            connection = self._idle.pop()
            try:
                if connection.is_quiet() or connection.noop()[0] < 400:
                    return connection
            except (smtplib.SMTPException, OSError):
                pass
            connection.close()
        return None

    def _connect(self) -> _Connection:
        connect: Callable[[str, int], _Connection]
        connect = partial(_Connection, local_hostname=self._greeting, timeout=self._timeout)
        if self._scheme == "smtps":
            connect = partial(
                _TlsConnection,
                local_hostname=self._greeting,
                timeout=self._timeout,
                context=self._tls or trusted(),
            )
        connection = connect(self._host, self._port)
        try:
            connection.ehlo_or_helo_if_needed()
            if self._scheme == "smtp+starttls":
                connection.starttls(context=self._tls or trusted())
                connection.ehlo()
            if self._user:
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection


def _leave(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()
