"""What becomes of a delivery that was taken: the marks under its lease, and what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

import structlog
from sqlalchemy import Connection

from services.notifier.backoff import wait
from services.notifier.channel import Receipt, Remedy, SendFailed
from services.notifier.digest import digest_key, is_digest
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
from shared.storage.deliveries import NewDelivery, Sent, Taken

LAST = ("operator", "previous_rep")  # audiences nobody else is told instead of
PATIENT_ATTEMPTS = 3  # so many failures in a row before another way to the same person


@dataclass(frozen=True, slots=True)
class Yes:
    """The provider took a delivery, `at` real and `now` business time."""

    taken: Taken
    ready: Ready
    receipt: Receipt
    at: datetime
    now: datetime


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

    def sent(self, group: Sequence[Yes]) -> bool:
        """The provider said yes to each, in one transaction; False if another sender had taken one
        of them over meanwhile."""
        marked = self._database.run(partial(_sent, group=group)) if group else set()
        for yes in group:
            self._count(yes.taken, "sent", kept=yes.taken.id in marked)
            self._metrics.took(
                yes.taken.channel,
                since_intake=(yes.at - yes.taken.created_at).total_seconds(),
                since_change=(yes.now - yes.ready.told.at).total_seconds(),
            )
        return len(marked) == len(group)

    def moved(self, taken: Taken, move: Move) -> bool:
        mark = partial(deliveries.move, taken=taken, channel=move.channel, pace=move.pace)
        return self._mark(taken, "moved", mark)

    def held(self, taken: Taken, hold: Hold) -> bool:
        until = self._clock.real() + hold.wait
        return self._hold(taken, until, hold.reason)

    def slept(self, taken: Taken, later: Sleep | Gather) -> bool:
        """It waits for business time, alone or for a digest."""
        if isinstance(later, Sleep):
            until, reason, key = later.until, later.reason, None
        else:
            until, reason = later.at, gathering.WAITS_FOR_DIGEST
            key = digest_key(later.person)
        sleep = partial(deliveries.sleep, taken=taken, until=until, reason=reason, gathered=key)
        return self._mark(taken, "held", sleep)

    def suppressed(self, taken: Taken, suppress: Suppress) -> bool:
        def mark(connection: Connection) -> bool:
            kept = deliveries.suppressed(connection, taken, reason=suppress.reason)
            if kept and is_digest(taken.alert):
                name = gathering.name_of(taken.alert, taken.number)
                gathering.end(connection, name, state="suppressed", reason=suppress.reason)
            return kept

        return self._mark(taken, "suppressed", mark)

    def failed(self, taken: Taken, to: Send, failure: SendFailed) -> bool:
        """The provider said no, or nothing: do what may help."""
        if failure.leave_alone:
            self._leave_alone(taken, failure.leave_alone)
        match failure.remedy:
            case Remedy.PAUSE:
                self._pausing.pause(taken.channel, str(failure))
                return self._hold(taken, self._clock.real(), channel_state.WAITS_FOR_CHANNEL)
            case Remedy.SUPPRESS if to.role != "operator":
                return self._turn_away(taken, to, str(failure), gone=True)
            case Remedy.RETRY:
                return self._again(taken, to, failure)
            case _ if to.spare:
                return self._turn_away(taken, to, str(failure))
            case _:
                return self.bury(taken, str(failure), recipient=to.way.recipient, role=to.role)

    def bury(
        self, taken: Taken, reason: str, *, recipient: str | None, role: str | None = None
    ) -> bool:
        """Give up on a delivery; what the operator was not already sent, the operator gets."""
        told = {**taken.message, "refused": True}
        instead = NewDelivery(taken.alert, taken.number, "operator", taken.channel, told)
        now = self._clock.real()

        def bury(connection: Connection) -> bool:
            kept = deliveries.dead(connection, taken, reason=reason, recipient=recipient)
            if kept and taken.audience not in LAST and role != "operator":
                deliveries.keep(connection, [instead], now)
            elif kept and is_digest(taken.alert):
                name = gathering.name_of(taken.alert, taken.number)
                gathering.end(connection, name, state="dead", reason=reason)
            return kept

        marked = self._mark(taken, "dead", bury)
        self._log.warning("delivery is dead", delivery=taken.id, reason=reason)
        return marked

    def put_back(self, untried: Sequence[Taken]) -> None:
        """Leave to whoever comes next what was taken and not tried."""
        if untried:
            self._database.run(lambda c: [deliveries.put_back(c, one) for one in untried])

    def tell_waiting(self) -> None:
        """Count how long the oldest unfinished delivery waits."""
        with self._database.glance() as connection:
            oldest = delivery_list.waiting_since(connection)
        age = (self._clock.real() - oldest) if oldest else timedelta(0)
        self._metrics.oldest_waiting.set(max(age.total_seconds(), 0))

    def _again(self, taken: Taken, to: Send, failure: SendFailed) -> bool:
        """Later, by another way when this one has failed for a while, or never."""
        if to.spare and taken.attempts >= PATIENT_ATTEMPTS:
            return self._turn_away(taken, to, str(failure))
        pause = wait(taken.attempts, scale=self._settings.retry_scale, rng=self._rng)
        if pause is None:
            return self.bury(taken, str(failure), recipient=to.way.recipient, role=to.role)
        mark = partial(
            deliveries.retry,
            taken=taken,
            next_at=self._clock.real() + max(pause, failure.leave_alone),
            reason=str(failure),
            recipient=to.way.recipient,
        )
        return self._mark(taken, "retried", mark)

    def _turn_away(self, taken: Taken, to: Send, reason: str, *, gone: bool = False) -> bool:
        """Go on with whoever comes next; `gone`: in future, too."""
        now, recipient = self._clock.real(), to.way.recipient

        def turn_away(connection: Connection) -> bool:
            if gone:
                channel_state.make_unreachable(connection, recipient, reason, now)
            return deliveries.turn_away(
                connection, taken, recipient=recipient, now=now, reason=reason
            )

        marked = self._mark(taken, "moved", turn_away)
        if gone:
            self._log.warning("recipient is unreachable", delivery=taken.id, reason=reason)
        return marked

    def _leave_alone(self, taken: Taken, time: timedelta) -> None:
        until = self._clock.real() + time
        self._database.run(lambda c: channel_state.leave_alone(c, taken.pace, until))

    def _hold(self, taken: Taken, until: datetime, reason: str) -> bool:
        hold = partial(deliveries.hold, taken=taken, until=until, reason=reason)
        return self._mark(taken, "held", hold)

    def _mark(self, taken: Taken, outcome: str, mark: Callable[[Connection], bool]) -> bool:
        """Mark, and count what became of it, or that another sender took it over meanwhile."""
        kept = self._database.run(mark)
        self._count(taken, outcome, kept=kept)
        return kept

    def _count(self, taken: Taken, outcome: str, *, kept: bool) -> None:
        self._metrics.count(taken.channel, outcome if kept else "lost")
        if not kept:
            self._log.warning("lease lost", delivery=taken.id, outcome=outcome)


def _sent(connection: Connection, group: Sequence[Yes]) -> set[int]:
    """Mark each, and what a digest told with it; the ids of those whose lease was still ours."""
    told = [
        Sent(
            taken=yes.taken,
            recipient=yes.ready.to.way.recipient,
            person=yes.ready.to.person or OPERATOR,
            provider_id=yes.receipt.id,
            at=yes.at,
        )
        for yes in group
    ]
    marked = deliveries.sent(connection, told)
    for yes, one in zip(group, told, strict=True):
        if is_digest(one.taken.alert) and one.taken.id in marked:
            name = gathering.name_of(one.taken.alert, one.taken.number)
            gathering.told(connection, name, yes.ready.left_out, one)
    return marked
