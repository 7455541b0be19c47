"""Which special arrangements there are at all: most companies have none, and one look tells."""

from typing import NamedTuple

from sqlalchemy import Connection, exists, select

from shared.storage.tables import channel_pause, rep_absence, rep_channel, unreachable


class Special(NamedTuple):
    """Whether any rep was or will be away, any has a channel that was named, besides the mail of
    the master data, any recipient is unreachable, and any channel is paused.
    """

    absences: bool
    channels: bool
    unreachable: bool
    pauses: bool


_SPECIAL = select(
    *(exists(select(one)) for one in (rep_absence, rep_channel, unreachable, channel_pause))
)


def special(connection: Connection) -> Special:
    """What of it there is now."""
    return Special(*map(bool, connection.execute(_SPECIAL).one()))
