"""A message as Slack's Block Kit: https://docs.slack.dev/reference/block-kit."""

from typing import Any

from services.notifier.bars import text_bars
from services.notifier.buttons import Button
from services.notifier.messages import Fact, Message

LONGEST_POST = 11_000  # of some 12,000, for Slack does not say how it counts
LONGEST_HEADER = 150
LONGEST_TEXT = 3000
LONGEST_FIELD = 2000
LONGEST_BUTTON = 75
MOST_FIELDS = 10
MOST_BUTTONS = 25
BLOCK = 130  # characters that a block counts as, beside its text
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}  # all that Slack reads as control characters


def render(message: Message) -> dict[str, Any]:
    """The body of a post; `text` is what a lock screen shows."""
    above = [
        {"type": "header", "text": _plain(message.subject, LONGEST_HEADER)},
        *(_section(_plain(text, LONGEST_TEXT)) for text in message.paragraphs),
    ]
    below = [
        *_advice(message),
        *_facts(message.facts),
        *_evidence(message),
        *_picture(message),
        *_buttons(message),
        {"type": "context", "elements": [_plain(line, LONGEST_FIELD) for line in message.footer]},
    ]
    room = LONGEST_POST - sum(map(_size, (*above, *below)))
    return {
        "text": escaped(message.subject, LONGEST_TEXT),
        "blocks": [*above, *_parts(message, room), *below],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str, longest: int) -> str:
    """`text` with nothing in it that mentions, links or notifies, cut to `longest` characters."""
    written = [_ENTITIES.get(character, character) for character in text]
    if sum(map(len, written)) <= longest:
        return "".join(written)
    kept, size = [], 1
    for part in written:
        size += len(part)
        if size > longest:
            break
        kept.append(part)
    return "".join(kept).rstrip() + "…"


def _plain(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, longest), "emoji": False}


def _marked(text: str) -> dict[str, Any]:
    """Text that we wrote marks into; `verbatim` keeps Slack from finding links and names in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: dict[str, Any]) -> dict[str, Any]:
    return {"type": "section", "text": text}


def _size(block: dict[str, Any]) -> int:
    """What a block takes of the room of a post."""
    return BLOCK + _characters(block)


def _characters(written: Any) -> int:
    """Of all texts at any depth."""
    if isinstance(written, dict):
        return sum(
            len(value) if name == "text" and isinstance(value, str) else _characters(value)
            for name, value in written.items()
        )
    return sum(map(_characters, written)) if isinstance(written, list) else 0


def _parts(message: Message, room: int) -> list[dict[str, Any]]:
    """One block for each alert of several, while there is room."""
    found = []
    for part in map(_part, message.parts):
        room -= _size(part)
        if room < 0:
            break
        found.append(part)
    more = message.more(len(found))
    return [*found, _section(_plain(more, LONGEST_TEXT))] if more else found


def _part(part: Message) -> dict[str, Any]:
    """One alert of several, with one button: a post has room for fifty blocks."""
    name = escaped(part.customer or part.subject, LONGEST_HEADER)
    label = f" ({escaped(part.severity_label, LONGEST_BUTTON)})" if part.severity_label else ""
    lines = escaped("\n".join(part.paragraphs), LONGEST_FIELD)
    found = _section(_marked(f"*{name}*{label}\n{lines}"))
    if part.buttons:
        found["accessory"] = _button(part.buttons[0], f"{part.buttons[0].purpose}-{part.alert}")
    return found


def _advice(message: Message) -> list[dict[str, Any]]:
    if not message.advice:
        return []
    title = escaped(message.advice_title, LONGEST_HEADER)
    return [_section(_marked(f"*{title}*\n{escaped(message.advice, LONGEST_FIELD)}"))]


def _facts(facts: tuple[Fact, ...]) -> list[dict[str, Any]]:
    if not facts:
        return []
    return [{"type": "section", "fields": [_marked(_fact(fact)) for fact in facts[:MOST_FIELDS]]}]


def _fact(fact: Fact) -> str:
    value = escaped(fact.value, LONGEST_HEADER)
    shown = f"<{escaped(fact.link, LONGEST_HEADER)}|{value}>" if fact.link else value
    return f"*{escaped(fact.label, LONGEST_HEADER)}*\n{shown}"


def _evidence(message: Message) -> list[dict[str, Any]]:
    if not message.evidence:
        return []
    title = escaped(message.evidence_title, LONGEST_HEADER)
    room = LONGEST_TEXT - len(title) - 3
    lines = escaped("\n".join(f"• {line}" for line in message.evidence), room)
    return [_section(_marked(f"*{title}*\n{lines}"))]


def _picture(message: Message) -> list[dict[str, Any]]:
    if message.bars is None:
        return []
    bars = message.bars
    told = escaped(f"{bars.title}, {bars.first} – {bars.last} ({bars.usual_label})", LONGEST_FIELD)
    return [{"type": "context", "elements": [_marked(f"`{text_bars(bars)}`\n{told}")]}]


def _buttons(message: Message) -> list[dict[str, Any]]:
    if not message.buttons:
        return []
    elements = [_button(button, button.purpose) for button in message.buttons[:MOST_BUTTONS]]
    elements[0]["style"] = "primary"
    return [{"type": "actions", "elements": elements}]


def _button(button: Button, name: str) -> dict[str, Any]:
    text = _plain(button.label, LONGEST_BUTTON)
    return {"type": "button", "action_id": name, "text": text, "url": button.url}
