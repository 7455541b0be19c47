"""Cells of a sales file as numbers; each spelling is read once, for most are repeated."""

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.cli.cells import BadCell, with_point
from shared.domain.money import UNITS
from shared.domain.week import day_number

_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_LONGEST_NUMBER = 40
_MOST_UNITS = 10**16  # of one row, as events may have


class Amounts(dict[str, int]):
    """Cells as ten-thousandths, exact.

    More than four decimals, as calculations leave them behind, are rounded to the nearest.
    """

    def __init__(self, decimal: str) -> None:
        super().__init__()
        self._comma = decimal == ","

    def __missing__(self, cell: str) -> int:
        text = cell.strip()
        if self._comma:
            text = with_point(text, "amount")
        if len(text) > _LONGEST_NUMBER or not _DECIMAL.fullmatch(text):
            raise BadCell("amount", "not a decimal number such as 12.50")
        units = Decimal(text) * UNITS
        if abs(units) >= _MOST_UNITS:
            raise BadCell("amount", "more than 12 digits before the point")
        self[cell] = found = int(units.to_integral_value())
        return found


class Days(dict[str, int]):
    """Cells as business days of a zone, in which times without an offset are local."""

    def __init__(self, form: str | None, zone: ZoneInfo) -> None:
        super().__init__()
        self._form, self._zone = form, zone

    def __missing__(self, cell: str) -> int:
        text, form = cell.strip(), self._form
        try:
            moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
            if moment.tzinfo is not None:
                moment = moment.astimezone(self._zone)
        except (ValueError, OverflowError):
            wanted = form or "ISO 8601 such as 2026-03-02T10:28:00"
            raise BadCell("time", f"not a date and time in the form {wanted}") from None
        self[cell] = day = day_number(moment.date())
        return day
