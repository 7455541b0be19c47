"""Customers nobody has been in touch with for much longer than before."""

from collections.abc import Sequence
from itertools import pairwise

from shared.domain.evidence import Item
from shared.domain.week import day_date

LOOKED_AT_DAYS = 365
LEAST_CONTACTS = 4  # days of contact; three intervals tell a habit
TIMES_LONGER = 3.0  # evenly random contacts leave a gap three times the mean in 1 of 20
LEAST_SILENCE = 28  # days
ALIVE_DAYS = 14  # a source that recorded nothing of anybody for longer tells nothing of silence


def no_contact(days: Sequence[int], today: int) -> Item | None:
    """The item «no contact for long», from the days of contact of the year before day `today`.

    None while the silence is not much longer than usual, nor longer than ever in that year.
    """
    known = sorted({day for day in days if today - LOOKED_AT_DAYS <= day <= today})
    if len(known) < LEAST_CONTACTS:
        return None
    usual = (known[-1] - known[0]) / (len(known) - 1)
    longest = max(later - day for day, later in pairwise(known))
    silent = today - known[-1]
    if silent < max(LEAST_SILENCE, TIMES_LONGER * usual) or silent <= longest:
        return None
    last = day_date(known[-1]).isoformat()
    return {"kind": "no_contact", "usual_days": round(usual, 1), "day": last}
