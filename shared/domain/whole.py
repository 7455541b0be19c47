"""Everybody at once: a company whose customers all buy less than a year ago at this time.

There are no others to show the season, so only the year before can: nothing is said before it is
known. Nobody needs to be held, because the season of the portfolio has fallen with it.
"""

import numpy as np
import scipy  # which loads scipy.special when it is first used

from shared.domain.cause import Cause, Group, Limits, Members
from shared.domain.group_table import DRAWN, LONGEST, MOST, PAST, ROUNDS_A_YEAR, WINDOWS
from shared.domain.panel import SEASON
from shared.domain.weeks import Floats

EVERYBODY = Group("portfolio", "all")
KNOWN_WEEKS = 8.0


def whole(now: Members, before: Members, limits: Limits, since: int = 0) -> Cause | None:
    """The fall of all members against the same weeks of the last year, if there is one.

    before: the same members up to 51 weeks ago. Both as in `causes.find`. since: how many weeks
    ago a known fall began; 0 for none.
    """
    now, before = _known(now), _known(before)
    if min(len(now.worth), len(before.worth)) < limits.customers:
        return None
    this, last = _expected(now), _expected(before)
    best: tuple[float, int, float] | None = None
    if 0 < since <= LONGEST:
        usual = _usual(before, last, min(since, 2))
        if _ratio(now, this, min(since, 2), SEASON) < usual * (1.0 - limits.drop / 2):
            return _cause(now, this, since, _usual(before, last, since))
    for weeks in WINDOWS:
        usual = _usual(before, last, weeks)
        ratio = _ratio(now, this, weeks, SEASON) / usual
        chance = _chance(now, before, weeks, ratio, usual)
        fell = ratio <= 1.0 - limits.drop and chance < 1.0 / (ROUNDS_A_YEAR * len(WINDOWS))
        if fell and (best is None or chance < best[0]) and _most(now, this, weeks, usual):
            best = chance, weeks, usual
    return None if best is None else _cause(now, this, best[1], best[2])


def _usual(before: Members, last: Floats, weeks: int) -> float:
    """What the last year made of an ordinary week at this time, give or take a week."""
    return min(_ratio(before, last, weeks, SEASON - shift) for shift in range(3))


def _known(members: Members) -> Members:
    known = members.chances[:PAST].sum(axis=0) >= KNOWN_WEEKS
    return members.take(known & (members.counts[:PAST].sum(axis=0) > 0))


def _expected(members: Members) -> Floats:
    """Each member's usual days in each week, before any season."""
    rate = members.counts[:PAST].sum(axis=0) / members.chances[:PAST].sum(axis=0)
    expected: Floats = members.chances * rate
    return expected


def _ratio(members: Members, expected: Floats, weeks: int, end: int) -> float:
    rows = slice(end - weeks, end)
    return float((members.counts[rows].sum() + 0.5) / (expected[rows].sum() + 0.5))


def _chance(now: Members, before: Members, weeks: int, ratio: float, usual: float) -> float:
    """How likely two years differ so much, by how much they differed in the weeks before.

    usual: what the season leaves of an ordinary week; the fewer days, the more they stray.
    """
    this, last = _expected(now), _expected(before)
    ends = range(PAST, weeks, -weeks)
    apart = np.array(
        [_ratio(now, this, weeks, end) / _ratio(before, last, weeks, end - 1) for end in ends]
    )
    counted = 1.0 / this[-weeks:].sum() + 1.0 / last[-weeks:].sum()
    squares = float(np.square(np.log(apart)).sum())
    scatter = max((squares + DRAWN * counted) / (len(apart) + DRAWN), counted)
    scatter += counted * max(1.0 / usual - 1.0, 0.0)
    return float(scipy.special.stdtr(len(apart) + DRAWN, np.log(ratio) / np.sqrt(scatter)))


def _most(members: Members, expected: Floats, weeks: int, usual: float) -> bool:
    low, size = _below(members, expected, weeks, usual)
    return low >= MOST * size


def _below(members: Members, expected: Floats, weeks: int, usual: float) -> tuple[int, int]:
    due = expected[-weeks:].sum(axis=0) * usual
    done = members.counts[-weeks:].sum(axis=0)
    return int((done < due).sum()), int((due > 0).sum())


def _cause(members: Members, expected: Floats, weeks: int, usual: float) -> Cause:
    low, size = _below(members, expected, weeks, usual)
    ratio = _ratio(members, expected, weeks, SEASON)
    return Cause(
        group=EVERYBODY,
        weeks=weeks,
        ratio=ratio / usual,
        customers=low,
        members=size,
        expected=(ratio,) * weeks,
        worth=float(members.worth.sum()),
    )
