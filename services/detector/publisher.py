"""The publisher: transitions of alerts, in order, into the alerts topic."""

import math
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Connection

from services.detector.metrics import DetectorMetrics
from shared.contract.alert_event import AlertData, Change, alert_event, write_alert_event
from shared.contract.topics import alerts_topic
from shared.eventlog.port import EventLog, NewRecord
from shared.ops.clock import Clock
from shared.ops.errors import LostLease
from shared.storage import transitions
from shared.storage.database import Database
from shared.storage.lease import Lease
from shared.storage.transitions import TransitionRow

LEASE = "publisher"
BATCH = 200
REMEMBERED = 2 * BATCH  # what was announced lately
APPEND_SECONDS = 10.0
RENEWED_SECONDS = 30.0  # far less than a lease lasts: so long it is taken for held unasked
CONTENT_TYPE = (("content-type", b"application/cloudevents+json"),)


class Publisher:
    """Announces each transition at least once, an alert's in order of their numbers.

    One process at a time does, under a lease. It marks what the log acknowledged; whoever dies
    between the two announces the same transitions again, and readers drop what they have seen.

    What it is handed it need not look for: first transitions, so that none comes before.
    """

    def __init__(
        self,
        database: Database,
        log: EventLog,
        clock: Clock,
        metrics: DetectorMetrics,
        owner: str,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._metrics = metrics
        self._topic = alerts_topic()
        self._lease = Lease(database, LEASE, owner)
        self._renewed_at = -math.inf  # by the monotonic clock
        self.pressed = False  # whether there may be more than a step has announced
        self._handed: deque[TransitionRow] = deque(maxlen=BATCH)  # what is lost here is found
        self._looks = False  # after what was handed: nothing else waits for that
        self._announced: deque[tuple[str, int]] = deque(maxlen=REMEMBERED)

    def hand(self, first: TransitionRow) -> None:
        """The first transition of an alert, just committed. Any thread may; then ring."""
        self._handed.append(first)

    def step(self) -> bool:
        """Announce the oldest transitions; False when there is nothing to announce.

        Nothing is done while another process holds the lease. Raises LogUnavailable when the
        log does not acknowledge; the transitions are then still to be announced.
        """
        rows = [] if self._looks else self._take_handed()
        self._looks = bool(rows)
        if not rows:
            with self._database.glance() as connection:
                rows = transitions.unpublished(connection, BATCH)
        if not rows:
            return False
        try:
            if self._clock.monotonic() - self._renewed_at > RENEWED_SECONDS:
                if self._lease.attempt is None and self._lease.acquire() is None:
                    return False
                rows = self._database.run(self._renew_and_read)
            self.pressed = self._looks or len(rows) == BATCH
            records = [_record(row) for row in rows]
            self._log.append(self._topic, records, timeout=APPEND_SECONDS)
            self._database.run(partial(self._mark, rows=rows), forgettable=True)
        except LostLease:
            self._renewed_at = -math.inf
            self.pressed = True  # whoever took over goes on; the next step finds out
            return True
        self._announced.extend((row.alert, row.number) for row in rows)
        for row in rows:
            self._metrics.published((self._clock.now() - row.at).total_seconds())
        return True

    def close(self) -> None:
        """Let another process announce at once."""
        self._renewed_at = -math.inf
        self._lease.release()

    def _take_handed(self) -> list[TransitionRow]:
        """What was handed and not found before, by a look between the commit and the handing."""
        taken = [self._handed.popleft() for _ in range(len(self._handed))]
        return [row for row in taken if (row.alert, row.number) not in self._announced]

    def _renew_and_read(self, connection: Connection) -> list[TransitionRow]:
        self._renew(connection)
        return transitions.unpublished(connection, BATCH)

    def _mark(self, connection: Connection, rows: Sequence[TransitionRow]) -> None:
        self._renew(connection)
        transitions.mark_published(connection, rows, self._clock.now())

    def _renew(self, connection: Connection) -> None:
        now = self._clock.monotonic()
        self._lease.renew(connection)
        self._renewed_at = now


def _record(row: TransitionRow) -> NewRecord:
    data = AlertData.model_validate(row.body)
    event = alert_event(cast(Change, row.kind), row.key, row.at, data)
    return NewRecord(row.key, write_alert_event(event), CONTENT_TYPE)
