"""The company's own CRM, or any program that takes Standard Webhooks."""

from datetime import timedelta
from urllib.parse import urlsplit

from services.notifier.channel import Channel, Receipt, Sending, fingerprint
from services.notifier.channels.webhook.render import identity, render
from services.notifier.channels.webhook.transport import post, secret_of, signed
from services.notifier.messages import Message
from services.notifier.outgoing import Outgoing, checked_url
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import InputError
from shared.ops.settings import Settings

NAME = "webhook"
ONE_PACE = False
PREFIX = "webhook+"


def read(url: str) -> str | None:
    """webhook+https://crm.example/hook#whsec_...: where, and the secret that signs."""
    if not url.startswith(PREFIX):
        return None
    parts = checked_url(url.removeprefix(PREFIX), "a webhook")
    if secret_of(parts.fragment) is None:
        raise InputError(
            "a webhook's URL ends with the secret that its receiver checks, as #whsec_BASE64 of "
            "24 to 64 bytes; make one with: echo whsec_$(openssl rand -base64 32)"
        )
    return parts.geturl()


def recipient(address: str) -> str:
    return f"{NAME}:{fingerprint(address)}"


def build(settings: Settings, clock: Clock) -> Channel:
    return Webhook(Outgoing.of(settings, clock), clock, settings.webhook_per_second)


class Webhook:
    """Posts each message signed. Receivers drop the webhook-ids they have seen."""

    name = NAME

    def __init__(self, outgoing: Outgoing, clock: Clock, per_second: float) -> None:
        self.apart = timedelta(seconds=1 / per_second)
        self._outgoing = outgoing
        self._clock = clock

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        url = urlsplit(to.address)
        body, name = render(message), identity(message)
        secret = secret_of(url.fragment) or b""

        def send() -> Receipt:
            headers = signed(secret, name, self._clock.real(), body)
            return Receipt(name, post(self._outgoing, url._replace(fragment=""), body, headers))

        return send

    def probe(self) -> None:
        """There is no log-in that could fail."""

    def rest(self) -> None:
        """No connection is kept."""
