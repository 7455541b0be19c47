"""The company's zone and first weekday: stored once, because days already kept depend on them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from shared.domain.week import Calendar
from shared.ops.errors import ConfigurationError
from shared.storage.database import Database
from shared.storage.tables import company


def keep_company(connection: Connection, *, zone: str, first_weekday: int, at: datetime) -> None:
    """Store zone and first weekday (0 is Monday), or check them against what is stored.

    Raises ConfigurationError when they differ.
    """
    row = connection.execute(select(company)).one_or_none()
    if row is None:
        values = {"number": 1, "time_zone": zone, "first_weekday": first_weekday, "created_at": at}
        connection.execute(insert(company).values(values))
        return
    stored = Calendar(ZoneInfo(row.time_zone), row.first_weekday)
    require_calendar(stored, Calendar(ZoneInfo(zone), first_weekday))


def require_calendar(stored: Calendar, wanted: Calendar) -> None:
    """Raise ConfigurationError when the days in the database are not those of the settings.

    Whatever is counted under another calendar than the days before it would be wrong.
    """
    if stored != wanted:
        raise ConfigurationError(
            f"the stored days are those of zone {stored.zone} with weeks from weekday "
            f"{stored.first_weekday} (0 is Monday), the settings say {wanted.zone} and "
            f"{wanted.first_weekday}; set VIGIA_TIME_ZONE and VIGIA_FIRST_WEEKDAY back, or count "
            "all days anew with `vigia rebuild --zone`"
        )


def load_calendar(database: Database) -> Calendar:
    """The calendar that the stored days belong to.

    Raises ConfigurationError when nothing was migrated yet.
    """
    with database.read() as connection:
        row = connection.execute(select(company.c.time_zone, company.c.first_weekday)).one_or_none()
    if row is None:
        raise ConfigurationError("the database holds no company yet; run `vigia migrate`")
    return Calendar(ZoneInfo(row.time_zone), row.first_weekday)


_PAUSED = select(company.c.paused_at)


def paused_since(connection: Connection) -> datetime | None:
    """Since when nothing is to be sent; None while messages go out."""
    since: datetime | None = connection.scalar(_PAUSED)
    return since


def set_paused(connection: Connection, at: datetime | None) -> None:
    """Send nothing from `at` on, or (None) send again."""
    connection.execute(update(company).values(paused_at=at))


def database_fails(database: Database) -> str | None:
    """None when the database answers and was migrated, else what is wrong."""
    try:
        with database.read() as connection:
            connection.execute(select(company.c.number)).one()
    except SQLAlchemyError as error:
        return f"the database cannot be read ({type(error).__name__})"
    return None
