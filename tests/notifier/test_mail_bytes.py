"""A mail on its way: what its bytes are, and that the other side reads what was written."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.filters import do_wordwrap

from services.notifier.channels.email.mail import Mail, mail
from services.notifier.channels.email.render import WIDTH, wrapped
from services.notifier.channels.email.transport import Smtp
from tests.notifier.mail_server import MailServer

SENDER = Address("Vigía", username="vigia", domain="company.example")
SEEN = st.characters(exclude_categories=["C", "Zl", "Zp"])


def made(subject: str = "News", text: str = "text", html: str = "<p>text</p>") -> Mail:
    return mail(SENDER, SENDER, subject, {"Message-ID": "<a_1.1.rep@b.example>"}, text, html)


def read(sent: Mail) -> EmailMessage:
    return message_from_bytes(sent.content, policy=policy.default)


def html_of(sent: Mail) -> tuple[str, str]:
    """How the HTML travels, and what it is."""
    part = read(sent).get_body(("html",))
    assert part is not None
    return str(part["Content-Transfer-Encoding"]), part.get_content().replace("\r\n", "\n")


@given(st.text(SEEN, max_size=200))
@example("Urgente: Panadería Sol puede estar yéndose: 18.600 EUR al año en riesgo")
@example("word " * 40)
@example("=?utf-8?q?Bcc=3A_a=40b=2Eexample?=")
@example("two  spaces\N{NO-BREAK SPACE}and a tab\t.")
def test_subjects_are_read_as_they_were_written(subject: str) -> None:
    subject = subject.strip()
    sent = made(subject)
    assert read(sent)["Subject"] == subject
    assert sent.content.isascii()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_subjects_of_several_lines_make_no_mail(end: str) -> None:
    with pytest.raises(ValueError, match="several lines"):
        made(f"News{end}Bcc: thief@evil.example")
    with pytest.raises(ValueError, match="several lines"):
        made(f"News{end}")


@pytest.mark.parametrize("subject", ["Ñandú: " * 30, "Urgent: all is well " * 9, "中" * 70])
def test_subjects_keep_to_short_lines(subject: str) -> None:
    lines = made(subject.strip()).content.partition(b"\r\nMIME-Version")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 78


def test_html_travels_as_it_is_with_characters_by_reference() -> None:
    written = "<p>Panadería «Sol» — 18.600 €</p>\n<p>.</p>"
    how, seen = html_of(made(html=written))
    assert how == "7bit"
    assert seen == "<p>Panader&#237;a &#171;Sol&#187; &#8212; 18.600 &#8364;</p>\n<p>.</p>"


def test_lines_may_be_as_long_as_the_standard_allows() -> None:
    html = "\n".join("x" * length for length in (998, 0, 1, 998, 997, 998))
    assert html_of(made(html=html)) == ("7bit", html)


@pytest.mark.parametrize(
    "html",
    [f"<p>\n{'é' * 999}</p>", f"<p>\n{'x' * 999}", f"{'x' * 999}\n", "<p>\n--=_vigia--\n</p>"],
)
def test_html_that_cannot_travel_as_it_is_is_quoted(html: str) -> None:
    sent = made(html=html)
    assert html_of(sent) == ("quoted-printable", html)
    assert max(map(len, sent.content.split(b"\r\n"))) <= 998
    assert [part.get_content_type() for part in read(sent).iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_a_line_of_one_dot_ends_no_mail() -> None:
    sent = made(text="first\n.\n..\nlast", html="<p>\n.\n</p>")
    with MailServer() as server:
        smtp = Smtp.at(server.url, greeting="company.example")
        smtp.send(sent, "vigia@company.example", "ana@company.example")
        smtp.rest()
    (got,) = server.mails
    assert got.as_bytes(policy=policy.SMTP) == sent.content


@given(st.lists(st.text(SEEN | st.sampled_from(" -\n\t"), max_size=90), max_size=12).map(" ".join))
@example("word " * 40 + "end")
@example("a" * 77)
@example("well-known " * 20)
def test_text_is_broken_as_the_library_does(text: str) -> None:
    assert wrapped(text) == do_wordwrap(Environment(), text, WIDTH)
