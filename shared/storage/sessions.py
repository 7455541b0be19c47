"""Who is logged in at the desk. A session is known by its token, of which only a digest is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from shared.storage.tables import desk_session


def digest(token: str) -> str:
    """What is stored of a token of 256 random bits: one round of sha256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def begin(connection: Connection, rep_id: str, at: datetime, lasts: timedelta) -> str:
    """Log a rep in; the token, which is seen here and never again."""
    token = new_token()
    values = {"hash": digest(token), "rep": rep_id, "created_at": at, "expires_at": at + lasts}
    connection.execute(delete(desk_session).where(desk_session.c.expires_at <= at))
    connection.execute(insert(desk_session).values(**values))
    return token


def rep_of(connection: Connection, token: str, at: datetime) -> str | None:
    """Whose session it is; None when there is none (any more)."""
    mine = desk_session.c.hash == digest(token), desk_session.c.expires_at > at
    return connection.scalar(select(desk_session.c.rep).where(*mine))


def end(connection: Connection, token: str) -> None:
    """Log out; harmless when it was done before."""
    connection.execute(delete(desk_session).where(desk_session.c.hash == digest(token)))
