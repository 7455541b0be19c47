"""What becomes of a delivery that was taken: the marks under its lease, and what follows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

import structlog
from sqlalchemy import Connection

from services.notifier.backoff import wait
from services.notifier.channel import Receipt, Remedy, SendFailed
from services.notifier.digest import digest_key, is_digest, name_of
from services.notifier.metrics import NotifierMetrics
from services.notifier.pausing import Pausing
from services.notifier.preparing import Move, Ready
from services.notifier.recipients import OPERATOR
from services.notifier.routing import Hold, Send, Suppress
from services.notifier.timing import Gather, Sleep
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.storage import channel_state, deliveries, delivery_list, gathering
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery, Taken

LAST = ("operator", "previous_rep")  # audiences nobody else is told instead of
PATIENT_ATTEMPTS = 3  # so many failures in a row before another way to the same person


class Marking:
    """Marks deliveries, counts, and tells in the log what an operator should know."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        pausing: Pausing,
        rng: Random,
        metrics: NotifierMetrics,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._pausing = pausing
        self._rng = rng
        self._metrics = metrics
        self._log = structlog.get_logger("vigia.sender")

    def sent(self, taken: Taken, ready: Ready, receipt: Receipt, changed_at: datetime) -> None:
        """The provider said yes. `changed_at`: business time of the alert's change."""
        at, to = self._clock.real(), ready.to
        person = to.person or OPERATOR
        recipient = to.way.recipient

        def mark(connection: Connection) -> bool:
            kept = deliveries.sent(
                connection,
                taken,
                recipient=recipient,
                person=person,
                provider_id=receipt.id,
                at=at,
            )
            if kept and is_digest(taken.alert):
                gathering.told(
                    connection,
                    name_of(taken.alert, taken.number),
                    ready.left_out,
                    channel=taken.channel,
                    recipient=recipient,
                    person=person,
                    provider_id=receipt.id,
                    at=at,
                )
            return kept

        self._mark(taken, "sent", mark)
        self._metrics.took(
            taken.channel,
            since_intake=(at - taken.created_at).total_seconds(),
            since_change=(self._clock.now() - changed_at).total_seconds(),
        )

    def moved(self, taken: Taken, move: Move) -> None:
        mark = partial(deliveries.move, taken=taken, channel=move.channel, pace=move.pace)
        self._mark(taken, "moved", mark)

    def held(self, taken: Taken, hold: Hold) -> None:
        until = self._clock.real() + hold.wait
        self._hold(taken, until, hold.reason)

    def slept(self, taken: Taken, later: Sleep | Gather) -> None:
        """It waits for business time, alone or for a digest."""
        if isinstance(later, Sleep):
            until, reason, key = later.until, later.reason, None
        else:
            until, reason = later.at, gathering.WAITS_FOR_DIGEST
            key = digest_key(later.person)
        sleep = partial(deliveries.sleep, taken=taken, until=until, reason=reason, gathered=key)
        self._mark(taken, "held", sleep)

    def suppressed(self, taken: Taken, suppress: Suppress) -> None:
        def mark(connection: Connection) -> bool:
            kept = deliveries.suppressed(connection, taken, reason=suppress.reason)
            if kept and is_digest(taken.alert):
                name = name_of(taken.alert, taken.number)
                gathering.end(connection, name, state="suppressed", reason=suppress.reason)
            return kept

        self._mark(taken, "suppressed", mark)

    def failed(self, taken: Taken, to: Send, failure: SendFailed) -> None:
        """The provider said no, or nothing: do what may help."""
        if failure.leave_alone:
            self._leave_alone(taken, failure.leave_alone)
        match failure.remedy:
            case Remedy.PAUSE:
                self._pausing.pause(taken.channel, str(failure))
                self._hold(taken, self._clock.real(), channel_state.WAITS_FOR_CHANNEL)
            case Remedy.SUPPRESS if to.role != "operator":
                self._turn_away(taken, to, str(failure), gone=True)
            case Remedy.RETRY:
                self._again(taken, to, failure)
            case _ if to.spare:
                self._turn_away(taken, to, str(failure))
            case _:
                self.bury(taken, str(failure), recipient=to.way.recipient, role=to.role)

    def bury(
        self, taken: Taken, reason: str, *, recipient: str | None, role: str | None = None
    ) -> None:
        """Give up on a delivery; what the operator was not already sent, the operator gets."""
        told = {**taken.message, "refused": True}
        instead = NewDelivery(taken.alert, taken.number, "operator", taken.channel, told)
        now = self._clock.real()

        def bury(connection: Connection) -> bool:
            kept = deliveries.dead(connection, taken, reason=reason, recipient=recipient)
            if kept and taken.audience not in LAST and role != "operator":
                deliveries.keep(connection, [instead], now)
            elif kept and is_digest(taken.alert):
                name = name_of(taken.alert, taken.number)
                gathering.end(connection, name, state="dead", reason=reason)
            return kept

        self._mark(taken, "dead", bury)
        self._log.warning("delivery is dead", delivery=taken.id, reason=reason)

    def tell_waiting(self) -> None:
        """Count how long the oldest unfinished delivery waits."""
        with self._database.read() as connection:
            oldest = delivery_list.waiting_since(connection)
        age = (self._clock.real() - oldest) if oldest else timedelta(0)
        self._metrics.oldest_waiting.set(max(age.total_seconds(), 0))

    def _again(self, taken: Taken, to: Send, failure: SendFailed) -> None:
        """Later, by another way when this one has failed for a while, or never."""
        if to.spare and taken.attempts >= PATIENT_ATTEMPTS:
            self._turn_away(taken, to, str(failure))
            return
        pause = wait(taken.attempts, scale=self._settings.retry_scale, rng=self._rng)
        if pause is None:
            self.bury(taken, str(failure), recipient=to.way.recipient, role=to.role)
            return
        mark = partial(
            deliveries.retry,
            taken=taken,
            next_at=self._clock.real() + max(pause, failure.leave_alone),
            reason=str(failure),
            recipient=to.way.recipient,
        )
        self._mark(taken, "retried", mark)

    def _turn_away(self, taken: Taken, to: Send, reason: str, *, gone: bool = False) -> None:
        """Go on with whoever comes next; `gone`: in future, too."""
        now, recipient = self._clock.real(), to.way.recipient

        def turn_away(connection: Connection) -> bool:
            if gone:
                channel_state.make_unreachable(connection, recipient, reason, now)
            return deliveries.turn_away(
                connection, taken, recipient=recipient, now=now, reason=reason
            )

        self._mark(taken, "moved", turn_away)
        if gone:
            self._log.warning("recipient is unreachable", delivery=taken.id, reason=reason)

    def _leave_alone(self, taken: Taken, time: timedelta) -> None:
        until = self._clock.real() + time
        self._database.run(lambda c: channel_state.leave_alone(c, taken.pace, until))

    def _hold(self, taken: Taken, until: datetime, reason: str) -> None:
        self._mark(taken, "held", partial(deliveries.hold, taken=taken, until=until, reason=reason))

    def _mark(self, taken: Taken, outcome: str, mark: Callable[[Connection], bool]) -> None:
        """Mark, and count what became of it, or that another sender took it over meanwhile."""
        kept = self._database.run(mark)
        self._metrics.count(taken.channel, outcome if kept else "lost")
        if not kept:
            self._log.warning("lease lost", delivery=taken.id, outcome=outcome)
