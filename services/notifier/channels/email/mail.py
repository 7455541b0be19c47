"""A mail as bytes: headers to which nobody can add, and a text and an HTML part.

The library writes what may hold any characters; the rest is put together here, at a fraction of
the cost. Text is quoted-printable, so that every server takes it and anybody can read it.
"""

from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.policy import SMTP
from functools import lru_cache

# In quoted-printable text «=» is followed by a digit or an end of line, so no part holds this.
_BOUNDARY = "=_vigia"
_PART = (
    b"--=_vigia\r\n"
    b'Content-Type: text/%s; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n%s\r\n"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """`name` is its Message-ID."""

    name: str
    content: bytes


def mail(
    sender: Address,
    recipient: Address,
    subject: str,
    headers: Mapping[str, str],
    text: str,
    html: str,
) -> Mail:
    """The mail with these further headers, of which Message-ID names it.

    Raises ValueError for a header with anything but printable ASCII characters.
    """
    lines = [
        _addressed("From", sender.display_name, sender.username, sender.domain),
        _addressed("To", recipient.display_name, recipient.username, recipient.domain),
        _folded("Subject", subject),
        *(_plain(name, value) for name, value in headers.items()),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", f'multipart/alternative; boundary="{_BOUNDARY}"'),
    ]
    parts = (_PART % (b"plain", _quoted(text)), _PART % (b"html", _quoted(html)))
    content = b"".join((*lines, b"\r\n", *parts, b"--=_vigia--\r\n"))
    return Mail(headers["Message-ID"], content)


def _plain(name: str, value: str) -> bytes:
    """A header in one line. It may be longer than 78 characters, which no server minds."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"the header {name} would hold strange characters")
    return f"{name}: {value}\r\n".encode("ascii")


@lru_cache(maxsize=4096)
def _addressed(header: str, name: str, username: str, domain: str) -> bytes:
    return _folded(header, Address(name, username=username, domain=domain))


def _folded(name: str, value: str | Address) -> bytes:
    """As the library encodes and folds it; raises ValueError for ends of lines."""
    return SMTP.fold_binary(*SMTP.header_store_parse(name, value))


def _quoted(text: str) -> bytes:
    return b2a_qp(text.replace("\n", "\r\n").encode("utf-8"), istext=True)
