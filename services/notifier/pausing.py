"""Channels whose provider does not let us in: paused, the operator told once, tried now and then.

A refused log-in or a revoked token concerns every message, so no message pays for it with an
attempt: each waits, or goes out by another way.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from services.notifier.announcement import Announcement
from services.notifier.channel import Channel, SendFailed
from services.notifier.metrics import NotifierMetrics
from services.notifier.preparing import Preparing
from shared.ops.clock import Clock
from shared.ops.settings import Settings
from shared.storage import channel_state, deliveries, delivery_list
from shared.storage.channel_state import Pause
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.wording import language

PROBE_EVERY = timedelta(minutes=10)


class Pausing:
    """Pauses channels and ends the pauses."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        preparing: Preparing,
        metrics: NotifierMetrics,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._preparing = preparing
        self._metrics = metrics
        self._every = PROBE_EVERY * settings.retry_scale
        self._probed: set[str] = set()
        self._log = structlog.get_logger("vigia.sender")

    def pause(self, channel: str, reason: str) -> None:
        """Send nothing more by the channel; the first to find out tells the operator."""
        now = self._clock.real()
        new = Pause(channel, now, reason, now + self._every)

        def pause(connection: Connection) -> bool:
            first = channel_state.pause(connection, new)
            if first:
                self._tell(connection, new)
            return first

        self._probed.add(channel)
        if self._database.run(pause):
            self._log.error("channel is paused", channel=channel, reason=reason)

    def probe(self, channel: Channel, pauses: Mapping[str, Pause]) -> bool:
        """If the channel is paused and it is time, see whether it is over; True if so.

        The first time in this process it always is time: settings may have been changed.
        """
        now = self._clock.real()
        self._metrics.tell_paused(pauses)
        paused = pauses.get(channel.name)
        first = channel.name not in self._probed
        self._probed.add(channel.name)
        if paused is None or (not first and paused.probe_at > now):
            return False
        next_at = now + self._every
        if not self._database.run(lambda c: channel_state.take_probe(c, paused, next_at)):
            return False
        try:
            channel.probe()
        except SendFailed as failure:
            self._log.warning("channel stays paused", channel=channel.name, reason=str(failure))
            return False
        self._database.run(lambda c: channel_state.resume(c, channel.name, now))
        self._log.info("channel sends again", channel=channel.name)
        return True

    def _tell(self, connection: Connection, paused: Pause) -> None:
        """Leave a message for the operator, by whatever way is left."""
        alert = channel_state.pause_alert(paused.channel)
        speech = language(self._settings.locale)
        sentence = speech.say("channel.paused", channel=paused.channel, reason=paused.reason)
        at = self._clock.now()
        told = Announcement(
            kind="paused",
            at=at,
            subject=alert,
            data={
                "id": alert,
                "kind": "channel",
                "number": 1 + delivery_list.count_about(connection, alert),
                "customer": None,
                "rep": None,
                "state": "open",
                "severity": "urgent",
                "reason": "log_in",
                "actor": "notifier",
                "as_of": at.date().isoformat(),
                "value_at_risk": None,
                "rank": None,
                "evidence": [],
                "sentence": sentence,
            },
        )
        likely = self._preparing.likely(self._preparing.begin(connection), told, "operator", at)
        number = told.data["number"]
        new = NewDelivery(
            alert, number, "operator", likely.channel, told.to_dict(), pace=likely.pace
        )
        deliveries.keep(connection, [new], self._clock.real())
