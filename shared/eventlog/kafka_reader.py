"""Reading Kafka as one member of a consumer group, from positions that we store ourselves."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import kafka.errors as kafka_errors

from shared.eventlog.kafka_cluster import Topic
from shared.eventlog.kafka_link import Link
from shared.eventlog.kafka_member import Member
from shared.eventlog.kafka_watch import Watch
from shared.eventlog.port import Batch, Position, Positions, Record
from shared.ops.clock import Clock
from shared.ops.errors import LogReplaced, LogUnavailable

LOOK_SECONDS = 3.0
COMMIT_SECONDS = 5.0
VERIFY_SECONDS = 1.0
QUIET_SECONDS = 0.2  # without records, after which there is time for that
VERIFYING_SECONDS = 0.5  # how long that may hold up reading while no broker answers


class KafkaReader:
    """Keeps the promises of LogReader.

    What the group assigns is placed before anything of it is given out: the stored position is
    read, checked against the topic and sought. Kafka's own offsets are committed for tools that
    show lag, and never used.
    """

    def __init__(
        self,
        link: Link,
        clock: Clock,
        positions: Positions,
        *,
        topic: str,
        name: str,
        group: str | None,
        closed: Callable[["KafkaReader"], None],
        options: Mapping[str, Any],
    ) -> None:
        """`name` is the topic's on the cluster, `topic` everybody else's; `group` as there.

        Without a group it reads every partition and disturbs nobody.
        """
        self._link = link
        self._clock = clock
        self._positions = positions
        self._topic = topic
        self._name = name
        self._closed = closed
        self._alone = group is None
        self._member = Member(name, named=topic, group=group, options=options)
        self._topic_id = ""
        self._stored: dict[int, Position | None] = {}  # as it is once the caller has folded
        self._reached: dict[int, int] = {}
        self._commit_at = 0.0
        self._verify_at = 0.0
        self._verified_at = 0.0
        self._watch = Watch(clock, name)

    def poll(self, *, max_records: int, timeout: float, ahead: bool = False) -> list[Batch]:
        """See LogReader.poll.

        Raises LogUnavailable when the cluster cannot be joined or read; a broker that goes away
        later means empty lists until it is back. Raises LogStalled when nothing was read for
        long although there is more.
        """
        deadline = self._clock.monotonic() + timeout
        try:
            if not self._member.joined:
                self._join()
            self._commit()
            while True:
                batches = self._poll(max_records, deadline, ahead=ahead)
                misplaced = ahead and self._member.unplaced
                if batches or misplaced or self._clock.monotonic() >= deadline:
                    break
        except kafka_errors.KafkaError as error:
            raise LogUnavailable(self._link.reason(error, self._name)) from None
        if not batches:
            self._watch.nothing_came(self._reached, lambda: self._offsets(committed=True))
        return batches

    def rewind(self) -> None:
        """See LogReader.rewind."""
        self._member.unplaced = True

    def close(self) -> None:
        """See LogReader.close."""
        self._member.close()
        self._closed(self)

    def _join(self) -> None:
        described = self._described()  # and fails early, if nothing answers
        self._member.join()
        if self._alone:
            self._member.take(described.leaders)

    def _poll(self, max_records: int, deadline: float, *, ahead: bool) -> list[Batch]:
        now = self._clock.monotonic()
        seconds = max(0.0, deadline - now)
        due = not self._member.unplaced and now >= self._verify_at
        polled = self._member.poll(max_records, min(seconds, QUIET_SECONDS) if due else seconds)
        if polled:
            self._verify_late()
        elif due:
            self._verify_early()
        if self._member.unplaced:
            if not ahead:
                self._place()
            return []  # what came before we sought is not what comes next
        moved = sorted(polled) or self._stored
        batches = [self._batch(partition, polled.get(partition, ())) for partition in moved]
        return [batch for batch in batches if batch is not None]

    def _batch(self, partition: int, records: Sequence[Record]) -> Batch | None:
        reached = self._member.position(partition)
        if reached is None or reached == self._reached[partition]:
            return None
        start, end = self._stored[partition], Position(reached, self._topic_id)
        self._stored[partition], self._reached[partition] = end, reached
        return Batch(self._topic, partition, start, end, records)

    def _verify_early(self) -> None:
        """Verify while there is nothing to read, so that nothing that comes waits for it."""
        self._verify_at = self._clock.monotonic() + VERIFY_SECONDS  # even if it fails
        with suppress(LogUnavailable):  # an absent broker is no error while there is no record
            self._verify(VERIFYING_SECONDS)

    def _verify_late(self) -> None:
        """Verify what was polled, unless that was done a moment ago."""
        trusted_until = self._verified_at + 2 * VERIFY_SECONDS
        if self._member.unplaced or self._clock.monotonic() < trusted_until:
            return
        try:
            self._verify(LOOK_SECONDS)
        except LogUnavailable:
            self._member.unplaced = True  # so that what was polled is read again
            raise

    def _verify(self, timeout: float) -> None:
        """Notice that what is read is of another topic of the same name.

        The consumer fetches by name and may not hear of it: so the cluster is asked.
        """
        if self._described(timeout).id != self._topic_id:
            self._member.unplaced = True

    def _place(self) -> None:
        """Seek what was assigned to its stored positions, else to its earliest records."""
        described = self._described()
        stored = self._positions.read(self._topic)
        if any(position.topic_id != described.id for position in stored.values()):
            raise self._replaced("belongs to an earlier topic of that name")
        assigned = self._member.assignment()
        earliest, ends = self._offsets(earliest=True), self._offsets()
        starts = {p: stored[p].next_offset if p in stored else earliest[p] for p in assigned}
        for partition, start in starts.items():
            if start < earliest[partition]:
                raise self._replaced("lies before the earliest record")
            if start > ends[partition]:
                raise self._replaced("lies behind the newest record")
        self._member.seek(starts)
        self._member.unplaced = False
        self._topic_id = described.id
        self._stored = {p: stored.get(p) for p in sorted(assigned)}
        self._reached = starts
        self._watch.forget()

    def _described(self, timeout: float = LOOK_SECONDS) -> Topic:
        described = self._link.call(
            lambda cluster, until: cluster.topic(self._name, until, fresh=True),
            topic=self._name,
            timeout=timeout,
        )
        self._verified_at = self._clock.monotonic()
        self._verify_at = self._verified_at + VERIFY_SECONDS
        return described

    def _offsets(self, *, earliest: bool = False, committed: bool = False) -> dict[int, int]:
        return self._link.call(
            lambda cluster, until: cluster.offsets(
                self._name, until, earliest=earliest, committed=committed
            ),
            topic=self._name,
            timeout=LOOK_SECONDS,
        )

    def _commit(self) -> None:
        if self._alone or self._member.unplaced or self._clock.monotonic() < self._commit_at:
            return
        self._commit_at = self._clock.monotonic() + COMMIT_SECONDS
        stored = self._positions.read(self._topic)
        offsets = {p: stored[p].next_offset for p in self._stored if p in stored}
        if offsets:
            self._member.commit(offsets)

    def _replaced(self, how: str) -> LogReplaced:
        return LogReplaced(
            f"the stored position of a partition of {self._name} {how}: events would be skipped "
            "in silence; restore the topic, or start over with `vigia replay`"
        )
