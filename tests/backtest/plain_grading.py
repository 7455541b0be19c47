"""Grading once more, slowly: one customer and one week at a time, in plain loops.

Written from the protocol's text and not from the code under test.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median

Order = tuple[str, str, float]  # customer, ISO day, money
Week = tuple[str, int]  # customer, number of the week


def quantile(values: list[float], share: float) -> float:
    """With linear interpolation."""
    values = sorted(values)
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


@dataclass
class Truth:
    expected: float
    followed: float

    @property
    def left(self) -> bool:
        return self.followed < 0.5 * self.expected

    @property
    def missing(self) -> float:
        return max(0.0, self.expected - self.followed)


class PlainGrading:
    """Weeks, who is judged, and what became of them."""

    def __init__(self, orders: Sequence[Order]) -> None:
        days: dict[tuple[str, date], float] = defaultdict(float)
        for customer, text, amount in orders:
            days[customer, date.fromisoformat(text)] += amount
        first_day, last_day = min(d for _, d in days), max(d for _, d in days)
        self.monday = first_day
        while self.monday.weekday() != 0:
            self.monday += timedelta(days=1)
        self.weeks = 0
        # A week counts when its Saturday was reached.
        while self.monday + timedelta(days=7 * self.weeks + 5) <= last_day:
            self.weeks += 1
        self.spend: dict[str, list[float]] = {c: [0.0] * self.weeks for c, _ in days}
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        for (customer, day), amount in sorted(days.items()):
            week = (day - self.monday).days // 7
            self.first.setdefault(customer, week)
            self.last[customer] = week
            if 0 <= week < self.weeks:
                self.spend[customer][week] += amount
        self.range = range(25, self.weeks - 8)
        positive = [x for row in self.spend.values() for x in row if x > 0]
        cap = quantile(positive, 0.995)
        self.market = [
            sum(min(row[w], cap) for row in self.spend.values()) for w in range(self.weeks)
        ]

    def usual(self, customer: str, t: int) -> float:
        row = self.spend[customer]
        window = [row[i] for i in range(t - 25, t - 3)]
        positive = [x for x in window if x > 0]
        cap = 4 * median(positive) if len(positive) >= 4 else float("inf")
        known = [i for i in range(t - 25, t - 3) if i >= self.first[customer]]
        return fmean([min(row[i], cap) for i in known]) if known else 0.0

    def judged(self, customer: str, t: int) -> bool:
        row = self.spend[customer]
        return (
            sum(row[i] > 0 for i in range(t - 25, t + 1)) >= 8
            and t - self.first[customer] >= 13
            and any(row[i] > 0 for i in range(t - 11, t + 1))
            and self.usual(customer, t) > 0
        )

    def everybody(self) -> list[Week]:
        return [(c, t) for t in self.range for c in self.spend if self.judged(c, t)]

    def truth(self, customer: str, t: int) -> Truth:
        known = [f for f in self.first.values() if f <= t]
        closed = sum(f > t - 13 for f in known) * 1000 < len(known)
        index = fmean(self.market[t + 1 : t + 9]) / fmean(self.market[t - 25 : t - 3])
        index = 1.0 if closed else min(max(index, 0.5), 2.0)
        return Truth(8 * self.usual(customer, t) * index, sum(self.spend[customer][t + 1 : t + 9]))

    def lost(self, weeks: Sequence[Week]) -> dict[str, int]:
        """Who was lost and could have been named in time, with the week of the last purchase."""
        near = {c for c, t in weeks if self.last[c] - 8 <= t <= self.last[c] + 11}
        return {c: self.last[c] for c in near if self.weeks - 1 - self.last[c] > 12}


def alerts_at(weeks: Sequence[Week], scores: dict[Week, float], threshold: float) -> list[Week]:
    last: dict[str, int] = {}
    found = []
    for customer, t in sorted(weeks, key=lambda week: week[1]):
        if scores[customer, t] >= threshold and t - last.get(customer, -99) >= 8:
            last[customer] = t
            found.append((customer, t))
    return found


def at_budget(weeks: Sequence[Week], scores: dict[Week, float], budget: float) -> list[Week]:
    """For scores without ties."""
    wanted = round(budget * len(weeks))
    ordered = sorted(scores.values(), reverse=True)
    place = bisect_left(ordered, wanted, key=lambda cut: len(alerts_at(weeks, scores, cut)))
    return alerts_at(weeks, scores, ordered[place])


def episodes(weeks: Sequence[Week], truths: dict[Week, Truth]) -> list[list[Week]]:
    found: list[list[Week]] = []
    for customer, t in sorted(week for week in weeks if truths[week].left):
        if found and found[-1][-1][0] == customer and t - found[-1][-1][1] - 1 <= 2:
            found[-1].append((customer, t))
        else:
            found.append([(customer, t)])
    return found


def captured(alerts: Sequence[Week], spells: list[list[Week]], truths: dict[Week, Truth]) -> float:
    total = caught = 0.0
    for spell in spells:
        money = sum(truths[week].missing for week in spell)
        total += money
        start, end = spell[0][1], spell[-1][1]
        if any(c == spell[0][0] and start <= t <= end for c, t in alerts):
            caught += money
    return caught / total


def average_precision(scores: Sequence[float], left: Sequence[bool]) -> float:
    total = hits = named = 0.0
    groups: dict[float, list[bool]] = defaultdict(list)
    for score, gone in zip(scores, left, strict=True):
        groups[score].append(gone)
    for _, group in sorted(groups.items(), reverse=True):
        hits += sum(group)
        named += len(group)
        total += sum(group) * hits / named
    return total / hits


def roc_auc(scores: Sequence[float], left: Sequence[bool]) -> float:
    gone = [s for s, y in zip(scores, left, strict=True) if y]
    stayed = sorted(s for s, y in zip(scores, left, strict=True) if not y)
    wins = sum((bisect_left(stayed, s) + bisect_right(stayed, s)) / 2 for s in gone)
    return wins / len(gone) / len(stayed)
