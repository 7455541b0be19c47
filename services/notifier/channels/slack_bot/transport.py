"""Slack's Web API with a bot's token, and what its answers mean."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.notifier.channel import Remedy, SendFailed
from services.notifier.outgoing import Outgoing, Unanswered, busy, later, unanswered

_WORD = re.compile(r"[a-z][a-z_]{1,60}")
# The token is no good, or may not do this: nothing else will go either.
_OURS = (
    "access_denied",
    "account_inactive",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_auth",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "team_access_not_granted",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
)
_GONE = (
    "channel_not_found",
    "channel_type_not_supported",
    "is_archived",
    "is_inactive",
    "not_in_channel",
    "restricted_action",
    "restricted_action_read_only_channel",
    "user_not_found",
)
# No word at all is what something between us and Slack answers.
_PASSING = (
    "",
    "fatal_error",
    "internal_error",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
)
_THREAD_GONE = ("cannot_reply_to_message", "invalid_thread_ts", "thread_not_found")


class ThreadGone(Exception):
    """The message that was to be answered is not there any more."""


class WebApi:
    """Calls methods of the Web API at `url` as the bot that owns `token`."""

    def __init__(self, outgoing: Outgoing, url: str, token: str) -> None:
        self._outgoing = outgoing
        self._url = url
        self._headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/json; charset=utf-8",
        }
        self._has_token = bool(token)

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What Slack answers to a call that worked; raises SendFailed and ThreadGone."""
        if not self._has_token:
            raise SendFailed("VIGIA_SLACK_BOT_TOKEN is not set", Remedy.PAUSE)
        body = json.dumps(arguments).encode()
        try:
            answer = self._outgoing.post(urlsplit(f"{self._url}/{method}"), body, self._headers)
        except Unanswered as error:
            raise unanswered(error) from None
        found = answer.json()
        if answer.ok and found.get("ok") is True:
            return found
        told = str(found.get("error"))
        word = told if _WORD.fullmatch(told) else ""
        if word in _THREAD_GONE:
            raise ThreadGone
        if busy(answer):
            raise later(answer, word)
        raise SendFailed(f"Slack answered {answer.status} {word}".rstrip(), _remedy(word))


def _remedy(word: str) -> Remedy:
    if word in _OURS:
        return Remedy.PAUSE
    if word in _GONE:
        return Remedy.SUPPRESS
    return Remedy.RETRY if word in _PASSING else Remedy.ABANDON
