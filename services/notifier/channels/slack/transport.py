"""How a message reaches a Slack incoming webhook, and what Slack's answers mean."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.notifier.channel import Remedy, SendFailed
from services.notifier.outgoing import Answer, Outgoing, Unanswered, busy, later, unanswered

JSON = {"content-type": "application/json; charset=utf-8"}
_ERROR = re.compile(r"[a-z][a-z_]{1,60}")
# Words that say the webhook, or the channel behind it, takes nothing any more.
_GONE = (
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_token",
    "no_active_hooks",
    "no_service",
    "no_service_id",
    "no_team",
    "posting_to_general_channel_denied",
    "team_disabled",
    "user_not_found",
)


def post(outgoing: Outgoing, url: str, payload: Mapping[str, Any]) -> str:
    """Slack's answer to what it took; raises SendFailed."""
    try:
        answer = outgoing.post(urlsplit(url), json.dumps(payload).encode(), JSON)
    except Unanswered as error:
        raise unanswered(error) from None
    words = word(answer.body)
    if answer.ok:
        return f"{answer.status} {words}".rstrip()
    raise _refused(answer, words)


def word(body: bytes) -> str:
    """Slack's one-word reason; nothing when the body is anything else."""
    text = body[:100].decode("ascii", "replace").strip()
    return text if _ERROR.fullmatch(text) else ""


def _refused(answer: Answer, words: str) -> SendFailed:
    if busy(answer):
        return later(answer, words)
    gone = words in _GONE or answer.status in (404, 410)
    remedy = Remedy.SUPPRESS if gone else Remedy.ABANDON
    return SendFailed(f"Slack answered {answer.status} {words}".rstrip(), remedy)
