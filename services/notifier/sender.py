"""Sends what is due: lease, send, mark. Never inside a transaction, never marked before sent."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import structlog
from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.backoff import MOST_ATTEMPTS, wait
from services.notifier.channel import Channel, SendFailed
from services.notifier.metrics import NotifierMetrics
from services.notifier.preparing import Ready, prepare
from services.notifier.routing import Hold, Suppress
from shared.ops.clock import Clock
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage import deliveries
from shared.storage.company import paused_since
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery, Taken

GIVEN_UP = "every attempt ended with its process"


class Sender:
    """Works off deliveries one by one; any number of senders may share a database.

    A delivery is leased for 120 seconds by the database's clock and marked under the attempt of
    that lease. A sender that dies or freezes between the provider's yes and the mark leaves a
    lease that runs out, and the message goes out once more under the same id: at least once.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        channels: Sequence[Channel],
        rng: Random,
        metrics: NotifierMetrics,
        owner: str,
    ) -> None:
        self._database = database
        self._settings = settings
        self._links = Links.of(settings)
        self._clock = clock
        self._channels = {channel.name: channel for channel in channels}
        self._rng = rng
        self._metrics = metrics
        self._owner = owner
        self._log = structlog.get_logger("vigia.sender")

    def step(self) -> bool:
        """Handle one due delivery; False when none is due, or sending is paused."""
        taken = self._database.run(self._take)
        if taken is None:
            self._rest()
            return False
        if taken.attempts > MOST_ATTEMPTS:
            self._bury(taken, GIVEN_UP, recipient=None)
            return True
        age = self._clock.real() - taken.created_at
        with self._database.read() as connection:
            found = prepare(connection, taken, settings=self._settings, links=self._links, age=age)
        match found:
            case Ready():
                self._send(taken, found)
            case Hold():
                self._hold(taken, found)
            case Suppress():
                self._suppress(taken, found)
        return True

    def close(self) -> None:
        """Let go of the channels' connections."""
        for channel in self._channels.values():
            channel.rest()

    def _take(self, connection: Connection) -> Taken | None:
        if paused_since(connection) is not None:
            return None
        names = self._channels.keys()
        now = self._clock.real()
        return deliveries.take(connection, owner=self._owner, channels=names, now=now)

    def _rest(self) -> None:
        self.close()
        with self._database.read() as connection:
            oldest = deliveries.waiting_since(connection)
        age = (self._clock.real() - oldest) if oldest else timedelta(0)
        self._metrics.oldest_waiting.set(max(age.total_seconds(), 0))

    def _send(self, taken: Taken, ready: Ready) -> None:
        address = ready.to.address
        try:
            sent_as = self._channels[taken.channel].send(ready.message, ready.to, ready.thread)
        except SendFailed as failure:
            self._failed(taken, ready, failure)
            return
        at = self._clock.real()
        kept = self._database.run(
            lambda connection: deliveries.sent(
                connection, taken, recipient=address, provider_id=sent_as, at=at
            )
        )
        self._count(taken, "sent", kept=kept)
        changed_at = Announcement.from_dict(taken.message).at
        self._metrics.took(
            taken.channel,
            since_intake=(at - taken.created_at).total_seconds(),
            since_change=(self._clock.now() - changed_at).total_seconds(),
        )

    def _failed(self, taken: Taken, ready: Ready, failure: SendFailed) -> None:
        pause = None
        if failure.retry:
            scale = self._settings.retry_scale
            pause = wait(taken.attempts, scale=scale, rng=self._rng)
        if pause is None:
            self._bury(taken, str(failure), recipient=ready.to.address, role=ready.to.role)
            return
        next_at = self._clock.real() + pause
        kept = self._database.run(
            lambda connection: deliveries.retry(
                connection,
                taken,
                next_at=next_at,
                reason=str(failure),
                recipient=ready.to.address,
            )
        )
        self._count(taken, "retried", kept=kept)

    def _bury(
        self, taken: Taken, reason: str, *, recipient: str | None, role: str | None = None
    ) -> None:
        """Give up on a delivery; what the operator was not already sent, the operator gets."""
        told = Announcement.from_dict({**taken.message, "refused": True})
        instead = NewDelivery(taken.alert, taken.number, "operator", taken.channel, told.to_dict())
        now = self._clock.real()

        def bury(connection: Connection) -> bool:
            kept = deliveries.dead(connection, taken, reason=reason, recipient=recipient)
            if kept and taken.audience == "rep" and role != "operator":
                deliveries.keep(connection, [instead], now)
            return kept

        self._count(taken, "dead", kept=self._database.run(bury))
        self._log.warning("delivery is dead", delivery=taken.id, reason=reason)

    def _hold(self, taken: Taken, hold: Hold) -> None:
        until = self._clock.real() + hold.wait
        kept = self._database.run(
            lambda connection: deliveries.hold(connection, taken, until=until, reason=hold.reason)
        )
        self._count(taken, "held", kept=kept)

    def _suppress(self, taken: Taken, suppress: Suppress) -> None:
        kept = self._database.run(
            lambda connection: deliveries.suppressed(connection, taken, reason=suppress.reason)
        )
        self._count(taken, "suppressed", kept=kept)

    def _count(self, taken: Taken, outcome: str, *, kept: bool) -> None:
        """Count what became of a delivery, or that another sender took it over meanwhile."""
        self._metrics.count(taken.channel, outcome if kept else "lost")
        if not kept:
            self._log.warning("lease lost", delivery=taken.id, outcome=outcome)
