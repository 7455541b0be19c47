"""What alerts' scores were made of: at their opening, and when they were last judged."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from shared.domain.calculation import Calculation
from shared.storage.tables import calculation
from shared.storage.upsert import insert

Moment = Literal["opening", "newest"]


def keep(
    connection: Connection, alert: str, made: Calculation, at: datetime, *, opening: bool
) -> None:
    """Store how an alert's score came about; that of its opening stays for ever."""
    moments: tuple[Moment, ...] = ("opening", "newest") if opening else ("newest",)
    values = [
        {"alert": alert, "moment": moment, "at": at, "body": made.to_dict()} for moment in moments
    ]
    statement = insert(connection, calculation)
    new = {"at": statement.excluded.at, "body": statement.excluded.body}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["alert", "moment"], set_=new), values
    )


def read(connection: Connection, alert: str, moment: Moment) -> tuple[datetime, Calculation] | None:
    """When an alert's score was calculated, and how; None where it never had one."""
    found = select(calculation.c.at, calculation.c.body).where(
        calculation.c.alert == alert, calculation.c.moment == moment
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else (row.at, Calculation.from_dict(row.body))
