"""What kafka-python 3.0.12 must be told or spared before it does what we rely on."""

import logging
from typing import Any

from kafka.net.inet import KafkaNetSocket

METADATA_RETRY_MS = 500

_connect = KafkaNetSocket.sock_connect


def tame_kafka() -> None:
    """Before the first client of a process; again changes nothing.

    Its debug lines hold keys and values: they are never written, whatever level is set. A
    socket that it could not connect stays open until Python's collector comes by, one a try
    while a broker is away: it is closed at once.
    """
    logger = logging.getLogger("kafka")
    if logger.level < logging.INFO:
        logger.setLevel(logging.INFO)
    KafkaNetSocket.sock_connect = _connect_or_close


def tame_metadata(metadata: Any) -> None:
    """For each client: settings that it takes and does not pass on to its metadata."""
    metadata.config["allow_auto_create_topics"] = False
    metadata.config["retry_backoff_ms"] = METADATA_RETRY_MS


def leave_nobody_out(consumer: Any) -> None:
    """For each consumer: ask a broker for more only when all that it sent has been taken.

    Where something of one partition is still to be taken, kafka-python asks for the others
    alone. If nothing comes of them, the answer takes half a second, and so long whatever is
    written to the first partition waits.
    """
    fetcher = consumer._fetcher
    ready_of, broker_of = fetcher._fetchable_partitions, fetcher._select_read_replica

    def fetchable() -> list[Any]:
        ready: list[Any] = ready_of()
        untaken = {*fetcher._subscriptions.fetchable_partitions()} - {*ready}
        busy = {broker_of(one) for one in untaken}
        return [one for one in ready if broker_of(one) not in busy]

    fetcher._fetchable_partitions = fetchable


async def _connect_or_close(self: Any, net: Any, sock: Any, *place: Any, **limits: Any) -> Any:
    try:
        return await _connect(self, net, sock, *place, **limits)
    except BaseException:
        sock.close()
        raise
