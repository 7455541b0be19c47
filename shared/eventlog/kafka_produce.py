"""Appending to Kafka: records packed into one batch a partition, sent and acknowledged by all.

Requests ask for acks=all and no idempotence: a repeated attempt may write a record twice, which
readers remove. The records of one call that share a partition are in one batch, so they keep
their order whatever is repeated, and become readable together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import kafka.errors as kafka_errors
from kafka.protocol.producer import ProduceRequest
from kafka.record.memory_records import MemoryRecordsBuilder

from shared.eventlog.kafka_cluster import REQUEST_SECONDS, RETRY_SECONDS, Cluster, may_pass
from shared.eventlog.partition import partition_of
from shared.eventlog.port import NewRecord

LARGEST_BATCH_BYTES = 900_000  # brokers refuse batches above 1 MiB unless told otherwise
ALL_REPLICAS = -1
RECORD_FORMAT = 2
UNCOMPRESSED = 0

Round = Mapping[int, Any]  # partition -> its batch, closed


class Packed:
    """Records as batches: rounds to be sent one after another, with one batch a partition each."""

    def __init__(self, records: Sequence[NewRecord], partitions: int, at_ms: int) -> None:
        self.rounds: list[dict[int, Any]] = []
        self.slots = [self._add(record, partitions, at_ms) for record in records]
        for batches in self.rounds:
            for batch in batches.values():
                batch.close()

    def _add(self, record: NewRecord, partitions: int, at_ms: int) -> tuple[int, int, int]:
        """Pack one record and return its round, its partition and its place in the batch."""
        partition = partition_of(record.key, partitions)
        key, headers = record.key.encode(), list(record.headers)
        number = max(0, self._last_round(partition))
        while True:
            if number == len(self.rounds):
                self.rounds.append({})
            batch = self.rounds[number].get(partition)
            if batch is None:
                batch = MemoryRecordsBuilder(RECORD_FORMAT, UNCOMPRESSED, LARGEST_BATCH_BYTES)
                self.rounds[number][partition] = batch
            added = batch.append(at_ms, key, record.value, headers)
            if added is not None:
                return number, partition, added.offset
            number += 1

    def _last_round(self, partition: int) -> int:
        return sum(partition in batches for batches in self.rounds) - 1


async def produce(cluster: Cluster, topic: str, rounds: Sequence[Round], until: float) -> list[Any]:
    """Send the rounds one after another; each round's first offsets by partition.

    Raises kafka-python's error if a batch is not acknowledged until then.
    """
    return [await _produce_round(cluster, topic, batches, until) for batches in rounds]


async def _produce_round(
    cluster: Cluster, topic: str, batches: Round, until: float
) -> dict[int, int]:
    left = dict(batches)
    found: dict[int, int] = {}

    async def attempt() -> dict[int, int]:
        try:
            await _send_batches(cluster, topic, left, found, until)
        except kafka_errors.KafkaError:
            cluster.forget(topic)
            raise
        return found

    return await cluster.retried(attempt, until)


async def _send_batches(
    cluster: Cluster, topic: str, left: dict[int, Any], found: dict[int, int], until: float
) -> None:
    """Move what is acknowledged from `left` to `found`; raise the first error of the others."""
    described = await cluster.topic(topic, until)
    sends = [
        cluster.send(_request(topic, batches), node, until, size=_size(batches))
        for node, batches in cluster.by_leader(described, left).items()
    ]
    errors: list[Exception] = []
    for response in await cluster.together(sends):
        if isinstance(response, Exception):
            errors.append(response)
            continue
        for partition in response.responses[0].partition_responses:
            if partition.error_code:
                errors.append(kafka_errors.for_code(partition.error_code)())
            else:
                found[partition.index] = partition.base_offset
                del left[partition.index]
    if errors:
        raise next((error for error in errors if not may_pass(error)), errors[0])


def _size(batches: Mapping[int, Any]) -> int:
    return sum(batch.size_in_bytes() for batch in batches.values())


def _request(topic: str, batches: Mapping[int, Any]) -> Any:
    kind = ProduceRequest.TopicProduceData
    data = [
        kind.PartitionProduceData(index=partition, records=batch.buffer())
        for partition, batch in batches.items()
    ]
    return ProduceRequest(
        transactional_id=None,
        acks=ALL_REPLICAS,
        timeout_ms=int((REQUEST_SECONDS - RETRY_SECONDS) * 1000),
        topic_data=[kind(name=topic, partition_data=data)],
        max_version=9,  # later ones name topics by id
    )
