"""A message as an Adaptive Card 1.4: https://adaptivecards.io/explorer.

Whatever a customer or a clerk may have typed stands in text runs, which know no Markdown.
"""

from typing import Any

from services.notifier.bars import text_bars
from services.notifier.messages import Message

COLOURS = {"urgent": "attention", "warning": "warning", "watch": "accent", "calm": "good"}
MOST_BUTTONS = 6  # Teams shows no more
MOST_PARTS = 15  # Teams refuses cards above 28 KB


def render(message: Message) -> dict[str, Any]:
    """The body of a post to a workflow: one card in an envelope."""
    body = [
        *_label(message),
        _text(_run(message.subject, size="large", weight="bolder")),
        *(_text(_run(paragraph)) for paragraph in message.paragraphs),
        *_parts(message),
        *_advice(message),
        *_picture(message),
        *_facts(message),
        *_evidence(message),
        *(_text(_run(line, size="small", isSubtle=True)) for line in message.footer),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": message.speech.code,
        "fallbackText": message.subject,
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": button.label, "url": button.url}
            for button in message.buttons[:MOST_BUTTONS]
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "summary": message.subject, "attachments": [attachment]}


def _run(text: str, **looks: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **looks}


def _text(*runs: dict[str, Any], **looks: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs), **looks}


def _label(message: Message) -> list[dict[str, Any]]:
    if message.severity_label is None:
        return []
    colour = COLOURS[message.severity]
    return [_text(_run(message.severity_label.upper(), color=colour, weight="bolder"))]


def _parts(message: Message) -> list[dict[str, Any]]:
    """One container for each alert of several, with one button."""
    found = [_part(part) for part in message.parts[:MOST_PARTS]]
    more = message.more(len(found))
    return [*found, _text(_run(more, isSubtle=True))] if more else found


def _part(part: Message) -> dict[str, Any]:
    items = [
        *_label(part),
        _text(_run(part.customer or part.subject, weight="bolder")),
        *(_text(_run(paragraph)) for paragraph in part.paragraphs),
    ]
    for button in part.buttons[:1]:
        action = {"type": "Action.OpenUrl", "title": button.label, "url": button.url}
        items.append({"type": "ActionSet", "actions": [action]})
    return {"type": "Container", "style": "emphasis", "spacing": "medium", "items": items}


def _advice(message: Message) -> list[dict[str, Any]]:
    if not message.advice:
        return []
    items = [_text(_run(message.advice_title, weight="bolder")), _text(_run(message.advice))]
    return [{"type": "Container", "style": "emphasis", "items": items}]


def _picture(message: Message) -> list[dict[str, Any]]:
    if message.bars is None:
        return []
    bars = message.bars
    told = f"{bars.title}, {bars.first} – {bars.last} ({bars.usual_label})"
    return [
        _text(_run(text_bars(bars), fontType="monospace"), spacing="medium"),
        _text(_run(told, size="small", isSubtle=True), spacing="none"),
    ]


def _facts(message: Message) -> list[dict[str, Any]]:
    found = []
    for fact in message.facts:
        link = {"selectAction": {"type": "Action.OpenUrl", "url": fact.link}} if fact.link else {}
        found.append(_text(_run(f"{fact.label}: ", isSubtle=True), _run(fact.value, **link)))
    return found


def _evidence(message: Message) -> list[dict[str, Any]]:
    if not message.evidence:
        return []
    title = _text(_run(message.evidence_title, weight="bolder"), spacing="medium")
    return [title, *(_text(_run(f"• {line}"), spacing="small") for line in message.evidence)]
