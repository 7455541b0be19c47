"""From announced alerts to deliveries: who is to hear what, once for every transition."""

from collections.abc import Collection, Mapping, Sequence
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
from shared.storage.deliveries import NewDelivery
from shared.storage.quarantine import Rejected

STALE = timedelta(hours=48)  # of business time: older news is history, and history sends nothing
FEW = 4  # records, beyond which senders take by themselves what is most pressing


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
        made: list[int] = []
        self._began = self._clock.monotonic()
        known = self._preparing.begin(connection)
        for record in records:
            try:
                event = read_alert_event(record.value)
            except InvalidEvent as error:
                bad.append(_rejected(record, error))
                continue
            made += self._take_in(known, event)
        quarantine.keep(connection, bad, self._clock.now())
        self._settled = self._settle(known, made) if len(records) <= FEW else []
        return FoldCount(len(records), len(bad))

    def hand_over(self) -> Collection[str]:
        """After the commit: give senders what was taken for them; the channels to call."""
        for channel, sender in self._senders.items():
            own = [one for one in self._settled if one[0].channel == channel]
            if own:
                sender.hand(own, self._began)
        touched, self._touched, self._settled = self._touched, set(), []
        return touched

    def _take_in(self, known: Known, event: AlertEvent) -> list[int]:
        """The new deliveries of one announcement."""
        kind = event.type.removeprefix("alert.")
        if kind not in TOLD:
            return []
        data = event.data.model_dump(mode="json")
        previous: str | None = data.get("previous_rep")
        told = Announcement(kind, event.time, data, previous, subject=event.subject)
        audiences = audiences_of(known.connection, data)
        if previous is not None:
            audiences.append("previous_rep")
        stale = self._clock.now() - event.time > STALE
        new = [self._new(known, told, audience, stale) for audience in audiences]
        made = deliveries.keep(known.connection, new, self._clock.real())
        self._touched.update(one.channel for one in new)
        if stale and made:
            for one in new:
                self._metrics.count(one.channel, "suppressed")
        return made

    def _settle(self, known: Known, made: Sequence[int]) -> list[Settled]:
        """Take what senders wait for, and what to do with each."""
        waiting = [name for name, sender in self._senders.items() if sender.waits]
        at = Moment(self._clock.now(), self._clock.real())
        taken = taking.take_these(
            known.connection, made, channels=waiting, owner=self._owner, now=at.real
        )
        return settle(self._preparing, known, taken, at)

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
