"""Senders with everything around them, channels that do what a test wants, and time to move."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from services.notifier.channel import Channel, Receipt, Remedy, SendFailed, Sending
from services.notifier.marking import Marking
from services.notifier.messages import Message
from services.notifier.metrics import NotifierMetrics
from services.notifier.pausing import Pausing
from services.notifier.preparing import Preparing
from services.notifier.routing import Send
from services.notifier.sender import Sender
from services.notifier.ways import read_ways
from shared.ops.clock import Clock as AnyClock
from shared.ops.clock import SimulatedClock
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage import deliveries
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.storage.tables import delivery
from tests.notifier.builders import announcement

REFUSED = SendFailed("recipient refused: 550 no such user", Remedy.ABANDON)
BUSY = SendFailed("mail server refused: 451 later", Remedy.RETRY)
GONE = SendFailed("recipient refused: 550 5.1.1 no such user", Remedy.SUPPRESS)
OUT = SendFailed("mail server refused our log-in: 535 no", Remedy.PAUSE)


class Clock(SimulatedClock):
    """Real time that only tests move, too."""

    def __init__(self) -> None:
        super().__init__(datetime(2011, 12, 5, 7, tzinfo=UTC))
        self.at = datetime(2026, 3, 2, 6, tzinfo=UTC)
        self._waited = 0.0

    def real(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return super().monotonic() + self._waited

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass while something is waited for."""
        self._waited += seconds

    def later(self, **time: float) -> None:
        self.at += timedelta(**time)


class Recorder:
    """A channel that notes what it is given, after doing what the test wants."""

    def __init__(
        self,
        *answers: SendFailed | None,
        before: Callable[[], None] | None = None,
        name: str = "email",
        apart: timedelta = timedelta(0),
    ) -> None:
        self.name = name
        self.apart = apart
        self.sent: list[tuple[str, Message, str | None]] = []
        self.lets_in = True
        self.probes = 0
        self._answers = list(answers)
        self._before = before

    def write(self, message: Message, to: Send, thread: str | None) -> Sending:
        return partial(self._send, message, to, thread)

    def _send(self, message: Message, to: Send, thread: str | None) -> Receipt:
        if self._before:
            self._before()
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer
        self.sent.append((to.address, message, thread))
        name = f"{message.alert}.{message.number}.{message.audience}"
        return Receipt(f"<{name}@company.example>", "250 taken")

    def probe(self) -> None:
        self.probes += 1
        if not self.lets_in:
            raise OUT

    def rest(self) -> None:
        pass


def make_sender(
    database: Database,
    settings: Settings,
    clock: AnyClock,
    metrics: NotifierMetrics,
    channel: Channel,
    owner: str = "one",
) -> Sender:
    preparing = Preparing(settings, read_ways(database, settings), Links.of(settings))
    pausing = Pausing(database, settings, clock, preparing, metrics)
    marking = Marking(database, settings, clock, pausing, Random(1), metrics)
    return Sender(database, clock, channel, preparing, marking, pausing, owner)


def make_marking(
    database: Database, settings: Settings, clock: AnyClock, metrics: NotifierMetrics
) -> Marking:
    preparing = Preparing(settings, read_ways(database, settings), Links.of(settings))
    pausing = Pausing(database, settings, clock, preparing, metrics)
    return Marking(database, settings, clock, pausing, Random(1), metrics)


def run(*senders: Sender) -> int:
    """Work until none has anything to do; how many steps did something."""
    steps = 0
    while worked := sum(sender.step() for sender in senders):
        steps += worked
    return steps


def new(
    number: int = 1,
    audience: str = "rep",
    kind: str = "opened",
    channel: str = "email",
    pace: str = "email",
    **changes: Any,
) -> NewDelivery:
    told = announcement(kind, number=number, **changes)
    return NewDelivery(told.data["id"], number, audience, channel, told.to_dict(), pace=pace)


def keep(database: Database, clock: AnyClock, *new: NewDelivery) -> None:
    with database.write() as connection:
        deliveries.keep(connection, new, clock.real())


def rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(delivery.select().order_by(delivery.c.id)))
