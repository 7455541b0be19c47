"""What Slack accepts: the limits of lengths and counts in the reference of Block Kit."""

from collections.abc import Iterator
from typing import Any

MOST_BLOCKS = 50
LONGEST = 12_000  # characters of all blocks together, for chat.postMessage
BLOCK = 130  # characters that a block counts as, beside its text
KINDS = {"header", "section", "context", "actions"}


def problems(payload: dict[str, Any]) -> list[str]:
    """Why Slack would answer invalid_blocks; empty when it would not."""
    blocks = payload.get("blocks", [])
    found = [] if 1 <= len(blocks) <= MOST_BLOCKS else [f"{len(blocks)} blocks"]
    if not 1 <= len(payload.get("text", "")) <= 4000:
        found.append("text")
    size = sum(BLOCK + _characters(block) for block in blocks)
    if size > LONGEST:
        found.append(f"msg_blocks_too_long: {size}")
    for block in blocks:
        found.extend(f"{block['type']}: {what}" for what in _block(block))
    return found


def _characters(written: object) -> int:
    if isinstance(written, dict):
        text = written.get("text")
        own = len(text) if isinstance(text, str) else 0
        return own + sum(map(_characters, written.values()))
    return sum(map(_characters, written)) if isinstance(written, list) else 0


def _block(block: dict[str, Any]) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield from _text(block["text"], 150, "plain_text")
        case "section":
            if not ("text" in block or block.get("fields")):
                yield "neither text nor fields"
            if "text" in block:
                yield from _text(block["text"], 3000)
            if len(block.get("fields", ())) > 10:
                yield "too many fields"
            for field in block.get("fields", ()):
                yield from _text(field, 2000)
            if "accessory" in block:
                yield from _button(block["accessory"])
        case "context":
            if not 1 <= len(block["elements"]) <= 10:
                yield "elements"
            for element in block["elements"]:
                yield from _text(element, 2000)
        case "actions":
            if not 1 <= len(block["elements"]) <= 25:
                yield "elements"
            names = [element["action_id"] for element in block["elements"]]
            if len(set(names)) < len(names):
                yield "action_id twice"
            for element in block["elements"]:
                yield from _button(element)
        case other:
            yield f"unknown {other}"


def _text(text: dict[str, Any], longest: int, kind: str | None = None) -> Iterator[str]:
    if text["type"] not in ("plain_text", "mrkdwn") or (kind and text["type"] != kind):
        yield f"type {text['type']}"
    if not 1 <= len(text["text"]) <= longest:
        yield f"{len(text['text'])} characters"
    if set(text) - {"type", "text", "emoji" if text["type"] == "plain_text" else "verbatim"}:
        yield "unknown field"


def _button(button: dict[str, Any]) -> Iterator[str]:
    yield from _text(button["text"], 75, "plain_text")
    if not 1 <= len(button["action_id"]) <= 255:
        yield "action_id"
    if not 1 <= len(button["url"]) <= 3000:
        yield "url"
    if button.get("style") not in (None, "primary", "danger"):
        yield "style"
