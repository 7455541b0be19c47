"""Slack by a bot's token: later messages about an alert go into its thread."""

import re
from datetime import timedelta

from services.notifier.channel import Channel, Receipt, Sending
from services.notifier.channels.slack_bot.render import render
from services.notifier.channels.slack_bot.transport import ThreadGone, WebApi
from services.notifier.messages import Message
from services.notifier.outgoing import Outgoing, host_of
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import InputError
from shared.ops.settings import Settings

NAME = "slack-bot"
POST = "chat.postMessage"
ONE_PACE = False  # a message a second in each channel
_ID = re.compile(r"[CDGUW][A-Z0-9]{6,20}")


def read(url: str) -> str | None:
    """slack-bot:C0123456789: the id of a channel, a direct message or a person."""
    scheme, _, address = url.partition(":")
    if scheme.lower() != NAME:
        return None
    if not _ID.fullmatch(address):
        raise InputError(
            "a slack-bot: channel names the id of a channel or a person, as slack-bot:C0123456789; "
            "Slack shows it at the end of the channel's details"
        )
    return address


def recipient(address: str) -> str:
    return f"{NAME}:{address}"


def build(settings: Settings, clock: Clock) -> Channel:
    url = settings.slack_api_url
    api = WebApi(
        Outgoing.of(settings, clock, host_of(url)), url, settings.slack_bot_token.get_secret_value()
    )
    return SlackBot(api, settings.slack_per_second)


class SlackBot:
    """Posts as a bot. A message's id is CHANNEL/TIMESTAMP, as Slack gives it."""

    name = NAME

    def __init__(self, api: WebApi, per_second: float) -> None:
        self.apart = timedelta(seconds=1 / per_second)
        self._api = api

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        channel, _, first = (thread or to.address).partition("/")
        body = render(message, channel, first or None)

        def send() -> Receipt:
            try:
                found = self._api.call(POST, body)
            except ThreadGone:
                found = self._api.call(POST, render(message, to.address, None))
            return Receipt(f"{found.get('channel')}/{found.get('ts')}", "200 ok")

        return send

    def probe(self) -> None:
        self._api.call("auth.test", {})

    def rest(self) -> None:
        """No connection is kept."""
