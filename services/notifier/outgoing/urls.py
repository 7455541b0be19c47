"""Reading an URL that a person gave, so that nothing in it can surprise later."""

import re
from urllib.parse import SplitResult, urlsplit

from shared.ops.errors import InputError

LONGEST = 2048
_PLAIN = re.compile(r"[!-~]+")  # no space, no control character, nothing beyond ASCII
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


def checked_url(url: str, what: str) -> SplitResult:
    """The parts of an http or https URL with a host and nothing hidden in it.

    Raises InputError, which does not repeat the URL: it is often a secret. `what` names it.
    """
    parts = _split(url) if len(url) <= LONGEST and _PLAIN.fullmatch(url) else None
    if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise InputError(
            f"the URL of {what} cannot be used; write it whole, as https://HOST/PATH, without "
            "spaces, a name or a password"
        )
    return parts


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        host, port = parts.netloc.rsplit("@")[-1], parts.port
    except ValueError:
        return None
    name = host.removesuffix(f":{port}") if port is not None else host
    return parts if _HOST.fullmatch(name) and port != 0 else None


def host_of(url: str) -> str:
    """The host of an URL in lower case; empty where there is none to be read."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
