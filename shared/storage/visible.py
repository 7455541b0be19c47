"""Which alerts a person may see: a rep the own customers', a manager those of the team.

Who stands in for somebody who is away sees that rep's, too, for as long.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from shared.storage import absences, reps
from shared.storage.alert_rows import COLUMNS, AlertRow
from shared.storage.reps import Rep
from shared.storage.tables import LIVING, alert, customer, rep

Role = Literal["rep", "substitute", "manager"]


@dataclass(frozen=True, slots=True)
class Person:
    """An active rep, the ids of all who answer to this person, directly or not, and of those for
    whom the person stands in today."""

    id: str
    name: str | None
    locale: str | None
    team: frozenset[str]
    away: frozenset[str] = frozenset()

    @property
    def manages(self) -> bool:
        return bool(self.team)


@dataclass(frozen=True, slots=True)
class Visible:
    """An alert that a person may see. `rep` is whose customer it is now, `role` why it is shown."""

    alert: AlertRow
    role: Role
    customer: str | None  # the customer's name
    rep: str | None
    rep_name: str | None

    @property
    def acting(self) -> str:
        """As what the person acts: who stands in acts as a rep."""
        return "manager" if self.role == "manager" else "rep"


# As messages are routed: what the company says, else what the alert found out.
_responsible = func.coalesce(customer.c.rep, alert.c.rep)


def person(connection: Connection, rep_id: str, day: int) -> Person | None:
    """The person of that id, as of the company's `day`; None when there is none, or the person is
    not active (any more)."""
    found = reps.find(connection, rep_id)
    if found is None or not found.active:
        return None
    return _person(connection, found, day)


def reached_at(connection: Connection, address: str) -> str | None:
    """The id of the active person of a mail address, in whatever case it is written; the first."""
    same = func.lower(rep.c.email) == address.strip().lower()
    return connection.scalar(select(rep.c.id).where(same, rep.c.active).order_by(rep.c.id).limit(1))


def one(connection: Connection, who: Person, name: str) -> Visible | None:
    """The alert `name` if `who` may see it; None whether there is none or it is not for them."""
    return next(iter(_read(connection, who, _select(who).where(alert.c.id == name))), None)


def living(connection: Connection, who: Person, *, limit: int) -> list[Visible]:
    """The living alerts of a person, the latest opened first."""
    wanted = _select(who).where(alert.c.state.in_(LIVING))
    return _read(connection, who, wanted.order_by(alert.c.opened_at.desc()).limit(limit))


def ended(connection: Connection, who: Person, since: datetime, *, limit: int) -> list[Visible]:
    """The alerts that ended from `since` on, the latest first."""
    wanted = _select(who).where(alert.c.state.not_in(LIVING), alert.c.updated_at >= since)
    return _read(connection, who, wanted.order_by(alert.c.updated_at.desc()).limit(limit))


def names(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The names of the reps with these ids, where they are known."""
    found = select(rep.c.id, rep.c.name).where(rep.c.id.in_(ids), rep.c.name.is_not(None))
    return {row.id: row.name for row in connection.execute(found)}


def _person(connection: Connection, found: Rep, day: int) -> Person:
    below: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(
        select(rep.c.id, rep.c.manager).where(rep.c.manager.is_not(None))
    ):
        below[row.manager].append(row.id)
    team: set[str] = set()
    waiting = [*below[found.id]]
    while waiting:  # managers may form a circle
        member = waiting.pop()
        if member not in team and member != found.id:
            team.add(member)
            waiting += below[member]
    away = absences.stands_in(connection, found.id, day)
    return Person(found.id, found.name, found.locale, frozenset(team), frozenset(away))


def _select(who: Person) -> Select[Any]:
    return (
        select(*COLUMNS, customer.c.name, _responsible.label("responsible"))
        .outerjoin(customer, customer.c.number == alert.c.customer)
        .where(_sees(who))
    )


def _sees(who: Person) -> ColumnElement[bool]:
    theirs = sorted({who.id} | who.team | who.away)
    mine = and_(alert.c.kind == "customer", _responsible.in_(theirs))
    return or_(mine, alert.c.kind == "portfolio") if who.manages else mine


def _read(connection: Connection, who: Person, wanted: Select[Any]) -> list[Visible]:
    rows = connection.execute(wanted).all()
    known = names(connection, sorted({row.responsible for row in rows if row.responsible}))
    return [
        Visible(
            alert=AlertRow(*row[:-2]),
            role=_role(who, row.responsible),
            customer=row.name,
            rep=row.responsible,
            rep_name=known.get(row.responsible),
        )
        for row in rows
    ]


def _role(who: Person, responsible: str | None) -> Role:
    if responsible == who.id:
        return "rep"
    return "substitute" if responsible in who.away else "manager"
