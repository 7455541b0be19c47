"""Mail: as a channel of the notifier, built from the settings."""

from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from functools import partial
from urllib.parse import unquote

from services.notifier.channel import Channel, Receipt, SendFailed, Sending
from services.notifier.channels.email.mail import Mail
from services.notifier.channels.email.render import render
from services.notifier.channels.email.transport import Outbox, Smtp, Transport
from services.notifier.messages import Message
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import ConfigurationError, InputError
from shared.ops.settings import Settings
from shared.ops.unsubscribe_links import UnsubscribeLinks
from shared.storage.reps import is_address
from shared.wording import safe

NAME = "email"
ONE_PACE = True  # it is one mail server


def read(url: str) -> str | None:
    """The address of mailto:ana@company.example."""
    scheme, _, address = url.partition(":")
    if scheme.lower() != "mailto":
        return None
    address = unquote(address)
    if not is_address(address):
        raise InputError("a mailto: channel names one address, as mailto:name@company.example")
    return address


def recipient(address: str) -> str:
    return address


def build(settings: Settings, clock: Clock) -> Channel:
    """The channel the settings ask for: by SMTP, or as files in DATA/outbox.

    Raises ConfigurationError when an address or the server's URL cannot be used.
    """
    operator = settings.operator_email
    if not is_address(operator):
        raise ConfigurationError(
            "VIGIA_OPERATOR_EMAIL is not an address; write it as name@company.example"
        )
    apart = timedelta(seconds=1 / settings.mail_per_second if settings.mail_per_second else 0)
    links = UnsubscribeLinks.of(settings) if settings.base_url.startswith("https:") else None
    return Email(*open_transport(settings), clock, operator, apart, links)


def open_transport(settings: Settings) -> tuple[Transport, Address]:
    """How mails leave, and from whom; raises ConfigurationError as `build` does."""
    sender = _sender(settings.mail_from)
    url = settings.smtp_url.get_secret_value()
    if url:
        return Smtp.at(url, greeting=sender.domain), sender
    return Outbox(settings.data / "outbox"), sender


def mail_fails(settings: Settings) -> str | None:
    """None when the mail server of the settings, if any, lets us in; else what is wrong.

    Raises ConfigurationError as `build` does.
    """
    try:
        build(settings, settings.clock()).probe()
    except SendFailed as failure:
        return str(failure)
    return None


class Email:
    """Sends each message as one mail with a text and an HTML part."""

    name = NAME

    def __init__(
        self,
        transport: Transport,
        sender: Address,
        clock: Clock,
        operator: str,
        apart: timedelta = timedelta(0),
        links: UnsubscribeLinks | None = None,
    ) -> None:
        """`links`: where mail programs post to when their owner wants no more; only by https."""
        self.apart = apart
        self._operator = operator
        self._links = links
        self._transport = transport
        self._sender = sender
        self._clock = clock

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        name, _, domain = to.address.partition("@")
        recipient = Address(safe(to.name or ""), username=name, domain=domain)
        mail = render(
            message,
            self._sender,
            recipient,
            thread,
            self._clock.now(),
            self._operator,
            self._unsubscribe(to),
        )
        return partial(self._send, mail, to.address)

    def _send(self, mail: Mail, address: str) -> Receipt:
        return Receipt(mail.name, self._transport.send(mail, self._sender.addr_spec, address))

    def _unsubscribe(self, to: Send) -> str | None:
        """The operator, who is no rep, cannot be taken out."""
        if self._links is None or to.person is None:
            return None
        return self._links.url(to.person, to.address)

    def probe(self) -> None:
        self._transport.probe()

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
