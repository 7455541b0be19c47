"""Makes kafka-python 3.0.12 close the sockets that it could not connect.

It drops them open, which costs a file descriptor a try while a broker is away, until Python's
collector comes by.
"""

from typing import Any

from kafka.net.inet import KafkaNetSocket

_connect = KafkaNetSocket.sock_connect


async def _connect_or_close(self: Any, net: Any, sock: Any, *place: Any, **limits: Any) -> Any:
    try:
        return await _connect(self, net, sock, *place, **limits)
    except BaseException:
        sock.close()
        raise


def close_failed_sockets() -> None:
    """Do it from here on, in this process; again changes nothing."""
    KafkaNetSocket.sock_connect = _connect_or_close
