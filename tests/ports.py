"""Ports of this machine for what tests start."""

import socket
from random import SystemRandom

# Below those that Linux gives to whoever connects somewhere: such a connection would take the
# port between this look and its use.
_PORTS = range(20_000, 32_768)
_untried = iter(SystemRandom().sample(_PORTS, len(_PORTS)))


def free_port() -> int:
    """A port that nobody listens on just now, another one each time."""
    return next(port for port in _untried if not _is_taken(port))


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
