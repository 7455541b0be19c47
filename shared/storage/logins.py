"""Asking to be let in at the desk: a link by mail, once, soon, and in the browser that asked.

A row is also the order to send the mail: whoever sends takes it under a lease.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from shared.storage.lease import is_free, is_held, taking
from shared.storage.sessions import digest
from shared.storage.tables import login_request

KEPT = timedelta(days=1)
LEASE_SECONDS = 30.0  # also the wait before a mail is tried again
MOST_ATTEMPTS = 5

Refused = Literal["unknown", "expired", "used", "other_browser"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `rep` None: nothing is to be sent. `address` and `client` are keyed digests."""

    id: str
    token: str
    rep: str | None
    browser: str
    address: str
    client: str
    locale: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """A mail to send: to which rep, with the link of which request."""

    id: str
    rep: str
    locale: str | None
    owner: str
    attempt: int


def ask(connection: Connection, asked: Asked, at: datetime, lasts: timedelta) -> None:
    """Keep a request, and forget those of yesterday."""
    connection.execute(delete(login_request).where(login_request.c.asked_at < at - KEPT))
    connection.execute(
        insert(login_request).values(
            id=asked.id,
            hash=digest(asked.token),
            rep=asked.rep,
            browser=digest(asked.browser),
            address=asked.address,
            client=asked.client,
            locale=asked.locale,
            asked_at=at,
            expires_at=at + lasts,
        )
    )


def lately(
    connection: Connection, since: datetime, *, address: str, client: str
) -> tuple[int, int]:
    """How often it was asked since: for the address, and by the client."""
    c = login_request.c

    def count(which: ColumnElement[bool]) -> int:
        counted = select(func.count()).where(which, c.asked_at > since)
        return connection.execute(counted).scalar_one()

    return count(c.address == address), count(c.client == client)


def refusal(
    connection: Connection, token: str, browser: str | None, at: datetime
) -> Refused | None:
    """Why the link of a token does not let this browser in; None when it does."""
    c = login_request.c
    wanted = select(c.browser, c.used_at, c.expires_at).where(c.hash == digest(token))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return "unknown"
    if row.used_at is not None:
        return "used"
    if row.expires_at <= at:
        return "expired"
    return None if browser is not None and row.browser == digest(browser) else "other_browser"


def use(connection: Connection, token: str, browser: str, at: datetime) -> str | None:
    """Use the link up; the rep whom it lets in, None when it lets nobody in (see `refusal`)."""
    c = login_request.c
    good = (
        c.hash == digest(token),
        c.browser == digest(browser),
        c.used_at.is_(None),
        c.expires_at > at,
    )
    used = update(login_request).where(*good).values(used_at=at).returning(c.rep)
    return connection.execute(used).scalar_one_or_none()


def take(connection: Connection, *, owner: str, at: datetime) -> Order | None:
    """Lease the oldest mail that is still to be sent and of use."""
    c = login_request.c
    waiting = (
        c.sent_at.is_(None),
        c.rep.is_not(None),
        c.expires_at > at,
        c.attempts < MOST_ATTEMPTS,
        is_free(login_request),
    )
    query = select(c.id, c.rep, c.locale, c.attempt).where(*waiting).order_by(c.asked_at).limit(1)
    found = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    values = taking(login_request, owner, LEASE_SECONDS)
    connection.execute(
        update(login_request).where(c.id == found.id).values(attempts=c.attempts + 1, **values)
    )
    return Order(found.id, found.rep, found.locale, owner, int(found.attempt) + 1)


def sent(connection: Connection, order: Order, at: datetime) -> bool:
    """The mail went out, or never will; False when the lease was lost meanwhile."""
    mine = login_request.c.id == order.id, is_held(login_request, order.owner, order.attempt)
    done = update(login_request).where(*mine).values(sent_at=at, owner=None, until=0)
    return connection.execute(done).rowcount == 1
