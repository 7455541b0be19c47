"""A connection to a Kafka cluster for what is not reading: topics, their offsets, produce requests.

Built on kafka-python's connection manager rather than on its producer: a request is sent, awaited
and given up by its own deadline, and nothing of it stays behind in a queue.
"""

import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import kafka.errors as kafka_errors
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.protocol.consumer import IsolationLevel, ListOffsetsRequest, OffsetSpec
from kafka.protocol.metadata import MetadataRequest

from shared.eventlog.kafka_quirks import tame_kafka, tame_metadata
from shared.ops.clock import Clock

REQUEST_SECONDS = 1.5  # after which an answer counts as missing and its connection as dead
SLOWEST_BYTES_A_SECOND = 500_000
RETRY_SECONDS = 0.1
BOOTSTRAP_MS = 3000
SETTINGS: dict[str, Any] = {
    "reconnect_backoff_ms": 50,
    "reconnect_backoff_max_ms": 1000,  # a broker that is back is used again within a second
    "socket_connection_setup_timeout_ms": 2000,
    "socket_connection_setup_timeout_max_ms": 2000,
    "request_timeout_ms": int(REQUEST_SECONDS * 1000),
    "max_in_flight_requests_per_connection": 1000,  # KafkaLog bounds what is in flight, by bytes
    "slow_task_threshold_secs": 0,
}
T = TypeVar("T")


class Late(Exception):
    """The I/O thread has not ended a piece of work by its deadline; `done` is set once it has."""

    def __init__(self, done: threading.Event) -> None:
        super().__init__()
        self.done = done


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the cluster describes it: its id, and each partition's broker (-1: none now).

    The id is empty on clusters older than 2.8: a recreated topic cannot be told there.
    """

    id: str
    leaders: Mapping[int, int]


class Cluster:
    """One connection, to be used by any thread. Its coroutines run on its I/O thread, by `run`.

    Instants named `until` are of `clock.monotonic()`. The coroutines retry what may pass by
    itself and raise kafka-python's error when it has not passed by then.
    """

    def __init__(
        self, options: Mapping[str, Any], clock: Clock, *, metadata_seconds: float
    ) -> None:
        """Connects, which blocks; raises kafka-python's KafkaTimeoutError after 3 s without."""
        tame_kafka()
        self._clock = clock
        self._metadata_seconds = metadata_seconds
        self._topics: dict[str, tuple[float, Topic]] = {}
        metadata_ms = int(metadata_seconds * 1000)
        config = {**SETTINGS, **options, "metadata_max_age_ms": metadata_ms}
        self._net = NetworkSelector(**config)
        self._manager = KafkaConnectionManager(self._net, **config)
        tame_metadata(self._manager.cluster)
        self._net.start()
        try:
            self._manager.bootstrap(BOOTSTRAP_MS)
        except BaseException:
            self.close()
            raise

    def run(self, work: Callable[..., Awaitable[T]], *args: Any, until: float) -> T:
        """Run a coroutine on the I/O thread and wait for its result.

        Raises Late when there is none at `until`; coroutines should give up a little earlier.
        """
        done = threading.Event()
        future = self._manager.call_soon(work, *args)
        future.add_both(lambda _: done.set())
        if not done.wait(max(0.0, until - self._clock.monotonic())):
            raise Late(done)
        if future.exception is not None:
            raise future.exception
        result: T = future.value
        return result

    def known(self, name: str) -> Topic | None:
        """The topic, if it was looked at lately."""
        found = self._topics.get(name)
        if found is None or self._clock.monotonic() - found[0] > self._metadata_seconds:
            return None
        return found[1]

    async def topic(self, name: str, until: float, *, fresh: bool = False) -> Topic:
        """The topic as it is; as it was lately unless `fresh`."""
        known = self.known(name)
        if known is not None and not fresh:
            return known
        return await self.retried(lambda: self._describe(name, until), until)

    async def ping(self, until: float) -> None:
        """Hear from any broker."""
        await self.retried(lambda: self.send(_metadata_request([]), None, until), until)

    async def offsets(
        self, name: str, until: float, *, earliest: bool = False, committed: bool = False
    ) -> dict[int, int]:
        """Each partition's end (of transactions that ended, if `committed`) or earliest offset."""
        at = int(OffsetSpec.EARLIEST if earliest else OffsetSpec.LATEST)
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        return await self.retried(lambda: self._offsets(name, at, level.value, until), until)

    async def send(self, request: Any, node: int | None, until: float, *, size: int = 0) -> Any:
        """Send one request (to any broker if `node` is None) and return its response.

        One of `size` bytes is given the time to be carried, too.
        """
        patience = REQUEST_SECONDS + size / SLOWEST_BYTES_A_SECOND
        left = 1000 * min(patience, until - self._clock.monotonic())
        if left <= 0:
            raise kafka_errors.KafkaTimeoutError
        answer = self._manager.send(request, node_id=node, request_timeout_ms=left)
        return await self._manager.wait_for(answer, left)

    async def together(self, sends: Sequence[Awaitable[T]]) -> list[T | Exception]:
        """The result of each, or the error that it raised."""
        results: list[T | Exception] = []
        for future in [self._manager.call_soon(send) for send in sends]:
            try:
                results.append(await future)
            except Exception as error:  # noqa: BLE001 - whoever asked for it decides
                results.append(error)
        return results

    async def retried(self, attempt: Callable[[], Awaitable[T]], until: float) -> T:
        """The result of `attempt`, made again after errors that may pass."""
        while True:
            try:
                return await attempt()
            except kafka_errors.KafkaError as error:
                if not may_pass(error) or self._clock.monotonic() + RETRY_SECONDS >= until:
                    raise
            await self._net.sleep(RETRY_SECONDS)

    def by_leader(self, topic: Topic, partitions: Mapping[int, T]) -> dict[int, dict[int, T]]:
        """`partitions` by the broker that leads them; raises a passing error where none does."""
        found: dict[int, dict[int, T]] = defaultdict(dict)
        for partition, value in partitions.items():
            leader = topic.leaders.get(partition, -1)
            if leader < 0:
                raise kafka_errors.LeaderNotAvailableError
            found[leader][partition] = value
        return found

    def forget(self, name: str) -> None:
        """Look at the topic anew before it is used again: an answer did not fit it."""
        self._topics.pop(name, None)
        self._manager.cluster.request_update()

    def close(self) -> None:
        """Close the connections and end the I/O thread; waits for that thread."""
        self._manager.close()
        self._net.close()

    async def _describe(self, name: str, until: float) -> Topic:
        [found] = (await self.send(_metadata_request([name]), None, until)).topics
        raise_code(found.error_code)
        leaders = {p.partition_index: p.leader_id for p in found.partitions}
        topic = Topic(str(found.topic_id or ""), dict(sorted(leaders.items())))
        self._topics[name] = (self._clock.monotonic(), topic)
        return topic

    async def _offsets(self, name: str, at: int, level: int, until: float) -> dict[int, int]:
        try:
            topic = await self.topic(name, until)
            sends = [
                self.send(_offsets_request(name, partitions, level), node, until)
                for node, partitions in self.by_leader(
                    topic, dict.fromkeys(topic.leaders, at)
                ).items()
            ]
            found = {}
            for response in await self.together(sends):
                if isinstance(response, Exception):
                    raise response
                for partition in response.topics[0].partitions:
                    raise_code(partition.error_code)
                    found[partition.partition_index] = partition.offset
        except kafka_errors.KafkaError:
            self.forget(name)
            raise
        return found


def may_pass(error: Exception) -> bool:
    """Whether the same request may succeed in a while."""
    return isinstance(error, kafka_errors.RetriableError | kafka_errors.UnknownBrokerIdError)


def raise_code(code: int) -> None:
    """Raise kafka-python's error for the code of a response, unless it says that all is well."""
    if code:
        raise kafka_errors.for_code(code)


def _metadata_request(names: list[str]) -> Any:
    return MetadataRequest(
        topics=[MetadataRequest.MetadataRequestTopic(name=name) for name in names],
        allow_auto_topic_creation=False,
        include_cluster_authorized_operations=False,
        include_topic_authorized_operations=False,
    )


def _offsets_request(name: str, partitions: Mapping[int, int], level: int) -> Any:
    kind = ListOffsetsRequest.ListOffsetsTopic
    asked = [
        kind.ListOffsetsPartition(partition_index=partition, timestamp=at)
        for partition, at in partitions.items()
    ]
    return ListOffsetsRequest(
        isolation_level=level,
        topics=[kind(name=name, partitions=asked)],
        min_version=ListOffsetsRequest.min_version_for_isolation_level(level),
    )
