"""The channels of reps, in the order in which they are tried; their addresses are encrypted."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, select

from shared.ops.errors import InputError
from shared.storage import channel_state
from shared.storage.reps import find
from shared.storage.tables import rep_channel, unreachable
from shared.storage.upsert import insert

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

PURPOSE = "addresses of channels"  # what the secret key is used for here


@dataclass(frozen=True, slots=True)
class Way:
    """An address on a channel. `recipient` names it where people may read it: no secret."""

    channel: str
    address: str = field(repr=False)
    recipient: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A rep's channel as it is shown; `unreachable`: why nothing is sent there any more."""

    channel: str
    recipient: str
    unreachable: str | None


def cipher_of(key: bytes) -> "Fernet":
    """What encrypts and opens addresses, from a secret of 32 bytes."""
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(key))


def replace(
    connection: Connection,
    rep_id: str,
    channels: Sequence[Way],
    cipher: "Fernet",
    at: datetime,
) -> None:
    """Make `channels` all that the rep has, in this order; each gets another chance.

    Raises InputError when there is no such rep, or a channel is named twice.
    """
    if find(connection, rep_id) is None:
        raise InputError("there is no rep of that id; see `vigia rep list`")
    recipients = [one.recipient for one in channels]
    if len(set(recipients)) < len(recipients):
        raise InputError("one of the channels is given twice; name each once")
    connection.execute(delete(rep_channel).where(rep_channel.c.rep == rep_id))
    for place, one in enumerate(channels):
        address = cipher.encrypt(one.address.encode()).decode()
        row = {"channel": one.channel, "recipient": one.recipient, "address": address}
        connection.execute(
            insert(connection, rep_channel).values(rep=rep_id, place=place, created_at=at, **row)
        )
        channel_state.reachable_again(connection, one.recipient)


_OF_REPS = (
    select(rep_channel)
    .where(rep_channel.c.rep.in_(bindparam("reps", expanding=True)))
    .order_by(rep_channel.c.rep, rep_channel.c.place)
)


def of_reps(
    connection: Connection, reps: Collection[str], cipher: "Fernet"
) -> dict[str, list[Way]]:
    """The channels of each of `reps` who has some.

    An address that was encrypted under another key is left out: see `unreadable`.
    """
    from cryptography.fernet import InvalidToken

    found: dict[str, list[Way]] = {}
    for row in connection.execute(_OF_REPS, {"reps": [*reps]}):
        try:
            address = cipher.decrypt(row.address).decode()
        except InvalidToken:
            continue
        found.setdefault(row.rep, []).append(Way(row.channel, address, row.recipient))
    return found


def mail_addresses(connection: Connection, rep_id: str) -> list[str]:
    """Every address that mails to the rep may go to; they are no secret."""
    person = find(connection, rep_id)
    own = [person.email] if person is not None and person.email else []
    mails = select(rep_channel.c.recipient).where(
        rep_channel.c.rep == rep_id, rep_channel.c.channel == "email"
    )
    return [*own, *connection.scalars(mails.order_by(rep_channel.c.place))]


def unreadable(connection: Connection, cipher: "Fernet") -> list[str]:
    """The reps with an address that no key of ours opens."""
    from cryptography.fernet import InvalidToken

    found = []
    for row in connection.execute(select(rep_channel.c.rep, rep_channel.c.address)):
        try:
            cipher.decrypt(row.address)
        except InvalidToken:
            found.append(row.rep)
    return sorted(set(found))


def listed(connection: Connection) -> dict[str, list[Listed]]:
    """The channels of everybody who has some, by rep."""
    why = unreachable.c.reason
    source = rep_channel.outerjoin(unreachable, unreachable.c.recipient == rep_channel.c.recipient)
    statement = (
        select(rep_channel.c.rep, rep_channel.c.channel, rep_channel.c.recipient, why)
        .select_from(source)
        .order_by(rep_channel.c.rep, rep_channel.c.place)
    )
    found: dict[str, list[Listed]] = {}
    for rep, *row in connection.execute(statement):
        found.setdefault(rep, []).append(Listed(*row))
    return found
