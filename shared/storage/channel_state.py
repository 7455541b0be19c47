"""What keeps a message from being sent now: a pace, an address that is gone, a paused channel.

All instants are real time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from shared.storage.tables import channel_pause, delivery, pace, unreachable
from shared.storage.upsert import insert

UNSUBSCRIBED = "unsubscribed"  # the reason of mail addresses whose owner wants no more
WAITS_FOR_CHANNEL = "channel_paused"  # the reason of deliveries that wait for one


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel that sends nothing; `probe_at`: when to see whether it is over."""

    channel: str
    since: datetime
    reason: str
    probe_at: datetime


def take_turn(connection: Connection, name: str, now: datetime, apart: timedelta) -> bool:
    """Whether a message may go out at the pace `name` now; the next may not before `apart`."""
    statement = (
        insert(connection, pace)
        .values(name=name, free_at=now + apart)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"free_at": now + apart},
            where=pace.c.free_at <= now,
        )
        .returning(pace.c.name)
    )
    return connection.execute(statement).one_or_none() is not None


def leave_alone(connection: Connection, name: str, until: datetime) -> None:
    """Send nothing more at the pace `name` until then."""
    statement = (
        insert(connection, pace)
        .values(name=name, free_at=until)
        .on_conflict_do_update(
            index_elements=["name"], set_={"free_at": until}, where=pace.c.free_at < until
        )
    )
    connection.execute(statement)


def make_unreachable(connection: Connection, recipient: str, reason: str, at: datetime) -> None:
    """Send nothing more to the recipient, whose provider said so."""
    row = {"recipient": recipient, "reason": reason, "since": at}
    connection.execute(insert(connection, unreachable).values(row).on_conflict_do_nothing())


def reachable_again(connection: Connection, recipient: str) -> None:
    connection.execute(delete(unreachable).where(unreachable.c.recipient == recipient))


_GONE = select(unreachable.c.recipient, unreachable.c.reason).where(
    unreachable.c.recipient.in_(bindparam("recipients", expanding=True))
)


def gone(connection: Connection, recipients: Collection[str]) -> dict[str, str]:
    """Which of the recipients are unreachable, and why."""
    rows = connection.execute(_GONE, {"recipients": [*recipients]})
    return {row.recipient: row.reason for row in rows}


def pause(connection: Connection, new: Pause) -> bool:
    """Send nothing more by the channel; False when it is paused already."""
    values = {"since": new.since, "reason": new.reason, "probe_at": new.probe_at}
    statement = insert(connection, channel_pause).values(channel=new.channel, **values)
    made = statement.on_conflict_do_nothing().returning(channel_pause.c.channel)
    return connection.execute(made).one_or_none() is not None


_PAUSES = select(channel_pause).order_by(channel_pause.c.channel)


def pauses(connection: Connection) -> Mapping[str, Pause]:
    """The paused channels by name."""
    rows = connection.execute(_PAUSES)
    return {row.channel: Pause(**row._mapping) for row in rows}


def take_probe(connection: Connection, paused: Pause, next_at: datetime) -> bool:
    """Whether it is ours to see if the pause is over: one of all notifiers each time."""
    statement = (
        update(channel_pause)
        .where(
            channel_pause.c.channel == paused.channel,
            channel_pause.c.probe_at == paused.probe_at,
        )
        .values(probe_at=next_at)
    )
    return connection.execute(statement).rowcount == 1


def resume(connection: Connection, channel: str, now: datetime) -> bool:
    """Send by the channel again, at once what waited for it; False when it was not paused."""
    statement = delete(channel_pause).where(channel_pause.c.channel == channel)
    if connection.execute(statement).rowcount == 0:
        return False
    waiting = (delivery.c.state == "pending", delivery.c.reason == WAITS_FOR_CHANNEL)
    due = update(delivery).where(delivery.c.channel == channel, *waiting)
    connection.execute(due.values(next_at=now, reason=None))
    told = (delivery.c.alert == pause_alert(channel), delivery.c.state == "pending")
    over = update(delivery).where(*told)
    connection.execute(over.values(state="suppressed", next_at=None, reason="resumed"))
    return True


def pause_alert(channel: str) -> str:
    """What stands for an alert where the operator is told that the channel is paused."""
    return f"channel:{channel}"
