"""A message as a title and plain text, which every service of Apprise can carry."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifier.bars import text_bars
from services.notifier.messages import Message

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=False,  # noqa: S701 - plain text, which Apprise escapes where a service needs it
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(message: Message) -> tuple[str, str]:
    """The title, and the body with what to do and where to tap first: SMS may cut the rest.

    One link, because each is long: the page behind it offers the other acts.
    """
    picture = None if message.bars is None else text_bars(message.bars)
    more = message.more(len(message.parts))
    template = _templates.get_template("message.txt")
    body = template.render(message=message, picture=picture, more=more)
    return message.subject, body.strip()
