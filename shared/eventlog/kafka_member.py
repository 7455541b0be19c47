"""kafka-python's consumer as one member of a group, with the settings that were found to matter."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import kafka.errors as kafka_errors
from kafka import KafkaConsumer
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata, TopicPartition

from shared.eventlog.kafka_cluster import SETTINGS
from shared.eventlog.kafka_quirks import leave_nobody_out, tame_kafka, tame_metadata
from shared.eventlog.kafka_records import poll_records
from shared.eventlog.port import Record

CLOSING_MS = 3000
METADATA_SECONDS = 2.0
SETTINGS_OF_MEMBERS: dict[str, Any] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "none",  # where to begin is decided by us, record by record
    "isolation_level": "read_committed",
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 3_000,
    "max_poll_interval_ms": 60_000,  # how long a member that folds may hold up a rebalance
    "request_timeout_ms": 10_000,
    "bootstrap_timeout_ms": 3_000,
    "reconnect_backoff_max_ms": 1_000,
    "retry_backoff_ms": 200,
    "max_partition_fetch_bytes": 4 * 2**20,
    "metrics_enabled": False,
}
_MISPLACED = (
    kafka_errors.NoOffsetForPartitionError,
    kafka_errors.OffsetOutOfRangeError,
    kafka_errors.LogTruncationError,
)


class Member:
    """A consumer of one topic: a member of `group`, or on its own if that is None.

    `unplaced` is True when something was assigned since it was last set to False, or when the
    consumer lost its place: what is polled then comes from anywhere. Its
    methods raise kafka-python's errors.
    """

    def __init__(
        self, topic: str, *, named: str, group: str | None, options: Mapping[str, Any]
    ) -> None:
        """`named`: what the records' places call the topic."""
        self.unplaced = True
        self._named = named
        self._topic = topic
        self._group = group
        self._options = options
        self._client: Any = None
        self._consumer: Any = None

    @property
    def joined(self) -> bool:
        """Whether it ever reached the cluster."""
        return self._consumer is not None

    def join(self) -> None:
        """Connect and, with a group, subscribe; blocks for 3 s at most."""
        tame_kafka()
        try:
            consumer = KafkaConsumer(
                group_id=self._group,
                kafka_client=self._connect,
                **{**SETTINGS_OF_MEMBERS, **self._options},
            )
        except BaseException:
            if self._client is not None:
                self._client.close()  # else its thread would stay
            raise
        leave_nobody_out(consumer)
        poll_records(consumer, self._named)
        self._consumer = consumer
        if self._group is not None:
            consumer.subscribe([self._topic], listener=_Notes(self))
            # Else the first rebalance, finding out, is followed by another.
            known = threading.Event()
            self._client.cluster.request_update().add_both(lambda _: known.set())
            known.wait(METADATA_SECONDS)

    def take(self, partitions: Iterable[int]) -> None:
        """Without a group: read these."""
        self._consumer.assign([self._of(partition) for partition in partitions])

    def poll(self, max_records: int, seconds: float) -> dict[int, list[Record]]:
        """Records by partition, as soon as there are any."""
        try:
            polled = self._consumer.poll(timeout_ms=seconds * 1000, max_records=max_records)
        except _MISPLACED:
            self.unplaced = True
            return {}
        return {of.partition: records for of, records in polled.items()}

    def assignment(self) -> set[int]:
        """The partitions that are ours now."""
        return {of.partition for of in self._consumer.assignment()}

    def seek(self, starts: Mapping[int, int]) -> None:
        """Go on at these offsets."""
        for partition, offset in starts.items():
            self._consumer.seek(self._of(partition), offset)

    def position(self, partition: int) -> int | None:
        """Where the next record is read from: behind transaction markers, too."""
        try:
            found: int | None = self._consumer.position(self._of(partition), timeout_ms=0)
        except _MISPLACED:
            self.unplaced = True
            return None
        return found

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Show the offsets to tools that look at Kafka for lag; nothing hangs on its success."""
        if self._group is not None:
            self._consumer.commit_async(
                {self._of(p): OffsetAndMetadata(offset, "", -1) for p, offset in offsets.items()}
            )

    def rejoining(self) -> None:
        """A rebalance begins for us.

        If it began because the topic's partitions changed and the poll ends before it does,
        kafka-python 3.0.12 forgets to go on with it, and the group goes on without us: so it
        is told that it still wants to join.
        """
        self.unplaced = True
        self._consumer._coordinator.request_rejoin()

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            self._consumer.close(autocommit=False, timeout_ms=CLOSING_MS)

    def _connect(self, **config: Any) -> Any:
        setup = {name: SETTINGS[name] for name in SETTINGS if name not in config}
        self._client = KafkaNetClient(**{**setup, **config})
        tame_metadata(self._client.cluster)
        return self._client

    def _of(self, partition: int) -> Any:
        return TopicPartition(self._topic, partition)


class _Notes:
    """Only notes what happens: called on the consumer's I/O thread, where nothing may wait."""

    def __init__(self, member: Member) -> None:
        self._member = member

    def on_partitions_revoked(self, revoked: object) -> None:
        self._member.rejoining()

    def on_partitions_assigned(self, assigned: object) -> None:
        self._member.unplaced = True

    def on_partitions_lost(self, lost: object) -> None:
        self._member.unplaced = True


ConsumerRebalanceListener.register(_Notes)
