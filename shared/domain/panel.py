"""The working layout of the score: one row a week, one column a customer.

Everything the score sums, it sums over weeks; with a week's customers side by side each such
sum is one pass over neighbouring numbers.
"""

from dataclasses import dataclass

import numpy as np

from shared.domain.weeks import Floats, Ints, Weeks

LONGEST = 52
SEASON = 34


@dataclass(frozen=True, slots=True)
class Panel:
    """At least 34 and at most 52 rows of weeks; the last row is the judged week.

    spend, days: float64[c, n].
    live_from: int64[n], the first live row: a customer is live after the week of the first
        purchase (that week is known to hold one, so it would flatter the rate).
    begin: the first row that is a week of the data; rows before it only fill up.
    age: float64[n], weeks since the week of the first purchase.
    """

    spend: Floats
    days: Floats
    live_from: Ints
    begin: int
    age: Floats

    @property
    def rows(self) -> int:
        return len(self.spend)

    @property
    def known_from(self) -> Ints:
        """int64[n], the first row of each customer's story: the first purchase or the data's."""
        return np.maximum(self.live_from - 1, self.begin)

    def live(self, values: Floats) -> Floats:
        """Sets a matrix of this layout to 0 in the week of the first purchase, in place.

        Before it there is nothing, so afterwards only live weeks count.
        """
        seen = np.flatnonzero(self.live_from > self.begin)
        values[self.live_from[seen] - 1, seen] = 0.0
        return values


def panel(weeks: Weeks) -> Panel:
    """Lays out the last 52 weeks of `weeks`, filled up in front to 34 where there are fewer."""
    width = weeks.spend.shape[1]
    seen = min(LONGEST, width)
    begin = max(SEASON - seen, 0)
    shift = width - seen - begin
    live_from = np.maximum(weeks.first - shift + 1, begin)
    return Panel(
        spend=_rows(weeks.spend, seen, begin),
        days=_rows(weeks.days, seen, begin),
        live_from=live_from,
        begin=begin,
        age=(width - 1 - weeks.first).astype(np.float64),
    )


def _rows(values: Floats, seen: int, begin: int) -> Floats:
    rows = np.zeros((begin + seen, len(values)))
    rows[begin:] = values[:, -seen:].T
    return rows


def last_sums(values: Floats) -> Floats:
    """Sums of the last rows: row k of the answer is the sum of the last k rows, row 0 is 0."""
    sums = np.empty((len(values) + 1, *values.shape[1:]))
    sums[0] = 0.0
    # Row by row: numpy's cumsum walks down each column by itself, which takes five times longer.
    for row in range(len(values)):
        np.add(sums[row], values[-1 - row], out=sums[row + 1])
    return sums


def middle(values: Floats) -> tuple[Floats, Ints]:
    """The median of the positive numbers in each column and how many there are.

    values: float64[k, n], never negative. A column without positive numbers has median 0.
    """
    size = len(values)
    rows = np.array(values.T, order="C")  # a copy, also of a single column
    # Zeros sort in front, so the positive numbers are the last ones of each row.
    rows.sort(axis=1)
    count = np.count_nonzero(rows, axis=1)
    at = np.arange(len(rows)) * size + size - count
    flat = rows.ravel()
    lower = flat.take(at + np.maximum(count - 1, 0) // 2, mode="clip")
    upper = flat.take(at + count // 2, mode="clip")
    return np.where(count > 0, (lower + upper) / 2, 0.0), count
