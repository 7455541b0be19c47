"""What became of customers' newest alerts, as far as it bears on new score alerts."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from shared.domain.verdict import Past, raised
from shared.domain.week import DAYS, Calendar
from shared.ops.settings import Settings
from shared.storage.dismissals import mistaken
from shared.storage.tables import LIVING, alert


def load_pasts(
    connection: Connection,
    as_of: int,
    calendar: Calendar,
    settings: Settings,
    customers: Sequence[int] | None = None,
) -> dict[int, Past]:
    """By customer number; who never had an alert is missing.

    `customers` limits whom to read (a few hundred at most); None reads everybody.
    """
    wanted = ("customer", "state", "opened_at", "updated_at", "snoozed_until")
    found = select(*(alert.c[name] for name in wanted)).where(alert.c.customer.is_not(None))
    if customers is not None:
        found = found.where(alert.c.customer.in_(customers))
    higher = load_raised(connection, as_of, calendar, settings, customers)
    begin = calendar.starts_at(as_of)
    pasts = {}
    living_last = (alert.c.state.in_(LIVING), alert.c.opened_at, alert.c.updated_at)
    for row in connection.execute(found.order_by(*living_last)):
        living = row.state in LIVING
        dismissed = row.state == "dismissed"
        # A person's «no» counts from when it was said.
        since = calendar.day_of(row.updated_at if dismissed else row.opened_at)
        within = as_of - since < settings.pause_weeks * DAYS
        pasts[row.customer] = Past(
            living=living,
            paused=within,
            dismissed=dismissed and within,
            snoozed=living and row.snoozed_until is not None and row.snoozed_until > begin,
            raised=higher.get(row.customer, 0.0),
        )
    return pasts


def load_raised(
    connection: Connection,
    as_of: int,
    calendar: Calendar,
    settings: Settings,
    customers: Sequence[int] | None = None,
) -> dict[int, float]:
    """By how much the bar is raised as of day `as_of`; who was never dismissed so is missing.

    The newest such dismissal counts, whatever came after it.
    """
    amount, weeks = settings.dismissal_raise, settings.dismissal_weeks
    since = calendar.starts_at(as_of - weeks * DAYS)
    return {
        number: raised(amount, weeks, as_of - calendar.day_of(at))
        for number, at in mistaken(connection, since, customers).items()
    }
