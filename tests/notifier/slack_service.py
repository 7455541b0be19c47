"""Slack, as far as a message needs it: incoming webhooks and two methods of the Web API."""

from typing import Any
from urllib.parse import urlsplit

from tests.notifier.block_kit import problems
from tests.notifier.http_server import Asked, Reply, as_json

HOOK = "/services/T0001/B0001/XyZsecret"
TOKEN = "xoxb-good"
CHANNEL = "C0123456789"


class SlackService:
    """The script of an HttpServer. `posted` holds what a channel shows."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []

    def __call__(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path
        if path.startswith("/api/"):
            return self._api(path.removeprefix("/api/"), asked)
        if path != HOOK:
            return Reply(404, b"no_service")
        if asked.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Reply(400, b"invalid_payload")
        if problems(asked.json):
            return Reply(400, b"invalid_blocks")
        self.posted.append(asked.json)
        return Reply(200, b"ok")

    def _api(self, method: str, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error("invalid_auth" if asked.headers.get("authorization") else "not_authed")
        if method == "auth.test":
            return as_json(200, {"ok": True, "team": "Company", "bot_id": "B1"})
        if method != "chat.postMessage":
            return _error("unknown_method")
        return self._post(asked.json)

    def _post(self, message: dict[str, Any]) -> Reply:
        channel = {"U0123456789": "D0123456789"}.get(message["channel"], message["channel"])
        if channel not in (CHANNEL, "D0123456789"):
            return _error("channel_not_found")
        if problems(message):
            return _error("invalid_blocks")
        known = {one["ts"] for one in self.posted if one.get("channel") == channel}
        if message.get("thread_ts") not in {None, *known}:
            return _error("invalid_thread_ts")
        stamp = f"1503435956.{len(self.posted):06}"
        self.posted.append({**message, "channel": channel, "ts": stamp})
        return as_json(200, {"ok": True, "channel": channel, "ts": stamp, "message": message})


def _error(word: str) -> Reply:
    """The Web API answers 200 when it refuses."""
    return as_json(200, {"ok": False, "error": word})
