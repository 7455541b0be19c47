"""What strikes many customers at once: a group that buys less than all others lead to expect.

Each member's purchase days are compared with the member's own usual ones in the season of everybody
else. How far a group strays by chance is learnt from its own past weeks, so a group that swings
needs to fall deeper. See docs/detection.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, stdtr

from shared.domain.panel import SEASON
from shared.domain.weeks import Bools, Floats, Ints

WINDOWS = (1, 2, 3, 4)  # weeks in which a fall can be found
LONGEST = 12  # weeks after which a fall that lasts is the new usual
PAST = SEASON - LONGEST  # weeks, oldest first, that show what is usual
KNOWN_WEEKS = 8.0  # a member's usual days are known from so many of them
MOST = 2 / 3  # of the members buy less
BEFORE = 4  # weeks just before the fall
OTHERS = 10  # customers who show the season
STEADY = 30.0  # purchase days that draw the season of the others to 1
SWING = 0.3  # a group may go along with a season by so much more or less
DRAWN = 8.0  # past blocks that draw a group's scatter to that of all groups
ROUNDS_A_YEAR = 52


class Group(NamedTuple):
    """`kind`: region, segment, rep, shop or category."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Members:
    """m members in 34 weeks, oldest first; the last row is the judged week.

    counts: float64[34, m], purchase days. chances: float64[34, m], what a week is worth to the
    member before any season, 0 where the member was not live. worth: float64[m], usual money a
    week. labels: for each kind int64[m], the member's group by its place in `names`; -1: none.
    """

    counts: Floats
    chances: Floats
    worth: Floats
    labels: Mapping[str, Ints]
    names: Mapping[str, Sequence[str]]

    def take(self, rows: Bools) -> "Members":
        labels = {kind: codes[rows] for kind, codes in self.labels.items()}
        return replace(
            self,
            counts=self.counts[:, rows],
            chances=self.chances[:, rows],
            worth=self.worth[rows],
            labels=labels,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What makes a fall common: at least so many customers, who buy less by at least `drop`."""

    customers: int
    drop: float


@dataclass(frozen=True, slots=True)
class Cause:
    """A group that fell together `weeks` weeks ago to `ratio` of what was to be expected.

    customers: members who buy less than usual, of `members`. expected: for each of these weeks,
    oldest first, what the group's purchase days are against an ordinary week. worth: usual money
    a week of all members.
    """

    group: Group
    weeks: int
    ratio: float
    customers: int
    members: int
    expected: tuple[float, ...]
    worth: float


def find(
    members: Members, index: Floats, limits: Limits, living: Mapping[Group, int]
) -> list[Cause]:
    """The common causes that the weeks show, the clearest first; no member is in two of them.

    index: float64[34], the season of everybody. living: known causes, with the weeks since each
    began: they stay until the group buys again as most of the others do.
    """
    found: list[Cause] = []
    left = _known(members, index)
    while True:
        table = _Table(left, index, limits)
        cause = table.lasting(living) or table.clearest()
        if cause is None:
            return found
        found.append(cause)
        left = left.take(left.labels[cause.group.kind] != _code(left, cause.group))


def _known(members: Members, index: Floats) -> Members:
    """The members whose usual days are known."""
    exposure = (members.chances[:PAST] * index[:PAST, None]).sum(axis=0)
    usual = members.counts[:PAST].sum(axis=0)
    return members.take((exposure >= KNOWN_WEEKS) & (usual > 0))


def _code(members: Members, group: Group) -> int:
    return list(members.names[group.kind]).index(group.name)


class _Table:
    """What every group did and was expected to do: rows are weeks, columns groups.

    `done` and `usual` (before any season), float64[34, g]; `season`, float64[34, g], is that of
    all who are not in the group.
    """

    def __init__(self, members: Members, index: Floats, limits: Limits) -> None:
        self._members = members
        self._limits = limits
        exposure = (members.chances[:PAST] * index[:PAST, None]).sum(axis=0)
        rate = members.counts[:PAST].sum(axis=0) / exposure
        self._expected_each = members.chances * rate
        kinds = members.labels
        self.groups = [Group(kind, name) for kind in kinds for name in members.names[kind]]
        codes = [(kinds[kind], len(members.names[kind])) for kind in kinds]
        self._size = _sums(codes, np.ones((1, len(members.worth))))[0]
        self.done = _sums(codes, members.counts)
        self.usual = _sums(codes, self._expected_each)
        others = members.counts.sum(axis=1, keepdims=True) - self.done
        theirs = self._expected_each.sum(axis=1, keepdims=True) - self.usual
        self.season = (others + STEADY) / (theirs + STEADY)
        self._sure = 1.0 / np.maximum(others, 1.0)
        self.expected = self.usual * self.season
        rest = len(members.worth) - self._size
        self.tested = (self._size >= limits.customers) & (rest >= OTHERS)

    def clearest(self) -> Cause | None:
        """The group whose fall says most, if any falls beyond chance."""
        if not self.tested.any():
            return None
        chance = 1.0 / (ROUNDS_A_YEAR * len(WINDOWS) * int(self.tested.sum()))
        best: tuple[float, int, int] | None = None
        for weeks in WINDOWS:
            fell = self._fell(weeks, chance)
            for place in np.flatnonzero(fell):
                said = self._says(int(place), weeks)
                if (best is None or said > best[0]) and self._most(int(place), weeks):
                    best = said, int(place), weeks
        return None if best is None else self._cause(best[1], best[2])

    def lasting(self, living: Mapping[Group, int]) -> Cause | None:
        """A known cause whose group still buys less than it should."""
        for group, weeks in living.items():
            if group not in self.groups or not 0 < weeks <= LONGEST:
                continue
            place = self.groups.index(group)
            lately = self._ratio(min(weeks, 2))[place]
            if self._size[place] and lately < 1.0 - self._limits.drop / 2:
                return self._cause(place, weeks)
        return None

    def _ratio(self, weeks: int, end: int = SEASON) -> Floats:
        """Done against expected in the `weeks` weeks before row `end`; float64[g]."""
        rows = slice(max(end - weeks, 0), end)
        ratio: Floats = (self.done[rows].sum(axis=0) + 0.5) / (
            self.expected[rows].sum(axis=0) + 0.5
        )
        return ratio

    def _fell(self, weeks: int, chance: float) -> Bools:
        """Which groups fell far enough, at once, and beyond what their own past explains."""
        before = self._before(weeks)
        ratio = self._ratio(weeks) / before
        scatter, freedom = self._scatter(weeks)
        season = self.season[-weeks:].mean(axis=0)
        scatter += np.square(SWING * np.log(season)) + self._sure[-weeks:].mean(axis=0) / weeks
        by_logs = stdtr(freedom, np.log(ratio) / np.sqrt(scatter))
        done, expected = (each[-weeks:].sum(axis=0) for each in (self.done, self.expected))
        tail = np.maximum(by_logs, _so_few(done, expected * before, scatter))
        fell: Bools = self.tested & (ratio <= 1.0 - self._limits.drop) & (tail < chance)
        return fell

    def _before(self, weeks: int) -> Floats:
        """What the weeks just before the fall lead to expect, at most 1; float64[g].

        Where a group was going down already, that goes on: a season of its own is no fall.
        """
        end = SEASON - weeks
        level = np.minimum(self._ratio(BEFORE, end), 1.0)
        trend: Floats = np.minimum(level / self._ratio(BEFORE, end - BEFORE), 1.0)
        return level * trend

    def _scatter(self, weeks: int) -> tuple[Floats, float]:
        """How far each group's ratio strays by itself, a variance, and its freedom."""
        ends = range(PAST, weeks - 1, -weeks)
        blocks = np.array([np.log(self._ratio(weeks, end)) for end in ends])
        worth = np.array([self.expected[end - weeks : end].sum(axis=0) for end in ends])
        squares = np.square(blocks[:, self.tested])
        counting = 1.0 / np.maximum(worth[:, self.tested], 0.5)
        loose = float(squares.sum() / counting.sum())  # were it counting alone
        now = 1.0 / np.maximum(self.expected[-weeks:].sum(axis=0), 0.5)
        usual = max(loose, 1.0) * now if loose > 0 else now
        drawn = (np.square(blocks).sum(axis=0) + DRAWN * usual) / (len(blocks) + DRAWN)
        return np.maximum(drawn, now), len(blocks) + DRAWN

    def _says(self, place: int, weeks: int) -> float:
        """The log likelihood ratio of the fall, by which causes inside each other are told."""
        expected = float(self.expected[-weeks:, place].sum())
        ratio = float(self._ratio(weeks)[place])
        return expected * (ratio * float(np.log(ratio)) - ratio + 1.0)

    def _most(self, place: int, weeks: int) -> bool:
        low, members = self._below(place, weeks)
        return low >= MOST * members

    def _below(self, place: int, weeks: int) -> tuple[int, int]:
        """How many members of a group bought less than expected, and how many there are."""
        mine = self._mine(place)
        season = self.season[-weeks:, [place]]
        expected = (self._expected_each[-weeks:, mine] * season).sum(axis=0)
        done = self._members.counts[-weeks:, mine].sum(axis=0)
        return int((done < expected).sum()), int((expected > 0).sum())

    def _mine(self, place: int) -> Bools:
        group = self.groups[place]
        mine: Bools = self._members.labels[group.kind] == _code(self._members, group)
        return mine

    def _cause(self, place: int, weeks: int) -> Cause:
        ratio = float(self._ratio(weeks)[place])
        low, members = self._below(place, weeks)
        path = self.season[-weeks:, place] * min(ratio, 1.0)
        return Cause(
            group=self.groups[place],
            weeks=weeks,
            ratio=ratio,
            customers=low,
            members=members,
            expected=tuple(path.tolist()),
            worth=float(self._members.worth[self._mine(place)].sum()),
        )


def _so_few(done: Floats, expected: Floats, scatter: Floats) -> Floats:
    """The chance of no more than `done`, a negative binomial count, where logs say too much.

    scatter: its variance divided by the squared mean.
    """
    expected = np.maximum(expected, 0.01)
    shape = 1.0 / np.maximum(scatter - 1.0 / expected, 1e-6)
    tail: Floats = betainc(shape, done + 1.0, shape / (shape + expected))
    return tail


def _sums(kinds: Sequence[tuple[Ints, int]], values: Floats) -> Floats:
    """values: float64[k, m]; their sums by group, the kinds side by side, float64[k, g]."""
    # Code -1 is nobody's: its sums are those of column 0, which is left out.
    columns = [
        np.array([np.bincount(codes + 1, row, count + 1)[1:] for row in values])
        for codes, count in kinds
    ]
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(values), 0))
