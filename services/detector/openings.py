"""On which weekdays a company's customers buy, and which weeks had public holidays."""

import numpy as np
from sqlalchemy import BigInteger, Connection, func, select

from services.detector.buyers import Buyers
from services.detector.histories import Span
from shared.domain.holiday import MONDAY, HolidayWeeks, holiday_weeks
from shared.domain.week import DAYS, day_date
from shared.ops.public_holidays import public_holidays
from shared.ops.settings import Settings
from shared.storage import arrays
from shared.storage.integers import integers
from shared.storage.tables import customer_day

ASKED = 2_000  # customers are enough to know a company's weekdays


def load_holidays(
    connection: Connection, buyers: Buyers, span: Span, settings: Settings
) -> HolidayWeeks | None:
    """The holidays in the weeks of `span`; None where the company named no country."""
    if not settings.country:
        return None
    years = range(day_date(span.start).year, day_date(span.as_of).year + 1)
    found = public_holidays(settings.country, settings.subdivision, years)
    return holiday_weeks(found, _weekdays(connection, buyers, span), span.as_of, span.columns)


def _weekdays(connection: Connection, buyers: Buyers, span: Span) -> np.ndarray:
    """Purchases by weekday from Monday, float64[7], of some customers."""
    some = buyers.numbers[buyers.order[:ASKED]].tolist()
    these = arrays.table(connection, [("number", BigInteger())], some)
    by_day = (
        select(customer_day.c.day, func.sum(customer_day.c.orders))
        .where(
            customer_day.c.customer.in_(select(these.c.number)),
            customer_day.c.day >= span.start,
            customer_day.c.day < span.as_of,
        )
        .group_by(customer_day.c.day)
    )
    day, orders = integers(connection, by_day).T
    return np.bincount((day - MONDAY) % DAYS, orders, DAYS)
