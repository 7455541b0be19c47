"""What can happen to a topic and to a network."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kafka import TopicPartition
from kafka.errors import TopicAlreadyExistsError

DELETE_SECONDS = 20.0


def recreate_topic(admin: Any, name: str, partitions: int) -> None:
    """Delete the topic and make an empty one of the same name."""
    admin.delete_topics([name])
    give_up = time.monotonic() + DELETE_SECONDS
    while True:
        try:
            admin.create_topics({name: {"num_partitions": partitions}}, wait_for_metadata=True)
        except TopicAlreadyExistsError:  # the broker deletes in its own time
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)
        else:
            return


def delete_before(admin: Any, name: str, partition: int, offset: int) -> None:
    """Delete the records below the offset, as retention does."""
    admin.delete_records({TopicPartition(name, partition): offset})


@contextmanager
def blackhole() -> Iterator[str]:
    """An address where connections are accepted and nothing is ever answered."""
    server = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                held.append(server.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in (server, *held):
            connection.close()
