"""A mail as bytes: headers to which nobody can add, and a text and an HTML part.

The library writes addresses, which may hold any characters; the rest is put together here, at a
fraction of the cost. All of it is ASCII, so that every server takes it: text is quoted-printable
and can be read by anybody as it is, and HTML has its own way of writing other characters.
"""

from binascii import b2a_qp
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.policy import SMTP
from functools import lru_cache

# In quoted-printable text «=» is followed by a digit or an end of line, so no such part holds it.
_BOUNDARY = "=_vigia"
_BETWEEN = b"--=_vigia"
_PART = (
    b"--=_vigia\r\n"
    b'Content-Type: text/%s; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: %s\r\n\r\n%s\r\n"
)
_LONGEST_LINE = 998  # RFC 5322
_ENCODED = "=?utf-8?q?"
_WIDEST = 76  # characters of a line, which RFC 2047 allows to encoded words
_UNQUOTED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


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
        _subject(subject),
        *(_plain(name, value) for name, value in headers.items()),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", f'multipart/alternative; boundary="{_BOUNDARY}"'),
    ]
    parts = (_PART % (b"plain", *_quoted(text)), _PART % (b"html", *_referred(html)))
    content = b"".join((*lines, b"\r\n", *parts, _BETWEEN + b"--\r\n"))
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


def _subject(text: str) -> bytes:
    """As the library would, but at once; raises ValueError for ends of lines.

    What is neither plain nor one space apart is encoded as a whole.
    """
    if text and text.splitlines() != [text]:
        raise ValueError("the subject would have several lines")
    plain = text.isascii() and text.isprintable() and "=?" not in text and "  " not in text
    lines = _broken(f"Subject: {text}") if plain else _encoded("Subject: ", text)
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _broken(line: str) -> Iterator[str]:
    """In lines that begin with a space, but for the first."""
    while len(line) > _WIDEST and (end := line.rfind(" ", len("Subject: "), _WIDEST + 1)) > 0:
        yield line[:end]
        line = line[end:]
    yield line


def _encoded(line: str, text: str) -> Iterator[str]:
    """In lines of one encoded word each (RFC 2047), the first after what `line` holds."""
    line += _ENCODED
    for character in text:
        written = _in_word(character)
        if len(line) + len(written) + len("?=") > _WIDEST:
            yield f"{line}?="
            line = f" {_ENCODED}"
        line += written
    yield f"{line}?="


@lru_cache(maxsize=1024)
def _in_word(character: str) -> str:
    """A character in an encoded word."""
    if character == " ":
        return "_"
    written = character.encode()
    return "".join(chr(byte) if byte in _UNQUOTED else f"={byte:02X}" for byte in written)


def _quoted(text: str) -> tuple[bytes, bytes]:
    """Quoted-printable, and the text so."""
    lines = text.replace("\n", "\r\n").encode("utf-8")
    return b"quoted-printable", b2a_qp(lines, istext=True)


def _referred(html: str) -> tuple[bytes, bytes]:
    """HTML as it is but for character references, smaller than it would be quoted.

    Quoted all the same where a line is too long to travel, or somebody's name is our boundary.
    """
    content = html.encode("ascii", "xmlcharrefreplace")
    if _BETWEEN in content or not _travels(content):
        return _quoted(html)
    return b"7bit", content.replace(b"\n", b"\r\n")


def _travels(content: bytes) -> bool:
    """Whether no line is too long; only the last end of line within reach is looked for."""
    begin = 0
    while len(content) - begin > _LONGEST_LINE:
        end = content.rfind(b"\n", begin, begin + _LONGEST_LINE + 1)
        if end < 0:
            return False
        begin = end + 1
    return True
