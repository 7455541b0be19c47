"""When reps are away, and who stands in for them. Days are days of the company's calendar."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select

from shared.ops.errors import InputError
from shared.storage.reps import find
from shared.storage.tables import rep_absence
from shared.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Absence:
    """A rep is away from `first_day` to `last_day`, both included."""

    rep: str
    first_day: int
    last_day: int
    substitute: str | None = None


def add(connection: Connection, new: Absence) -> None:
    """Note an absence; one that begins on the same day is replaced.

    Raises InputError for unknown people, a substitute who is the rep, and days out of order.
    """
    for person in (new.rep, new.substitute):
        if person is not None and find(connection, person) is None:
            raise InputError("there is no rep of that id; see `vigia rep list`")
    if new.substitute == new.rep:
        raise InputError("a rep cannot be the own substitute; name somebody else")
    if new.last_day < new.first_day:
        raise InputError("the absence ends before it begins; correct --from or --until")
    values = {name: getattr(new, name) for name in Absence.__dataclass_fields__}
    statement = insert(connection, rep_absence).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["rep", "first_day"],
            set_={"last_day": new.last_day, "substitute": new.substitute},
        )
    )


def end(connection: Connection, rep: str, today: int) -> int:
    """The rep is back: forget absences that are not over; how many there were."""
    statement = delete(rep_absence).where(rep_absence.c.rep == rep, rep_absence.c.last_day >= today)
    return connection.execute(statement).rowcount


_AWAY = (
    select(rep_absence.c.rep, rep_absence.c.substitute)
    .where(
        rep_absence.c.rep.in_(bindparam("reps", expanding=True)),
        rep_absence.c.first_day <= bindparam("day"),
        rep_absence.c.last_day >= bindparam("day"),
    )
    .order_by(rep_absence.c.first_day)
)


def today(connection: Connection, reps: Collection[str], day: int) -> dict[str, str | None]:
    """Who of `reps` is away on `day`, and who stands in."""
    rows = connection.execute(_AWAY, {"reps": [*reps], "day": day})
    return {row.rep: row.substitute for row in rows}


def stands_in(connection: Connection, rep: str, day: int) -> list[str]:
    """For whom a rep stands in on `day`."""
    statement = select(rep_absence.c.rep).where(
        rep_absence.c.substitute == rep,
        rep_absence.c.first_day <= day,
        rep_absence.c.last_day >= day,
    )
    return sorted(set(connection.scalars(statement)))


def listed(connection: Connection, day: int) -> list[Absence]:
    """Absences that are not over on `day`, by rep."""
    columns = [rep_absence.c[name] for name in Absence.__dataclass_fields__]
    statement = select(*columns).where(rep_absence.c.last_day >= day)
    rows = connection.execute(statement.order_by(rep_absence.c.rep, rep_absence.c.first_day))
    return [Absence(**row._mapping) for row in rows]
