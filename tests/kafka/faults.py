"""What can be done to a topic, as an operator would."""

from typing import Any

from kafka import TopicPartition


def recreate_topic(admin: Any, name: str, partitions: int) -> None:
    """Delete the topic and make an empty one of the same name."""
    admin.delete_topics([name])
    admin.create_topics({name: {"num_partitions": partitions}}, wait_for_metadata=True)


def delete_before(admin: Any, name: str, partition: int, offset: int) -> None:
    """Delete the records below the offset, as retention does."""
    admin.delete_records({TopicPartition(name, partition): offset})
