"""API keys: who may post and read. Only their hashes are stored; a lost key is replaced."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from shared.ops.errors import InputError
from shared.storage.tables import api_key

SCOPES = ("ingest", "master", "read", "admin")
_IMPLIED = {"admin": frozenset(SCOPES), "master": frozenset({"ingest"})}
_LONGEST_SOURCE = 128


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored. `source` binds it to one feed; None: any."""

    id: str
    scopes: frozenset[str]
    source: str | None
    created_at: datetime
    revoked_at: datetime | None

    def allows(self, scope: str) -> bool:
        """True when one of its scopes is, or contains, `scope`."""
        return any(scope == own or scope in _IMPLIED.get(own, ()) for own in self.scopes)


def key_hash(secret: str) -> str:
    """What is stored of a key. Keys are 256 random bits, so one round of sha256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def create_key(
    connection: Connection, *, scopes: Collection[str], source: str | None, at: datetime
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is seen here and never again.

    Raises InputError for an unknown scope or a source that no event can have.
    """
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InputError(f"a key needs scopes out of {', '.join(SCOPES)}; check --scope")
    if source is not None and not (0 < len(source) <= _LONGEST_SOURCE and source.isprintable()):
        raise InputError("a source has 1 to 128 printable characters; check --source")
    secret = "vigia_" + secrets.token_urlsafe(32)
    key = ApiKey("k_" + secrets.token_hex(5), frozenset(scopes), source, at, None)
    connection.execute(
        insert(api_key).values(
            id=key.id,
            hash=key_hash(secret),
            scope=",".join(scope for scope in SCOPES if scope in key.scopes),
            source=source,
            created_at=at,
        )
    )
    return key, secret


def list_keys(connection: Connection) -> list[ApiKey]:
    """All keys, revoked ones too, oldest first."""
    rows = connection.execute(select(api_key).order_by(api_key.c.created_at, api_key.c.id))
    return [_key(row) for row in rows]


def revoke_key(connection: Connection, key_id: str, at: datetime) -> bool:
    """End a key; False when there is none of that id or it was revoked before.

    Running processes notice within a minute.
    """
    living = (api_key.c.id == key_id) & api_key.c.revoked_at.is_(None)
    return connection.execute(update(api_key).where(living).values(revoked_at=at)).rowcount == 1


def find_key(connection: Connection, hashed: str) -> ApiKey | None:
    """The key with that hash, unless it was revoked."""
    living = (api_key.c.hash == hashed) & api_key.c.revoked_at.is_(None)
    row = connection.execute(select(api_key).where(living)).first()
    return None if row is None else _key(row)


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    found = row._mapping
    return ApiKey(
        id=found["id"],
        scopes=frozenset(found["scope"].split(",")),
        source=found["source"],
        created_at=found["created_at"],
        revoked_at=found["revoked_at"],
    )
