"""A message as a mail: headers, a text part and an HTML part."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifier.bars import Bars, text_bars
from services.notifier.channel import message_name
from services.notifier.channels.email.mail import Mail, mail
from services.notifier.messages import Message

BAR_HEIGHT = 96  # pixels of the tallest bar

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def unbroken(text: str) -> str:
    """The text with every amount held together with its currency at the end of a line."""
    return re.sub(r"(?<=\d) (?=[A-Z]{3}\b)", "\N{NO-BREAK SPACE}", text)


_templates.filters["unbroken"] = unbroken


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
    return f"<{re.sub(r'[^A-Za-z0-9._-]', '-', message_name(message))}@{domain}>"


def text_part(message: Message) -> str:
    picture = None if message.bars is None else text_bars(message.bars)
    return _fill("mail.txt", message, picture)


def html_part(message: Message) -> str:
    picture = None if message.bars is None else _pixels(message.bars)
    return _fill("mail.html", message, picture)


def _fill(template: str, message: Message, picture: object) -> str:
    return _templates.get_template(template).render(
        message=message, picture=picture, paragraphs=message.paragraphs
    )


def _pixels(bars: Bars) -> dict[str, object]:
    """Heights in pixels. Two rows of cells meet at the usual level: their border is its line."""
    below = round(bars.usual * BAR_HEIGHT)
    heights = [round(bar.height * BAR_HEIGHT) or (1 if bar.height else 0) for bar in bars.bars]
    columns = [
        {
            "above": max(height - below, 0),
            "below": min(height, below),
            "recent": bar.recent,
            "label": bar.label,
        }
        for bar, height in zip(bars.bars, heights, strict=True)
    ]
    return {"columns": columns, "above": BAR_HEIGHT - below, "below": below}
