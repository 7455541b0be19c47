"""When records of Kafka were written, without reading on from them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import kafka.errors as kafka_errors
from kafka.protocol.consumer import FetchRequest
from kafka.record.memory_records import MemoryRecords

from shared.eventlog.kafka_cluster import Cluster, raise_code

LOOK_BYTES = 1  # brokers send the first batch whole, however large, and nothing more
CONSUMER = -1


async def written(
    cluster: Cluster, name: str, offsets: Mapping[int, int], until: float
) -> dict[int, datetime]:
    """When the batch that holds each partition's offset was written; none where there is none.

    Raises kafka-python's error when the cluster has not answered by then.
    """

    async def attempt() -> dict[int, datetime]:
        topic = await cluster.topic(name, until)
        found: dict[int, datetime] = {}
        try:
            # One partition a request: of several, only the first is sure to bring anything.
            for node, ours in cluster.by_leader(topic, offsets).items():
                sends = [
                    cluster.send(_request(name, partition, offset), node, until)
                    for partition, offset in ours.items()
                ]
                for response in await cluster.together(sends):
                    if isinstance(response, Exception):
                        raise response
                    found |= _stamps(response)
        except kafka_errors.KafkaError:
            cluster.forget(name)
            raise
        return found

    return await cluster.retried(attempt, until)


def _stamps(response: Any) -> dict[int, datetime]:
    found = {}
    for partition in response.responses[0].partitions:
        raise_code(partition.error_code)
        batch = MemoryRecords(partition.records).next_batch() if partition.records else None
        if batch is not None:
            stamped = datetime.fromtimestamp(batch.max_timestamp / 1000, UTC)
            found[partition.partition_index] = stamped
    return found


def _request(name: str, partition: int, offset: int) -> Any:
    kind = FetchRequest.FetchTopic
    asked = kind.FetchPartition(
        partition=partition,
        current_leader_epoch=-1,
        fetch_offset=offset,
        last_fetched_epoch=-1,
        log_start_offset=-1,
        partition_max_bytes=LOOK_BYTES,
    )
    return FetchRequest(
        replica_id=CONSUMER,
        max_wait_ms=0,
        min_bytes=0,
        max_bytes=LOOK_BYTES,
        isolation_level=0,
        session_id=0,
        session_epoch=-1,
        topics=[kind(topic=name, partitions=[asked])],
        forgotten_topics_data=[],
        rack_id="",
        max_version=12,  # later ones name topics by id
    )
