"""Everything else: WhatsApp, Telegram, Google Chat, SMS and whatever Apprise knows, by its URL."""

from collections.abc import Collection
from datetime import timedelta

from services.notifier.channel import (
    Channel,
    Receipt,
    Remedy,
    SendFailed,
    Sending,
    fingerprint,
    message_name,
)
from services.notifier.channels.apprise.render import render
from services.notifier.channels.apprise.transport import (
    MISSING,
    Pool,
    check_host,
    load,
    notify,
)
from services.notifier.messages import Message
from services.notifier.outgoing import allowed_hosts
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import InputError
from shared.ops.settings import Settings

NAME = "apprise"
ONE_PACE = False
PREFIX = "apprise:"
SECONDS = 30.0  # a service may take several requests for one message


def read(url: str) -> str | None:
    """apprise:URL, where URL is any that https://github.com/caronc/apprise/wiki explains."""
    if not url.startswith(PREFIX):
        return None
    address = url.removeprefix(PREFIX)
    try:
        service = load(address)
    except ModuleNotFoundError:
        raise InputError(MISSING) from None
    if service is None:
        raise InputError(
            "Apprise does not understand this URL; its services are explained at "
            "https://github.com/caronc/apprise/wiki"
        )
    return address


def recipient(address: str) -> str:
    return f"{NAME}:{fingerprint(address)}"


def build(settings: Settings, _clock: Clock) -> Channel:
    return AnyService(allowed_hosts(settings), settings.apprise_per_second)


class AnyService:
    """Sends each message by an object of its own. Apprise tells yes or no, and no id."""

    name = NAME

    def __init__(
        self, allowed: Collection[str], per_second: float, seconds: float = SECONDS
    ) -> None:
        self.apart = timedelta(seconds=1 / per_second)
        self._allowed = allowed
        self._seconds = seconds
        self._pool = Pool()

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        title, body = render(message)

        def work() -> bool:
            service = load(to.address)
            if service is None:
                return False
            check_host(service, self._allowed)
            return notify(service, title, body)

        def send() -> Receipt:
            try:
                taken = self._pool.run(work, self._seconds)
            except ModuleNotFoundError:
                raise SendFailed(MISSING, Remedy.PAUSE) from None
            if not taken:
                raise SendFailed("the service did not take it", Remedy.RETRY)
            return Receipt(message_name(message), "taken")

        return send

    def probe(self) -> None:
        try:
            load("")
        except ModuleNotFoundError:
            raise SendFailed(MISSING, Remedy.PAUSE) from None

    def rest(self) -> None:
        """Nothing is kept."""
