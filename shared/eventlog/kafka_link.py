"""The one connection of a log: made on a thread of its own, replaced when it is broken."""

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import kafka.errors as kafka_errors

from shared.eventlog.kafka_cluster import Cluster, Late
from shared.ops.clock import Clock
from shared.ops.errors import LogUnavailable

PAUSE_SECONDS = 1.0  # between attempts to connect
HUNG_SECONDS = 2.0  # after a deadline; then it is the connection that is ill, not the broker
CLOSING_SECONDS = 2.0
T = TypeVar("T")
Work = Callable[[Cluster, float], Awaitable[T]]


class Link:
    """Gives every caller the same connected Cluster and an answer in time when there is none.

    Connecting blocks for seconds while no broker answers, so no caller does it: a thread begins
    when the first asks, and goes on until it has connected.
    """

    def __init__(self, connect: Callable[[], Cluster], clock: Clock, bootstrap: str) -> None:
        self._connect = connect
        self._clock = clock
        self._bootstrap = bootstrap
        self._changed = threading.Condition()
        self._cluster: Cluster | None = None
        self._attempts = 0
        self._failure = self._silence()
        self._connecting = False
        self._closed = False

    def call(self, work: Work[T], *, topic: str, timeout: float) -> T:
        """The result of `work(cluster, until)`, a coroutine that gives up at `until`.

        Raises LogUnavailable after at most `timeout` seconds.
        """
        deadline = self._clock.monotonic() + timeout
        until = deadline - min(0.1, timeout / 10)
        cluster = self.get(until)
        try:
            return cluster.run(work, cluster, until, until=deadline)
        except Late as late:
            self._aside("kafka-late", partial(self._drop_if_hung, cluster, late.done))
            raise LogUnavailable(self._silence()) from None
        except kafka_errors.KafkaError as error:
            raise LogUnavailable(self.reason(error, topic)) from None
        except Exception as error:  # noqa: BLE001 - the I/O thread was ended by a bug
            self.drop(cluster)
            name = type(error).__name__
            raise LogUnavailable(f"the connection to Kafka was lost by {name}; repeat") from None

    def get(self, until: float) -> Cluster:
        """The connected cluster; waits for the attempt under way until then at most."""
        with self._changed:
            if self._cluster is None and not self._closed:
                self._begin_connecting()
                now = self._attempts
                self._changed.wait_for(
                    lambda: self._cluster or self._closed or self._attempts > now,
                    max(0.0, until - self._clock.monotonic()),
                )
            if self._closed:
                raise LogUnavailable("the log was closed: this process is ending")
            if self._cluster is None:
                raise LogUnavailable(self._failure)
            return self._cluster

    def drop(self, cluster: Cluster) -> None:
        """Never give out `cluster` again; it is closed aside."""
        with self._changed:
            if self._cluster is cluster:
                self._cluster = None
        self._aside("kafka-drop", cluster.close)

    def close(self) -> None:
        """Close the connection; it is not made again."""
        with self._changed:
            self._closed = True
            cluster, self._cluster = self._cluster, None
            self._changed.notify_all()
        if cluster is not None:
            self._aside("kafka-close", cluster.close).join(CLOSING_SECONDS)

    def reason(self, error: Exception, topic: str) -> str:
        """What to tell people about an error of kafka-python; never its text."""
        if isinstance(error, kafka_errors.UnknownTopicOrPartitionError):
            return f"topic {topic} is not on the Kafka cluster; run `vigia migrate`"
        for kind, told in _REASONS:
            if isinstance(error, kind):
                return told.format(topic=topic)
        if isinstance(error, kafka_errors.RetriableError):
            return self._silence()
        return f"Kafka refused {topic} with {type(error).__name__}; see `vigia doctor`"

    def _silence(self) -> str:
        return (
            f"Kafka at {self._bootstrap} does not answer; see whether it runs, is reachable and "
            "lets this user in"
        )

    def _begin_connecting(self) -> None:
        if not self._connecting:
            self._connecting = True
            self._aside("kafka-link", self._keep_connecting)

    def _drop_if_hung(self, cluster: Cluster, done: threading.Event) -> None:
        if not done.wait(HUNG_SECONDS):
            self.drop(cluster)

    def _aside(self, name: str, work: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        return thread

    def _keep_connecting(self) -> None:
        while not self._try_connecting():
            with self._changed:
                self._changed.wait_for(lambda: self._closed, PAUSE_SECONDS)
                if self._closed:
                    return

    def _try_connecting(self) -> bool:
        cluster = None
        try:
            cluster = self._connect()
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            self._failure = self.reason(error, "anything")
        with self._changed:
            self._attempts += 1
            if cluster is not None:
                self._connecting = False
                if not self._closed:
                    self._cluster = cluster
            self._changed.notify_all()
        if cluster is not None and self._closed:
            cluster.close()
        return cluster is not None


_REASONS = (
    (kafka_errors.LeaderNotAvailableError, "a partition of {topic} has no leader; repeat later"),
    (
        (kafka_errors.NotEnoughReplicasError, kafka_errors.NotEnoughReplicasAfterAppendError),
        "too few replicas of {topic} are in sync; see whether every broker runs",
    ),
    (
        kafka_errors.MessageSizeTooLargeError,
        "a record is larger than max.message.bytes of {topic}; run `vigia migrate`",
    ),
    (
        (kafka_errors.SaslAuthenticationFailedError, kafka_errors.AuthorizationError),
        "Kafka lets this user neither read nor write {topic}; correct its password or its rights",
    ),
)
