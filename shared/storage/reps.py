"""Sales reps: who they are, whom they answer to, and how they are reached."""

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from shared.contract.event import RepMaster
from shared.ops.errors import InputError
from shared.storage import channel_state, master
from shared.storage.tables import rep
from shared.storage.upsert import insert

# Who says so when a person adds or changes a rep by hand; events name their own source and id.
BY_HAND = ("vigia", "rep")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class Rep:
    """A sales rep; `manager` is the id of another."""

    id: str
    name: str | None = None
    email: str | None = None
    manager: str | None = None
    locale: str | None = None
    active: bool = True
    budget: int | None = None  # new score alerts a week; None: the company's number
    time_zone: str | None = None
    working_hours: Any = None  # as master data write it: {"mon-fri": "09:00-18:00"}


_MASTER_FIELDS = ("name", "email", "manager", "locale", "time_zone", "working_hours", "active")
_COLUMNS = [rep.c[field.name] for field in fields(Rep)]


def is_address(text: str | None) -> bool:
    """Whether a mail could be sent to `text`: one name, one @, one host and nothing else."""
    return text is not None and len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def add(connection: Connection, new: Rep, at: datetime) -> bool:
    """Store a rep, or change the given fields of one; True if the rep is new.

    An event that is newer than `at` may change the fields again. Raises InputError for an id or
    an address that cannot be used, and for a rep that would be the own manager.
    """
    if not 1 <= len(new.id) <= 128 or not new.id.isprintable():
        raise InputError("a rep's id has 1 to 128 printable characters; choose another")
    if new.email is not None and not is_address(new.email):
        raise InputError("the address of --email is not one; write it as name@company.example")
    if new.manager == new.id:
        raise InputError("a rep cannot be the own manager; leave --manager out")
    if new.email is not None:
        channel_state.reachable_again(connection, new.email)
    values = {
        name: value for name, value in asdict(new).items() if name != "id" and (value is not None)
    }
    return _store(connection, new.id, values, at)


def deactivate(connection: Connection, rep_id: str, at: datetime) -> None:
    """Send nothing more to a rep; the manager, else the operator, gets it instead.

    Raises InputError when there is no such rep.
    """
    if find(connection, rep_id) is None:
        raise InputError("there is no rep of that id; see `vigia rep list`")
    _store(connection, rep_id, {"active": False}, at)


def apply_rep_master(connection: Connection, events: Sequence[RepMaster]) -> None:
    """Add reps, or change what the events say of them; the newest says each field."""
    if not events:
        return
    new = [{"id": one, "field_times": {}} for one in sorted({event.subject for event in events})]
    connection.execute(insert(connection, rep).on_conflict_do_nothing(), new)
    changes = [master.change_of(event, _MASTER_FIELDS, {"active": True}) for event in events]
    master.merge(connection, rep, changes)


def set_budget(connection: Connection, rep_id: str, budget: int | None) -> None:
    """New score alerts a week for a rep that there is; None: as many as the company's settings."""
    connection.execute(update(rep).where(rep.c.id == rep_id).values(budget=budget))


def budgets(connection: Connection) -> dict[str, int]:
    """The budgets of the reps who have their own, by id."""
    found = select(rep.c.id, rep.c.budget).where(rep.c.budget.is_not(None))
    return {row[0]: row[1] for row in connection.execute(found)}


def find(connection: Connection, rep_id: str) -> Rep | None:
    row = connection.execute(select(*_COLUMNS).where(rep.c.id == rep_id)).one_or_none()
    return None if row is None else _rep(row)


_THOSE = select(*_COLUMNS).where(rep.c.id.in_(bindparam("ids", expanding=True)))


def those(connection: Connection, ids: Collection[str]) -> dict[str, Rep]:
    """The reps with these ids; whoever is unknown is missing."""
    rows = connection.execute(_THOSE, {"ids": [*ids]})
    return {row.id: _rep(row) for row in rows}


def every(connection: Connection) -> list[Rep]:
    """All reps, by id."""
    return [_rep(row) for row in connection.execute(select(*_COLUMNS).order_by(rep.c.id))]


def _rep(row: Row[Any]) -> Rep:
    return Rep(*row)


def _store(connection: Connection, rep_id: str, values: dict[str, object], at: datetime) -> bool:
    statement = select(rep.c.field_times).where(rep.c.id == rep_id)
    times = connection.execute(statement).scalar_one_or_none()
    mark = [at.astimezone(UTC).isoformat(), *BY_HAND]
    field_times = {**(times or {}), **dict.fromkeys(values, mark)}
    if times is None:
        connection.execute(
            insert(connection, rep).values(id=rep_id, field_times=field_times, **values)
        )
        return True
    connection.execute(
        update(rep).where(rep.c.id == rep_id).values(field_times=field_times, **values)
    )
    return False
