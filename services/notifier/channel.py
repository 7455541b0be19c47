"""What every channel can do. Each lives in a folder of its own under channels/."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from services.notifier.messages import Message
from services.notifier.routing import Send
from shared.ops.clock import Clock
from shared.ops.errors import VigiaError
from shared.ops.settings import Settings


class Remedy(Enum):
    """What helps against a failure."""

    RETRY = "the same again, later"
    ABANDON = "nothing: the provider will never take this message"
    SUPPRESS = "another address: nothing reaches this one any more"
    PAUSE = "the operator: the provider does not let us in, whatever we send"


class SendFailed(VigiaError):
    """The provider did not take a message.

    The reason is stored for the operator; it holds no address and nothing of the message.
    `leave_alone`: for how long the provider wants nothing more at this pace.
    """

    def __init__(
        self, reason: str, remedy: Remedy, *, leave_alone: timedelta = timedelta(0)
    ) -> None:
        super().__init__(reason)
        self.remedy = remedy
        self.leave_alone = leave_alone


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's yes: its id of the message, and what it answered in its own words."""

    id: str
    answer: str


# Sends what was written. Returns only after the provider's yes; raises SendFailed when it said no
# or nothing. Then the message may or may not have arrived.
Sending = Callable[[], Receipt]


class Channel(Protocol):
    """A way to reach people. Safe to share between threads."""

    name: str
    apart: timedelta  # at least so long between two messages of one pace

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        """Put a message into the channel's form, to be sent within seconds or not at all.

        `thread` is the id of the first message about the alert that this recipient got. The
        receipt's id is the same for the same message, or made by the provider.
        """

    def probe(self) -> None:
        """See whether the provider lets us in, and send nothing; raises SendFailed if not."""

    def rest(self) -> None:
        """Nothing is to be sent for now: let go of idle connections."""


class Kind(Protocol):
    """What the module channel.py in a channel's folder offers.

    `ONE_PACE`: all of its messages keep one pace; else each address has its own.
    """

    NAME: str
    ONE_PACE: bool

    def read(self, url: str) -> str | None:
        """The address that `url`, given by a person, means; None if it means another channel.

        Raises InputError, which does not repeat the URL, when it cannot be used.
        """

    def recipient(self, address: str) -> str:
        """The address's name where people may read it: without a secret, and unique."""

    def build(self, settings: Settings, clock: Clock, /) -> Channel:
        """The channel the settings ask for. Raises ConfigurationError if they cannot be used."""


def fingerprint(address: str) -> str:
    """Names an address that holds a secret of high entropy without telling it."""
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def message_name(message: Message) -> str:
    """The same for the same message to the same audience, and for no other."""
    return f"{message.alert}.{message.number}.{message.audience}"
