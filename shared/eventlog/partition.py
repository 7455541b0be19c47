"""In which partition of a topic the records of a key lie: where Kafka's own clients put them."""

from functools import lru_cache


@lru_cache(maxsize=50_000)
def key_hash(key: str) -> int:
    """What Kafka's own clients make of a key; a partition is this modulo their number."""
    from kafka.partitioner import murmur2  # a laptop's log has one partition and no Kafka

    return int(murmur2(key.encode())) & 0x7FFFFFFF


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, of so many that the topic has."""
    return 0 if partitions == 1 else key_hash(key) % partitions
