"""Slack by an incoming webhook: one address posts into one channel of one workspace."""

from datetime import timedelta

from services.notifier.channel import Channel, Receipt, Sending, fingerprint, message_name
from services.notifier.channels.slack.render import render
from services.notifier.channels.slack.transport import post
from services.notifier.messages import Message
from services.notifier.outgoing import Outgoing, checked_url, host_of
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.settings import Settings

NAME = "slack"
ONE_PACE = False  # Slack counts each webhook by itself
HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
PREFIX = "slack+"


def read(url: str) -> str | None:
    """https://hooks.slack.com/services/..., or slack+https://... where something is in between."""
    if not url.startswith(PREFIX) and host_of(url) not in HOSTS:
        return None
    return checked_url(url.removeprefix(PREFIX), "a Slack webhook").geturl()


def recipient(address: str) -> str:
    return f"{NAME}:{fingerprint(address)}"


def build(settings: Settings, clock: Clock) -> Channel:
    return Slack(Outgoing.of(settings, clock), settings.slack_per_second)


class Slack:
    """Posts each message; a webhook knows no threads, so each stands for itself."""

    name = NAME

    def __init__(self, outgoing: Outgoing, per_second: float) -> None:
        self.apart = timedelta(seconds=1 / per_second)
        self._outgoing = outgoing

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        name, body = message_name(message), render(message)
        return lambda: Receipt(name, post(self._outgoing, to.address, body))

    def probe(self) -> None:
        """There is no log-in that could fail."""

    def rest(self) -> None:
        """No connection is kept."""
