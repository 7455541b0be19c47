"""Who is asking, and what their key allows."""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
from sqlalchemy.exc import SQLAlchemyError

from services.ingest.gate import Gate, GateFull, GateTimeout
from shared.ops.clock import Clock
from shared.storage.database import Database
from shared.storage.keys import ApiKey, find_key, key_hash

FRESH_SECONDS = 60.0  # a revoked key works no longer than this
STALE_SECONDS = 600.0  # a known key works this long while the database is down
LOOKUP_SECONDS = 1.0
PAUSE_SECONDS = 5.0  # between two attempts to reach a database that is down
_MASTER_TYPES = frozenset({"customer", "rep"})


class KeysUnavailable(Exception):
    """The key is not known here and the database cannot be asked."""


@dataclass(frozen=True, slots=True)
class _Known:
    key: ApiKey
    read_at: float


class Keys:
    """Keys by secret, remembered for a minute, and for ten while the database is down.

    Only keys that exist are remembered, so guessing fills no memory. Event loop only.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._gate = Gate(2)  # one asks at a time; a lookup that hangs leaves room for another
        self._asking = anyio.Lock()
        self._known: dict[str, _Known] = {}
        self._ask_after = float("-inf")

    async def find(self, secret: str) -> ApiKey | None:
        """The key of that secret, None when there is none. Raises KeysUnavailable."""
        hashed = key_hash(secret)
        if key := self._remembered(hashed, FRESH_SECONDS):
            return key
        async with self._asking:  # a burst of one new key asks once
            if key := self._remembered(hashed, FRESH_SECONDS):
                return key
            try:
                return await self._ask(hashed)
            except KeysUnavailable:
                if key := self._remembered(hashed, STALE_SECONDS):
                    return key
                raise

    def _remembered(self, hashed: str, seconds: float) -> ApiKey | None:
        known = self._known.get(hashed)
        if known is None or self._clock.monotonic() - known.read_at > seconds:
            return None
        return known.key

    async def _ask(self, hashed: str) -> ApiKey | None:
        if self._clock.monotonic() < self._ask_after:
            raise KeysUnavailable
        try:
            key = await self._gate.run(lambda: self._read(hashed), seconds=LOOKUP_SECONDS)
        except GateFull:
            raise KeysUnavailable from None
        except (SQLAlchemyError, GateTimeout):
            self._ask_after = self._clock.monotonic() + PAUSE_SECONDS
            raise KeysUnavailable from None
        if key is None:
            self._known.pop(hashed, None)
        else:
            self._known[hashed] = _Known(key, self._clock.monotonic())
        return key

    def _read(self, hashed: str) -> ApiKey | None:
        with self._database.read() as connection:
            return find_key(connection, hashed)


def bearer(header: str | None) -> str | None:
    """The secret of an Authorization header, None when it holds none."""
    scheme, _, secret = (header or "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def forbidden(key: ApiKey, item: Mapping[str, object]) -> tuple[str, str] | None:
    """(pointer, detail) of why the key may not post the item, None when it may.

    Looks at what the sender wrote, so that it also covers items which are not valid: what is
    kept in the quarantine can be retried later.
    """
    kind, source = item.get("type"), item.get("source")
    if isinstance(kind, str) and kind in _MASTER_TYPES and not key.allows("master"):
        return "/type", "master data needs a key with the scope master"
    if key.source is not None and isinstance(source, str) and source != key.source:
        return "/source", "the key is bound to another source"
    return None
