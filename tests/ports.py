"""Ports of this machine for what tests start."""

import socket
from random import SystemRandom

# Below those that Linux gives to whoever connects somewhere: such a connection would take the
# port between this look and its use.
_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """A port that nobody listens on just now."""
    while True:
        port = SystemRandom().choice(_PORTS)
        with socket.socket() as here:
            if here.connect_ex(("127.0.0.1", port)) != 0:
                return port
