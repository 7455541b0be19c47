"""Mail: as a channel of the notifier, built from the settings."""

from email.headerregistry import Address
from email.utils import parseaddr

from services.notifier.channel import Channel, SendFailed
from services.notifier.channels.email.render import render
from services.notifier.channels.email.transport import Outbox, Smtp, Transport
from services.notifier.messages import Message
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import ConfigurationError
from shared.ops.settings import Settings
from shared.storage.reps import is_address
from shared.wording import safe


def build(settings: Settings, clock: Clock) -> Channel:
    """The channel the settings ask for: by SMTP, or as files in DATA/outbox.

    Raises ConfigurationError when an address or the server's URL cannot be used.
    """
    sender = _sender(settings.mail_from)
    if not is_address(settings.operator_email):
        raise ConfigurationError(
            "VIGIA_OPERATOR_EMAIL is not an address; write it as name@company.example"
        )
    url = settings.smtp_url.get_secret_value()
    if url:
        return Email(Smtp.at(url, greeting=sender.domain), sender, clock)
    return Email(Outbox(settings.data / "outbox"), sender, clock)


def mail_fails(settings: Settings) -> str | None:
    """None when the mail server of the settings, if any, lets us in; else what is wrong.

    Raises ConfigurationError as `build` does.
    """
    build(settings, settings.clock())
    url = settings.smtp_url.get_secret_value()
    if url:
        try:
            Smtp.at(url, greeting=_sender(settings.mail_from).domain).probe()
        except SendFailed as failure:
            return str(failure)
    return None


class Email:
    """Sends each message as one mail with a text and an HTML part."""

    name = "email"

    def __init__(self, transport: Transport, sender: Address, clock: Clock) -> None:
        self._transport = transport
        self._sender = sender
        self._clock = clock

    def send(self, message: Message, to: Send, thread: str | None) -> str:
        name, _, domain = to.address.partition("@")
        recipient = Address(safe(to.name or ""), username=name, domain=domain)
        mail = render(message, self._sender, recipient, thread, self._clock.now())
        self._transport.send(mail, self._sender.addr_spec, to.address)
        return str(mail["Message-ID"])

    def rest(self) -> None:
        self._transport.rest()


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    if not is_address(address):
        raise ConfigurationError(
            "VIGIA_MAIL_FROM is not a sender; write it as Vigía <vigia@company.example>"
        )
    local, _, domain = address.partition("@")
    return Address(safe(name), username=local, domain=domain)
