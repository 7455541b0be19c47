"""Sends what is due by one channel: lease, send, mark. Never inside a transaction, never marked
before sent."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from services.notifier.channel import Channel, Remedy, SendFailed, Sending
from services.notifier.marking import Marking, Yes
from services.notifier.pausing import Pausing
from services.notifier.preparing import Moment, Move, Prepared, Preparing, Ready, Unsent
from services.notifier.routing import Hold, Suppress
from services.notifier.settling import UNSPEAKABLE, Settled, Unsaid, settle, unsaid
from services.notifier.timing import Gather, Sleep
from shared.ops.clock import Clock
from shared.storage import channel_state, taking
from shared.storage.database import Database
from shared.storage.deliveries import Taken

BATCH = 32  # deliveries that are taken and prepared together
BATCH_SECONDS = 5.0  # what is not sent by then goes back: well before its lease ends
GROUP = 4  # so many yeses are marked together at most, ...
GROUP_SECONDS = 0.05  # ... and at once when sending them took so long
LONGEST_IDLE = timedelta(seconds=2)  # another process may have written without ringing our bell


class Written(NamedTuple):
    """What is ready, and how to send it; a failure where the channel cannot write it."""

    ready: Ready
    sending: Sending | SendFailed


class Sender:
    """Works off the deliveries of a channel; any number of senders may share it.

    Deliveries are leased for 120 seconds by the database's clock, a batch at a time. What was sent
    is marked under the attempt of its lease, a few together, or at once where a message takes long.
    A sender that dies or freezes between the provider's yes and the mark leaves leases that run
    out, and those few messages go out once more under the same ids: at least once. What was not
    sent yet goes back untried after a failure, after a lost lease, and when time is short.

    While it `waits`, a thread that made deliveries may take them itself and hand them over.
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
        self._resting, self._quiet = True, False
        self.pressed = False  # whether the last batch was full: there is work for another
        self.waits = False  # whether it has nothing to do, and needs no turns
        self._handed: deque[tuple[Sequence[Settled], float]] = deque()
        self._ready_at: datetime | None = None
        self._yeses: list[Yes] = []  # what was sent and is not marked yet
        self._sending = 0.0  # seconds that sending these took

    @property
    def channel(self) -> str:
        """The name of its channel."""
        return self._channel.name

    def step(self, *, called: bool = False) -> bool:
        """Handle a batch of due deliveries; False when none is due, or sending is paused.

        Whoever had nothing to do looks before taking any, unless `called` because of some; then
        what others left is not looked for either.
        """
        self._mark()  # left over only where marking failed
        if self._handed:
            self._quiet = False
            handed, began = self._handed.popleft()
            if self._is_late(began):
                self._put_back(handed)
            else:
                self._work_off(handed, began)
            return True
        self.waits = False
        busy = self._step(called=called)
        self.waits = not busy and not self._channel.apart
        return busy

    def hand(self, batch: Sequence[Settled], began: float) -> None:
        """Deliveries that were taken after `began`, by the monotonic clock, and what to do with
        each: the next step does it."""
        self.waits = False
        self._handed.append((batch, began))

    def _step(self, *, called: bool) -> bool:
        if self._resting and not called and not self._look():
            if self._quiet:  # not sooner: the next message often follows within a second
                self._channel.rest()
            self._quiet = True
            return False
        self._quiet = False
        began = self._clock.monotonic()
        batch = self._database.run(partial(self._take, left=not called), forgettable=True)
        self.pressed = len(batch) == BATCH
        self._resting = len(batch) < (1 if self._channel.apart else BATCH)
        if not batch:
            ready = self._look()
            return called and ready  # what others left, perhaps, or what waits for it
        self._work_off(self._settle(batch), began)
        return True

    def _work_off(self, batch: Sequence[Settled], began: float) -> None:
        """Handle a batch that was leased after `began`; what is left when time is short goes
        back.

        All are written before the first is sent, because writing alone takes a third less.
        """
        done = 0
        for taken, found in [(taken, self._written(found)) for taken, found in batch]:
            done += 1
            goes_on = self._handle(taken, found)
            if not goes_on or self._is_late(began):
                break
        self._mark()
        self._put_back(batch[done:])

    def _is_late(self, began: float) -> bool:
        return self._clock.monotonic() - began > BATCH_SECONDS

    def _put_back(self, batch: Sequence[Settled]) -> None:
        self._marking.put_back([taken for taken, _ in batch])

    def idle(self) -> timedelta:
        """After a step without work: how long there is none, at most two seconds."""
        now, at = self._clock.real(), self._ready_at
        return LONGEST_IDLE if at is None or at <= now else min(at - now, LONGEST_IDLE)

    def close(self) -> None:
        """Give back what was handed over and not tried, and let go of the channel's connections."""
        while self._handed:
            self._put_back(self._handed.popleft()[0])
        self._channel.rest()

    def _look(self) -> bool:
        """Whether something is due; what will be is noted. One look, because many are idle."""
        now = self._clock.real()
        with self._database.glance() as connection:
            self._ready_at, paused = taking.ready_at(connection, self._channel.name, now)
            pauses = channel_state.pauses(connection) if paused else {}
        over = self._pausing.probe(self._channel, pauses)
        return over or (self._ready_at is not None and self._ready_at <= now)

    def _take(self, connection: Connection, *, left: bool) -> list[Taken]:
        return taking.take(
            connection,
            owner=self._owner,
            channel=self._channel.name,
            apart=self._channel.apart,
            now=self._clock.real(),
            most=BATCH,
            left=left,
        )

    def _settle(self, batch: Sequence[Taken]) -> list[Settled]:
        """What to do with each of the batch, by what is known at one moment."""
        at = Moment(self._clock.now(), self._clock.real())
        with self._database.read() as connection:
            try:
                known = self._preparing.look(connection, batch, at)
            except UNSPEAKABLE:  # one of them cannot be read: each by itself then
                known = self._preparing.look(connection, (), at)
            return settle(self._preparing, known, batch, at)

    def _mark(self) -> bool:
        """Mark what was sent; False when a lease was lost meanwhile."""
        kept = self._marking.sent(self._yeses)
        self._yeses, self._sending = [], 0.0
        return kept

    def _handle(self, taken: Taken, found: Written | Unsent | Unsaid) -> bool:
        """Send, or do what else was decided; whether the rest of the batch may follow."""
        match found:
            case Written():
                return self._send(taken, found)
            case Unsaid():
                return self._marking.bury(taken, found.reason, recipient=None)
            case Move():
                return self._marking.moved(taken, found)
            case Hold():
                return self._marking.held(taken, found)
            case Suppress():
                return self._marking.suppressed(taken, found)
            case Sleep() | Gather():
                return self._marking.slept(taken, found)

    def _written(self, found: Prepared | Unsaid) -> Written | Unsent | Unsaid:
        if not isinstance(found, Ready):
            return found
        try:
            message = found.words()
        except UNSPEAKABLE as error:
            return Unsaid(unsaid(error))
        try:
            return Written(found, self._channel.write(message, found.to, found.thread))
        except UNSPEAKABLE as error:
            return Written(found, SendFailed(unsaid(error), Remedy.ABANDON))

    def _send(self, taken: Taken, written: Written) -> bool:
        ready, sending = written
        if isinstance(sending, SendFailed):
            return self._marking.failed(taken, ready.to, sending)
        began = self._clock.monotonic()
        try:
            receipt = sending()
        except SendFailed as failure:
            self._marking.failed(taken, ready.to, failure)
            return False  # the provider is in trouble, or somebody is reached otherwise now
        except UNSPEAKABLE as error:
            failed = SendFailed(unsaid(error), Remedy.ABANDON)
            return self._marking.failed(taken, ready.to, failed)
        self._sending += self._clock.monotonic() - began
        self._yeses.append(Yes(taken, ready, receipt, self._clock.real(), self._clock.now()))
        full = len(self._yeses) >= GROUP or self._sending >= GROUP_SECONDS
        return self._mark() if full else True
