"""How far a group is behind, looked at from outside of its readers: they may be stuck."""

from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.port import EventLog
from shared.ops.errors import LogUnavailable
from shared.storage.database import Database
from shared.storage.positions import StoredPositions

LAG_SECONDS = 10.0  # between two looks: Prometheus rarely asks more often


class LagWatch:
    """Shows what a group has not folded of a topic, and for how long that has been waiting."""

    def __init__(
        self,
        log: EventLog,
        database: Database,
        *,
        topic: str,
        group: str,
        metrics: ConsumerMetrics,
    ) -> None:
        self._log = log
        self._positions = StoredPositions(database, group)
        self._topic = topic
        self._metrics = metrics.of(topic, group)

    def look(self) -> None:
        """Look once; while the log does not answer, what was seen last goes on ageing."""
        try:
            unread = self._log.unread(self._topic, self._positions)
            waiting = {p: one.first for p, one in unread.items() if one.records}
            written = self._log.written(self._topic, waiting) if waiting else {}
        except LogUnavailable:
            return
        lag = {partition: one.records for partition, one in unread.items()}
        self._metrics.behind(lag, min(written.values(), default=None))
