"""Chat messages drawn from their payloads, in HTML of our own: what is in them, and in which order.

Slack and Teams draw them in their own way; this is no picture of their programs.
"""

import re
from html import escape, unescape
from typing import Any

STYLE = """
body { margin: 0; padding: 16px; background: #fff; color: #1d1c1d; max-width: 560px;
  font: 15px/22px -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
.card { border: 1px solid #d1d5db; border-radius: 8px; padding: 12px 16px; }
h1 { font-size: 18px; line-height: 24px; margin: 0 0 8px; }
p { margin: 0 0 8px; white-space: pre-line; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px; margin: 0 0 8px; }
.small { color: #616061; font-size: 13px; line-height: 18px; margin: 0 0 4px; }
.large { font-size: 18px; line-height: 24px; }
.strong { font-weight: 700; } .pale { color: #616061; }
.note { background: #f3f4f6; padding: 8px 12px; margin: 0 0 8px; border-radius: 4px; }
.row { display: flex; justify-content: space-between; gap: 12px; align-items: flex-start; }
.button { display: inline-block; border: 1px solid #9ca3af; border-radius: 4px; padding: 5px 11px;
  margin: 0 6px 6px 0; font-size: 14px; line-height: 20px; font-weight: 600; white-space: nowrap; }
.first { background: #006e4d; border-color: #006e4d; color: #fff; }
code { font-family: monospace; color: inherit; }
.warning { color: #92400e; } .attention { color: #b91c1c; } .good { color: #15803d; }
.accent { color: #1d4ed8; }
"""


def slack(payload: dict[str, Any]) -> str:
    """A page that draws the blocks of a message."""
    return _page("".join(_block(block) for block in payload["blocks"]))


def teams(payload: dict[str, Any]) -> str:
    """A page that draws the Adaptive Card of a message."""
    card = payload["attachments"][0]["content"]
    items = "".join(_element(element) for element in card["body"])
    return _page(items + _actions(card.get("actions", ())))


def _page(inside: str) -> str:
    head = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>"
    return f"{head}<div class=card>{inside}</div>"


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h1>{_text(block['text'])}</h1>"
        case "section" if "fields" in block:
            fields = "".join(f"<div>{_text(one)}</div>" for one in block["fields"])
            return f"<div class=fields>{fields}</div>"
        case "section":
            said = f"<p>{_text(block['text'])}</p>"
            beside = block.get("accessory")
            return f"<div class=row>{said}{_button(beside)}</div>" if beside else said
        case "context":
            return "".join(f"<p class=small>{_text(one)}</p>" for one in block["elements"])
        case "actions":
            return f"<div>{''.join(_button(one) for one in block['elements'])}</div>"
    raise AssertionError(block["type"])


def _text(given: dict[str, Any]) -> str:
    """Plain text as it is; marks of Slack's as what they mean."""
    if given["type"] == "plain_text":
        return escape(unescape(given["text"]))
    text = re.sub(r"&lt;[^|&]*\|(.*?)&gt;", r"<u>\1</u>", escape(given["text"], quote=False))
    text = re.sub(r"\*(.+?)\*", r"<b>\1</b>", text).replace("\n", "<br>")
    return re.sub(r"`(.+?)`", r"<code>\1</code>", text).replace("&amp;", "&")


def _button(given: dict[str, Any]) -> str:
    first = " first" if given.get("style") == "primary" else ""
    return f'<span class="button{first}">{_text(given["text"])}</span>'


def _element(element: dict[str, Any]) -> str:
    match element["type"]:
        case "RichTextBlock":
            return f"<p>{''.join(_run(run) for run in element['inlines'])}</p>"
        case "Container":
            inside = "".join(_element(one) for one in element["items"])
            return f"<div class=note>{inside}</div>"
        case "ActionSet":
            return _actions(element["actions"])
    raise AssertionError(element["type"])


def _run(run: dict[str, Any]) -> str:
    classes = [run.get("color", "")]
    classes += ["strong"] if run.get("weight") == "bolder" else []
    classes += ["pale"] if run.get("isSubtle") else []
    classes += [run["size"]] if run.get("size") in ("small", "large") else []
    said = escape(run["text"])
    if run.get("fontType") == "monospace":
        said = f"<code>{said}</code>"
    return f'<span class="{" ".join(filter(None, classes))}">{said}</span>'


def _actions(actions: Any) -> str:
    return "".join(f"<span class=button>{escape(one['title'])}</span>" for one in actions)
