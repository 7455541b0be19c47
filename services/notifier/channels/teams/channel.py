"""Microsoft Teams by a workflow («post to a channel when a webhook request is received»)."""

from datetime import timedelta

from services.notifier.channel import Channel, Receipt, Sending, fingerprint, message_name
from services.notifier.channels.teams.render import render
from services.notifier.channels.teams.transport import post
from services.notifier.messages import Message
from services.notifier.outgoing import Outgoing, checked_url, host_of
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import InputError
from shared.ops.settings import Settings

NAME = "teams"
ONE_PACE = False
HOSTS = (".logic.azure.com", ".logic.azure.us", ".api.powerplatform.com", ".api.powerplatform.us")
OLD_HOSTS = ("outlook.office.com", "outlook.office365.com", "webhook.office.com")
PREFIX = "teams+"


def read(url: str) -> str | None:
    """The https address that a workflow shows, or teams+https://... where it has another host."""
    host = host_of(url.removeprefix(PREFIX))
    if host in OLD_HOSTS or host.endswith(tuple(f".{old}" for old in OLD_HOSTS)):
        raise InputError(
            "this is the address of a connector, which Microsoft has retired; make a workflow in "
            "Teams («Send webhook alerts to a channel») and give its address"
        )
    if not url.startswith(PREFIX) and not host.endswith(HOSTS):
        return None
    return checked_url(url.removeprefix(PREFIX), "a Teams workflow").geturl()


def recipient(address: str) -> str:
    return f"{NAME}:{fingerprint(address)}"


def build(settings: Settings, clock: Clock) -> Channel:
    return Teams(Outgoing.of(settings, clock), settings.teams_per_second)


class Teams:
    """Posts each message as a card. A workflow answers before it posts, and tells no id."""

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
