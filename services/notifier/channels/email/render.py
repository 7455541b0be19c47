"""A message as a mail: headers, a text part and an HTML part."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.filters import do_wordwrap

from services.notifier.bars import text_bars
from services.notifier.channel import message_name
from services.notifier.channels.email.mail import Mail, mail
from services.notifier.channels.email.picture import rows
from services.notifier.messages import Message

WIDTH = 76  # characters of a line of text

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def unbroken(text: str) -> str:
    """The text with every amount held together with its currency at the end of a line."""
    return re.sub(r"(?<=\d) (?=[A-Z]{3}\b)", "\N{NO-BREAK SPACE}", text)


def wrapped(text: str) -> str:
    """The text in lines, as the filter `wordwrap` breaks it, which takes twenty times as long.

    What is not simply words with a space between them is left to the filter.
    """
    lines, rest = [], text
    plain = text.isprintable() and "-" not in text and "" not in text.split(" ")
    while plain and len(rest) > WIDTH:
        end = rest.rfind(" ", 0, WIDTH + 1)
        plain = end > 0
        lines.append(rest[:end])
        rest = rest[end + 1 :]
    return "\n".join((*lines, rest)) if plain else do_wordwrap(_templates, text, WIDTH)


_templates.filters |= {"unbroken": unbroken, "wrapped": wrapped, "rows": rows}
_templates.globals.clear()  # they are copied, slowly, for every part of every mail


def render(
    message: Message,
    sender: Address,
    recipient: Address,
    thread: str | None,
    date: datetime,
    operator: str,
    unsubscribe: str | None = None,
) -> Mail:
    """The mail to one recipient; whoever wants no more writes to the operator, or has the mail
    program post to the https address `unsubscribe` (RFC 8058).

    Its Message-ID follows from the message alone, so a mail that is sent twice can be told to be
    one. `thread` is the Message-ID of the first mail about the alert.
    """
    headers = {
        "Date": format_datetime(date),
        "Message-ID": message_id(message, sender.domain),
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<mailto:{operator}?subject=unsubscribe>",
        "Content-Language": message.speech.code,
    }
    if thread is not None:
        headers |= {"In-Reply-To": thread, "References": thread}
    if unsubscribe is not None:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>, {headers['List-Unsubscribe']}"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mail(sender, recipient, message.subject, headers, text_part(message), html_part(message))


def message_id(message: Message, domain: str) -> str:
    """The message's name where that is plain; else what is plain in it, and a digest of it all."""
    name = message_name(message)
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", name)
    own = plain if plain == name else f"{plain}-{sha256(name.encode()).hexdigest()[:10]}"
    return f"<{own}@{domain}>"


def text_part(message: Message) -> str:
    picture = None if message.bars is None else text_bars(message.bars)
    return _fill("mail.txt", message, picture=picture)


def html_part(message: Message) -> str:
    return _fill("mail.html", message)


def _fill(template: str, message: Message, **values: object) -> str:
    found = _templates.get_template(template)
    more = message.more(len(message.parts))
    return found.render(message=message, paragraphs=message.paragraphs, more=more, **values)
