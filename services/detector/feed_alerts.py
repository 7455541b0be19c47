"""One alert to the operator for each feed that has fallen silent, until it speaks again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from services.detector.feeds import note_silence
from services.detector.metrics import DetectorMetrics
from services.detector.schedule import unfolded
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.evidence import Item
from shared.domain.feed import Feed, days_a_week, last_word
from shared.domain.week import Calendar, day_date
from shared.eventlog.port import EventLog
from shared.ops.clock import Clock
from shared.ops.errors import LogUnavailable
from shared.ops.settings import Settings
from shared.ops.wakeup import Wakeup
from shared.storage import alerts, other_alerts
from shared.storage.alert_rows import AlertRow, Content
from shared.storage.alerts import AlertMoved
from shared.storage.database import Database
from shared.storage.positions import StoredPositions
from shared.wording import sentence

ACTOR = "detector"
KIND: Literal["feed"] = "feed"
# After a start the tills first send what they could not send before.
PATIENCE = timedelta(minutes=10)


class FeedWatch:
    """Notes which feeds are silent, and opens and ends the alerts about them.

    A silence is news when it begins: an alert that somebody dismissed does not come back as
    long as it lasts. Nobody is blamed for events that wait to be folded.
    """

    def __init__(
        self,
        database: Database,
        log: EventLog,
        settings: Settings,
        calendar: Calendar,
        clock: Clock,
        wakeup: Wakeup,
        metrics: DetectorMetrics,
    ) -> None:
        self._database = database
        self._log = log
        self._settings = settings
        self._calendar = calendar
        self._clock = clock
        self._wakeup = wakeup
        self._metrics = metrics
        self._positions = StoredPositions(database, DETECTOR_GROUP)
        self._ends: Mapping[int, int] | None = None
        self._begins = clock.monotonic() + PATIENCE.total_seconds() * settings.retry_scale

    def step(self) -> None:
        """Look at every feed once."""
        behind = self._behind()
        if self._clock.monotonic() < self._begins or behind:
            return
        try:
            moved = self._database.run(self._look)
        except (IntegrityError, AlertMoved):
            return  # another detector or a person was first; the next look sees it
        for kind in moved:
            self._metrics.changed(kind)
        if moved:
            self._wakeup.ring("transition")

    def _behind(self) -> bool:
        """Whether something that had come by the last look is still to be folded."""
        ends, self._ends = self._ends, None
        try:
            self._ends = self._log.ends(events_topic())
        except LogUnavailable:
            return True
        return ends is None or bool(unfolded(ends, self._positions.read(events_topic())))

    def _look(self, connection: Connection) -> list[str]:
        """The kinds of transitions made."""
        now = self._clock.now()
        fallen, speaking = note_silence(connection, now, self._settings)
        living = other_alerts.living_others(connection, KIND)
        opened = [feed for feed in fallen if _key(feed) not in living]
        for feed in opened:
            content = self._content(self._item(feed, "silent"), now, None)
            other_alerts.open_other(
                connection, KIND, _key(feed), content, reason="silent", actor=ACTOR, at=now
            )
        ended = [feed for feed in speaking if _key(feed) in living]
        for feed in ended:
            alert = living[_key(feed)]
            state = "back" if feed.kind == "live" else "retired"
            alerts.add_transition(
                connection,
                alert,
                "recovered",
                reason=state,
                actor=ACTOR,
                at=now,
                content=self._content(self._item(feed, state), now, alert),
            )
        return ["opened"] * len(opened) + ["recovered"] * len(ended)

    def _item(self, feed: Feed, state: str) -> Item:
        spoken, usual = last_word(feed), days_a_week(feed)
        return {
            "kind": KIND,
            "source": feed.source,
            "state": state,
            "last": None if spoken is None else day_date(self._calendar.day_of(spoken)).isoformat(),
            "days_a_week": None if usual is None else round(usual, 1),
        }

    def _content(self, item: Item, now: datetime, alert: AlertRow | None) -> Content:
        today = self._calendar.day_of(now)
        return Content(
            rep=None,
            severity="warning" if alert is None else alert.severity,
            score=None,
            rank=None,
            value_at_risk=None,
            currency=None,
            as_of=self._calendar.week_of(today),
            sentence=sentence([item], locale=self._settings.locale, as_of=day_date(today)),
            evidence=[item],
        )


def _key(feed: Feed) -> str:
    return f"feed:{feed.source}"
