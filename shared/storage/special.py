"""Which special arrangements there are at all: most companies have none, and one look tells."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, select

from shared.storage.tables import (
    channel_pause,
    company,
    pace,
    rep_absence,
    rep_channel,
    unreachable,
)


class Special(NamedTuple):
    """Whether any rep was or will be away, any has a channel that was named, besides the mail of
    the master data, any recipient is unreachable, any channel is paused, any pace was ever kept,
    and the company pauses.
    """

    absences: bool
    channels: bool
    unreachable: bool
    pauses: bool
    paces: bool
    halted: bool


# The columns of a question for it, in that order.
SPECIAL: list[ColumnElement[Any]] = [
    *(exists(select(one)) for one in (rep_absence, rep_channel, unreachable, channel_pause, pace)),
    exists().where(company.c.paused_at.is_not(None)),
]
_SPECIAL = select(*SPECIAL)


def special(connection: Connection) -> Special:
    """What of it there is now."""
    return as_special(connection.execute(_SPECIAL).one())


def as_special(row: Iterable[object]) -> Special:
    """What the columns found; SQLite tells of truth by numbers."""
    return Special(*map(bool, row))
