"""The event log on Apache Kafka: any number of partitions, readers and processes."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from shared.eventlog.kafka_cluster import Cluster, Topic
from shared.eventlog.kafka_link import Link
from shared.eventlog.kafka_produce import Packed, produce
from shared.eventlog.kafka_reader import KafkaReader
from shared.eventlog.kafka_written import written
from shared.eventlog.port import PASSING, NewRecord, Place, Positions, Unread
from shared.ops.clock import Clock
from shared.ops.errors import LogUnavailable

METADATA_SECONDS = 30.0  # after which a topic that grew is noticed
CHECK_SECONDS = 1.0
LOOK_SECONDS = 5.0
IN_FLIGHT_BYTES = 64 * 2**20


class KafkaLog:
    """Keeps the promises of EventLog on Kafka.

    On the cluster the names of topics and groups begin with `prefix` in place of `vigia`, so
    that rights can be given by it; here and in stored positions they keep their name. Topics
    are never created by using them: see kafka_topics. The records of one append that share a
    partition become readable together; if it fails, some partitions may have theirs.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        clock: Clock,
        owner: str,
        prefix: str = "vigia",
        needs: Sequence[str] = (),
        access: Mapping[str, Any] | None = None,
        metadata_seconds: float = METADATA_SECONDS,
    ) -> None:
        """Connects to nothing yet. `owner` names this process to the brokers.

        `needs`: topics without which `check` complains. `access`: kafka-python's settings of
        security (security_protocol, sasl_*, ssl_*).
        """
        self._clock = clock
        self._prefix = prefix
        self._needs = needs
        self._metadata_seconds = metadata_seconds
        self._options = {
            "bootstrap_servers": bootstrap.split(","),
            "client_id": owner,
            **(access or {}),
        }
        self._link = Link(self._connect, clock, bootstrap)
        self._room = Room(IN_FLIGHT_BYTES)
        self._readers: set[KafkaReader] = set()
        self._heard: dict[str, dict[int, int]] = {}  # ends, by topic

    def append(self, topic: str, records: Sequence[NewRecord], *, timeout: float) -> list[Place]:
        """See EventLog.append."""
        if not records:
            return []
        deadline = self._clock.monotonic() + timeout
        name = self._on_cluster(topic)
        with self._room.hold(sum(len(record.value) for record in records), timeout):
            partitions = len(self._topic(name, deadline).leaders)
            packed = Packed(records, partitions, int(self._clock.real().timestamp() * 1000))
            firsts = self._link.call(
                lambda cluster, until: produce(cluster, name, packed.rounds, until),
                topic=name,
                timeout=deadline - self._clock.monotonic(),
            )
        return [
            Place(topic, partition, firsts[number][partition] + at)
            for number, partition, at in packed.slots
        ]

    def reader(self, topic: str, group: str, positions: Positions) -> KafkaReader:
        """See EventLog.reader. Joins its group when it is first polled."""
        reader = KafkaReader(
            self._link,
            self._clock,
            positions,
            topic=topic,
            name=self._on_cluster(topic),
            group=None if group.startswith(PASSING) else self._on_cluster(group),
            closed=self._readers.discard,
            options={
                **self._options,
                "metadata_max_age_ms": int(self._metadata_seconds * 1000),
            },
        )
        self._readers.add(reader)
        return reader

    def ends(self, topic: str) -> dict[int, int]:
        """See EventLog.ends. Raises LogUnavailable while nothing answers."""
        return self._offsets(topic)

    def unread(self, topic: str, positions: Positions) -> dict[int, Unread]:
        """See EventLog.unread. Raises LogUnavailable if nothing ever answered."""
        firsts = {p: found.next_offset for p, found in positions.read(topic).items()}
        try:
            ends = self._heard[topic] = self._offsets(topic)
            if ends.keys() - firsts.keys():
                firsts = {**self._offsets(topic, earliest=True), **firsts}
        except LogUnavailable:
            if topic not in self._heard:
                raise
            ends = self._heard[topic]
        return {
            p: Unread(firsts.get(p, 0), max(0, end - firsts.get(p, 0))) for p, end in ends.items()
        }

    def misplaced(self, topic: str, positions: Positions) -> set[int]:
        """See EventLog.misplaced. Raises LogUnavailable while nothing answers."""
        deadline = self._clock.monotonic() + LOOK_SECONDS
        topic_id = self._topic(self._on_cluster(topic), deadline, fresh=True).id
        earliest, ends = self._offsets(topic, earliest=True), self._offsets(topic)
        return {
            p
            for p, position in positions.read(topic).items()
            if position.topic_id != topic_id
            or p not in ends
            or not earliest[p] <= position.next_offset <= ends[p]
        }

    def written(self, topic: str, offsets: Mapping[int, int]) -> dict[int, datetime]:
        """See EventLog.written: when the broker stored the batch that holds the record."""
        name = self._on_cluster(topic)
        return self._link.call(
            lambda cluster, until: written(cluster, name, offsets, until),
            topic=name,
            timeout=LOOK_SECONDS,
        )

    def check(self) -> str | None:
        """See EventLog.check; takes a second at most for each topic that is needed."""
        try:
            if not self._needs:
                self._link.call(Cluster.ping, topic="", timeout=CHECK_SECONDS)
            for name in map(self._on_cluster, self._needs):
                topic = self._topic(name, self._clock.monotonic() + CHECK_SECONDS, fresh=True)
                if min(topic.leaders.values(), default=0) < 0:
                    return f"a partition of {name} has no leader; see whether every broker runs"
        except LogUnavailable as error:
            return str(error)
        return None

    def close(self) -> None:
        """See EventLog.close. Readers leave their groups."""
        for reader in list(self._readers):
            reader.close()
        self._link.close()

    def _connect(self) -> Cluster:
        return Cluster(self._options, self._clock, metadata_seconds=self._metadata_seconds)

    def _topic(self, name: str, deadline: float, *, fresh: bool = False) -> Topic:
        timeout = deadline - self._clock.monotonic()
        cluster = self._link.get(deadline)
        known = None if fresh else cluster.known(name)
        return known or self._link.call(
            lambda cluster, until: cluster.topic(name, until, fresh=fresh),
            topic=name,
            timeout=timeout,
        )

    def _offsets(self, topic: str, *, earliest: bool = False) -> dict[int, int]:
        name = self._on_cluster(topic)
        return self._link.call(
            lambda cluster, until: cluster.offsets(name, until, earliest=earliest),
            topic=name,
            timeout=LOOK_SECONDS,
        )

    def _on_cluster(self, name: str) -> str:
        return f"{self._prefix}.{name.removeprefix('vigia.')}"


class Room:
    """Bounds the bytes of appends under way; one that is larger goes alone."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held = 0
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, size: int, timeout: float) -> Iterator[None]:
        """Hold `size` bytes; raises LogUnavailable when they are not free within `timeout`."""
        size = min(size, self._capacity)
        with self._changed:
            fits = self._changed.wait_for(lambda: self._held + size <= self._capacity, timeout)
            if not fits:
                raise LogUnavailable("too many events wait to be written to Kafka; repeat later")
            self._held += size
        try:
            yield
        finally:
            with self._changed:
                self._held -= size
                self._changed.notify_all()
