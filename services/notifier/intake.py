"""From announced alerts to deliveries: who is to hear what, once for every transition."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from services.notifier.announcement import TOLD, Announcement
from services.notifier.cases import audiences_of
from services.notifier.known import Known
from services.notifier.metrics import NotifierMetrics
from services.notifier.preparing import Moment, Preparing
from services.notifier.sender import Sender
from services.notifier.settling import Settled, settle
from shared.contract.alert_event import AlertEvent, read_alert_event
from shared.contract.problems import InvalidEvent
from shared.eventlog.consumer import FoldCount
from shared.eventlog.port import Record
from shared.ops.clock import Clock
from shared.storage import deliveries, quarantine, taking
from shared.storage.deliveries import NewDelivery, Taken
from shared.storage.quarantine import Rejected

STALE = timedelta(hours=48)  # of business time: older news is history, and history sends nothing
FEW = 4  # records, beyond which senders take by themselves what is most pressing


@dataclass(slots=True)
class _Made:
    """New deliveries: those that were taken as they were made, and the ids of all others."""

    taken: list[Taken] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)


class Intake:
    """The fold of the alerts topic. Taking a record in again changes nothing.

    When few records come and the sender of a channel waits, their deliveries are taken for it at
    once and settled by what was just read: after the commit it has only to send.
    """

    def __init__(
        self,
        clock: Clock,
        metrics: NotifierMetrics,
        preparing: Preparing,
        senders: Mapping[str, Sender],
        owner: str,
    ) -> None:
        """`senders` by the names of their channels; `owner` is theirs."""
        self._clock = clock
        self._metrics = metrics
        self._preparing = preparing
        self._senders = senders
        self._owner = owner
        self._touched: set[str] = set()  # channels that got deliveries
        self._settled: list[Settled] = []
        self._began = 0.0  # when the last fold did, by the monotonic clock

    def fold(self, connection: Connection, records: Sequence[Record]) -> FoldCount:
        """Make the deliveries of `records`; what cannot be read goes to the quarantine."""
        bad: list[Rejected] = []
        self._began = self._clock.monotonic()
        events = []
        for record in records:
            try:
                events.append(read_alert_event(record.value))
            except InvalidEvent as error:
                bad.append(_rejected(record, error))
        known = self._preparing.begin(connection)
        few = len(records) <= FEW
        waiting = [name for name, sender in self._senders.items() if few and sender.waits]
        if waiting:  # what is soon to be asked for is told at once
            known.read_customers((), [event.data.id for event in events])
        made = _Made()
        for event in events:
            self._take_in(known, event, waiting, made)
        quarantine.keep(connection, bad, self._clock.now())
        self._settled = self._settle(known, made, waiting)
        return FoldCount(len(records), len(bad))

    def hand_over(self) -> Collection[str]:
        """After the commit: give senders what was taken for them; the channels to call."""
        for channel, sender in self._senders.items():
            own = [one for one in self._settled if one[0].channel == channel]
            if own:
                sender.hand(own, self._began)
        touched, self._touched, self._settled = self._touched, set(), []
        return touched

    def _take_in(
        self, known: Known, event: AlertEvent, waiting: Collection[str], made: _Made
    ) -> None:
        """Add the new deliveries of one announcement to `made`."""
        kind = event.type.removeprefix("alert.")
        if kind not in TOLD:
            return
        data = event.data.model_dump(mode="json")
        previous: str | None = data.get("previous_rep")
        told = Announcement(kind, event.time, data, previous, subject=event.subject)
        audiences = audiences_of(known.connection, data)
        if previous is not None:
            audiences.append("previous_rep")
        stale = self._clock.now() - event.time > STALE
        # What nothing of its alert was told before can be taken by who makes it.
        first = event.data.number == 1 and not stale and known.all_may_go
        real = self._clock.real()
        for audience in audiences:
            new = self._new(known, told, audience, stale)
            self._touched.add(new.channel)
            if first and new.channel in waiting:
                taken = taking.keep_taken(known.connection, new, owner=self._owner, now=real)
                made.taken += [] if taken is None else [taken]
                continue
            ids = deliveries.keep(known.connection, [new], real)
            made.ids += ids
            if stale and ids:
                self._metrics.count(new.channel, "suppressed")

    def _settle(self, known: Known, made: _Made, waiting: Sequence[str]) -> list[Settled]:
        """Take what senders wait for, and what to do with each."""
        at = Moment(self._clock.now(), self._clock.real())
        taken = taking.take_these(
            known.connection, made.ids, channels=waiting, owner=self._owner, now=at.real
        )
        return settle(self._preparing, known, [*made.taken, *taken], at)

    def _new(self, known: Known, told: Announcement, audience: str, stale: bool) -> NewDelivery:
        likely = self._preparing.likely(known, told, audience, self._clock.now())
        return NewDelivery(
            alert=told.data["id"],
            number=told.data["number"],
            audience=audience,
            channel=likely.channel,
            pace=likely.pace,
            message=told.to_dict(),
            suppressed="stale" if stale else None,
        )


def _rejected(record: Record, error: InvalidEvent) -> Rejected:
    return Rejected(
        reason="invalid",
        detail=str(error),
        value=record.value,
        key=record.key,
        headers=record.headers,
        topic=record.place.topic,
        partition=record.place.partition,
        offset=record.place.offset,
    )
