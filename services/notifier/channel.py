"""What every channel can do. Each lives in a folder of its own under channels/."""

from typing import Protocol

from services.notifier.messages import Message
from services.notifier.routing import Send
from shared.ops.errors import VigiaError


class SendFailed(VigiaError):
    """The provider did not take a message; `retry` says whether trying again can help.

    The reason is stored for the operator; it holds no address and nothing of the message.
    """

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.retry = retry


class Channel(Protocol):
    """A way to reach people. Safe to share between threads."""

    name: str

    def send(self, message: Message, to: Send, thread: str | None) -> str:
        """Send and return the provider's id of the message, the same for the same message.

        `thread` is the id of the first message about the alert that this recipient got. Returns
        only after the provider's yes; raises SendFailed when it said no or nothing. Then the
        message may or may not have arrived.
        """

    def rest(self) -> None:
        """Nothing is to be sent for now: let go of idle connections."""
