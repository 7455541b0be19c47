"""What is known of a customer, what it is enough for, and from when on more can be said."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.domain.gaps import KNOWN_DAYS, LEAST_GAPS, LOOKED_BACK
from shared.domain.week import DAYS
from shared.domain.weeks import ACTIVE_WEEKS, RECENT, YOUNG_WEEKS


@dataclass(frozen=True, slots=True)
class Prospect:
    """Before a day, of a customer who has bought.

    weeks: since the week of the first purchase. active_weeks: of the last 26, those with a
    purchase. purchase_days: of the last 364. score_from, gaps_from: the first day on which an
    evaluation could judge by the score, or by own gaps: for the score if a purchase comes every
    week until then. None where it can already; gaps_from also where another purchase must come.
    """

    weeks: int
    active_weeks: int
    purchase_days: int
    score_from: int | None
    gaps_from: int | None


def prospect(days: Collection[int], as_of: int) -> Prospect:
    """By the customer's purchase days before `as_of`, at least one."""
    bought = sorted(set(days))
    weeks = -1 - (bought[0] - as_of) // DAYS
    active = len({(day - as_of) // DAYS for day in bought if day >= as_of - RECENT * DAYS})
    recent = [day for day in bought if day >= as_of - LOOKED_BACK]
    missing = max(YOUNG_WEEKS - weeks, ACTIVE_WEEKS - active, 0)
    known = as_of - (recent or bought)[0]
    short = max(int(KNOWN_DAYS) - known, 0)
    gaps_from = as_of + -(-short // DAYS) * DAYS if len(recent) > LEAST_GAPS and short else None
    return Prospect(
        weeks=weeks,
        active_weeks=active,
        purchase_days=len(recent),
        score_from=as_of + missing * DAYS if missing else None,
        gaps_from=gaps_from,
    )
