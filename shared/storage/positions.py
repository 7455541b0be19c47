"""Stored positions of log readers, and the fence: moving one by compare-and-set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, delete, select, update

from shared.ops.errors import LostPosition
from shared.storage.database import Database
from shared.storage.tables import position
from shared.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group goes on reading a partition, and the identity of the topic it belongs to."""

    next_offset: int
    topic_id: str


class StoredPositions:
    """The positions of one group, as last committed."""

    def __init__(self, database: Database, group: str) -> None:
        self._database = database
        self._group = group

    def read(self, topic: str) -> Mapping[int, Position]:
        """Stored position of every partition of `topic` that has one."""
        columns = (position.c.partition, position.c.next_offset, position.c.topic_id)
        query = select(*columns).where(position.c.group == self._group, position.c.topic == topic)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {row.partition: Position(row.next_offset, row.topic_id) for row in rows}


_MOVE = (
    update(position)
    .where(
        position.c.group == bindparam("at_group"),
        position.c.topic == bindparam("at_topic"),
        position.c.partition == bindparam("at_partition"),
        position.c.next_offset == bindparam("at_next_offset"),
        position.c.topic_id == bindparam("at_topic_id"),
    )
    .values(next_offset=bindparam("to_next_offset"), topic_id=bindparam("to_topic_id"))
)


def advance(
    connection: Connection,
    *,
    group: str,
    topic: str,
    partition: int,
    start: Position | None,
    end: Position,
) -> None:
    """Move the group's stored position from `start` (None: it has none yet) to `end`.

    First statement of a fold's transaction: on PostgreSQL it also locks out another reader of
    the partition until the fold is committed.
    Raises LostPosition when the stored position is not `start`.
    """
    key = {"group": group, "topic": topic, "partition": partition}
    if start is None:
        values = {"next_offset": end.next_offset, "topic_id": end.topic_id}
        new = insert(connection, position).values(**key, **values).on_conflict_do_nothing()
        # Not by rowcount: PostgreSQL's driver does not tell it for an INSERT.
        moved = connection.execute(new.returning(position.c.partition)).one_or_none() is not None
    else:
        there = {f"at_{name}": value for name, value in {**key, **asdict(start)}.items()}
        values = {f"to_{name}": value for name, value in asdict(end).items()}
        moved = connection.execute(_MOVE, {**there, **values}).rowcount == 1
    if not moved:
        raise LostPosition(
            f"another reader of {group} moved the position of {topic}/{partition}; "
            "the batch was dropped and is read anew"
        )


def move_back(
    connection: Connection, group: str, topic: str, targets: Mapping[int, int | None]
) -> int:
    """Move the group's position of each partition back to its target; how many moved.

    None goes back to the earliest record the log holds. A position is never moved forward.
    Whoever reads loses its position with the next fold, and goes on from here.
    """
    moved = 0
    for partition, target in targets.items():
        stored = (
            position.c.group == group,
            position.c.topic == topic,
            position.c.partition == partition,
        )
        if target is None:
            moved += connection.execute(delete(position).where(*stored)).rowcount
        else:
            further = position.c.next_offset > target
            back = update(position).where(*stored, further).values(next_offset=target)
            moved += connection.execute(back).rowcount
    return moved
