"""Sends what is due by one channel: lease, send, mark. Never inside a transaction, never marked
before sent."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.backoff import MOST_ATTEMPTS
from services.notifier.channel import Channel, Remedy, SendFailed
from services.notifier.marking import Marking
from services.notifier.pausing import Pausing
from services.notifier.preparing import Moment, Move, Preparing, Ready
from services.notifier.routing import Hold, Suppress
from services.notifier.timing import Gather, Sleep
from shared.ops.clock import Clock
from shared.storage import deliveries
from shared.storage.company import paused_since
from shared.storage.database import Database
from shared.storage.deliveries import Taken

GIVEN_UP = "every attempt ended with its process"
UNSAID = "the message cannot be made"
# What one strange message may raise. It must not keep the others from going out.
UNSPEAKABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
LONGEST_IDLE = timedelta(seconds=2)  # another process may have written without ringing our bell


class Sender:
    """Works off the deliveries of a channel one by one; any number of senders may share it.

    A delivery is leased for 120 seconds by the database's clock and marked under the attempt of
    that lease. A sender that dies or freezes between the provider's yes and the mark leaves a
    lease that runs out, and the message goes out once more under the same id: at least once.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channel: Channel,
        preparing: Preparing,
        marking: Marking,
        pausing: Pausing,
        owner: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channel = channel
        self._preparing = preparing
        self._marking = marking
        self._pausing = pausing
        self._owner = owner
        self._resting = True

    def step(self) -> bool:
        """Handle one due delivery; False when none is due, or sending is paused."""
        if self._resting:
            self._pausing.probe(self._channel)
            if not self._due():
                self._marking.tell_waiting()
                return False
        taken = self._database.run(self._take)
        self._resting = taken is None
        if taken is None:
            self.close()
            self._marking.tell_waiting()
            return False
        if taken.attempts > MOST_ATTEMPTS:
            self._marking.bury(taken, GIVEN_UP, recipient=None)
            return True
        at = Moment(self._clock.now(), self._clock.real())
        try:
            with self._database.read() as connection:
                found = self._preparing.prepare(connection, taken, at)
        except UNSPEAKABLE as error:
            self._marking.bury(taken, f"{UNSAID}: {type(error).__name__}", recipient=None)
            return True
        match found:
            case Ready():
                self._send(taken, found)
            case Move():
                self._marking.moved(taken, found)
            case Hold():
                self._marking.held(taken, found)
            case Suppress():
                self._marking.suppressed(taken, found)
            case Sleep() | Gather():
                self._marking.slept(taken, found)
        return True

    def idle(self) -> timedelta:
        """After a step without work: how long there is none, at most two seconds."""
        now = self._clock.real()
        at = self._ready_at(now)
        return LONGEST_IDLE if at is None or at <= now else min(at - now, LONGEST_IDLE)

    def close(self) -> None:
        """Let go of the channel's connections."""
        self._channel.rest()

    def _due(self) -> bool:
        now = self._clock.real()
        at = self._ready_at(now)
        return at is not None and at <= now

    def _ready_at(self, now: datetime) -> datetime | None:
        with self._database.read() as connection:
            return deliveries.ready_at(connection, self._channel.name, now)

    def _take(self, connection: Connection) -> Taken | None:
        if paused_since(connection) is not None:
            return None
        return deliveries.take(
            connection,
            owner=self._owner,
            channel=self._channel.name,
            apart=self._channel.apart,
            now=self._clock.real(),
        )

    def _send(self, taken: Taken, ready: Ready) -> None:
        try:
            receipt = self._channel.send(ready.message, ready.to, ready.thread)
        except SendFailed as failure:
            self._marking.failed(taken, ready.to, failure)
            return
        except UNSPEAKABLE as error:
            unsaid = SendFailed(f"{UNSAID}: {type(error).__name__}", Remedy.ABANDON)
            self._marking.failed(taken, ready.to, unsaid)
            return
        told = Announcement.from_dict(taken.message)
        self._marking.sent(taken, ready, receipt, told.at)
