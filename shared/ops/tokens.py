"""Signed tokens of a few words and numbers, in characters that an address may hold."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from json import JSONEncoder
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_encode

LONGEST = 1024
_SHORT = 120  # bytes that are not worth compressing
_json = JSONEncoder(separators=(",", ":")).encode


class BadToken(Exception):
    """The token was not made here, or was changed on its way."""


class Tokens:
    """Makes and reads the tokens of one key and purpose, as itsdangerous does.

    It derives its key anew for each token and tries to compress each, which costs more than all
    the rest, and a mail holds seven. So what is short is signed here.
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        self._serializer = URLSafeSerializer(
            key,
            salt=purpose,
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )
        derived = self._serializer.make_signer(purpose).derive_key()
        self._signing = hmac.new(derived, digestmod=sha256)  # copied for each token

    def token(self, values: Sequence[str | int]) -> str:
        """The values, signed."""
        written = _json(values).encode("ascii")
        if len(written) > _SHORT:
            return str(self._serializer.dumps(values))
        payload = base64_encode(written)
        signing = self._signing.copy()
        signing.update(payload)
        signature = base64_encode(signing.digest())
        return f"{payload.decode('ascii')}.{signature.decode('ascii')}"

    def read(self, token: str) -> Any:
        """What was signed. Raises BadToken."""
        if len(token) > LONGEST or not token.isascii():
            raise BadToken
        try:
            return self._serializer.loads(token)
        except BadData:
            raise BadToken from None
