"""Whose certificates are believed."""

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """Those that the system believes, for all channels: its list is long to read."""
    return ssl.create_default_context()
