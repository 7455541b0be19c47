"""Standard Webhooks: how a message is signed, and what a receiver's answer means.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import SplitResult

from services.notifier.channel import Remedy, SendFailed
from services.notifier.outgoing import Outgoing, Unanswered, busy, later, unanswered

PREFIX = "whsec_"
SHORTEST_SECRET, LONGEST_SECRET = 24, 64  # bytes
_GONE = 410


def secret_of(text: str) -> bytes | None:
    """The bytes of whsec_BASE64; None when it is none, or not of 24 to 64 bytes."""
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return None
    fits = SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET
    return secret if fits and text.startswith(PREFIX) else None


def signed(secret: bytes, name: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers that prove who sent `body`, when, and that nobody changed it."""
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(secret, f"{name}.{seconds}.".encode() + body, sha256)
    return {
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def post(outgoing: Outgoing, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> str:
    """The receiver's answer to what it took; raises SendFailed.

    All but «gone» is tried again for a day: a receiver may be mended, and its refusals are not
    about us.
    """
    try:
        answer = outgoing.post(url, body, {"content-type": "application/json", **headers})
    except Unanswered as error:
        raise unanswered(error) from None
    if answer.ok:
        return str(answer.status)
    if busy(answer):
        raise later(answer)
    if answer.status == _GONE:
        raise SendFailed("the receiver answered 410: it wants no more", Remedy.SUPPRESS)
    redirects = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    raise SendFailed(f"the receiver answered {answer.status}{redirects}", Remedy.RETRY)
