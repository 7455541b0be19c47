"""What every group of customers did in 34 weeks, beside what was to be expected of it."""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy  # which loads scipy.special when it is first used

from shared.domain.cause import Cause, Group, Limits, Members
from shared.domain.panel import SEASON
from shared.domain.weeks import Bools, Floats, Ints

WINDOWS = (1, 2, 3, 4, 6)  # weeks in which a fall can be found
LONGEST = 12  # weeks after which a fall that lasts is the new usual
PAST = SEASON - LONGEST  # weeks, oldest first, that show what is usual
MOST = 2 / 3  # of the members buy less
BEFORE = 4  # weeks just before the fall
OTHERS = 10  # customers who show the season
STEADY = 30.0  # purchase days that draw the season of the others to 1
SWING = 0.3  # a group may go along with a season by so much more or less
DRAWN = 8.0  # past blocks that draw a group's scatter to that of all groups
ROUNDS_A_YEAR = 52


class GroupTable:
    """What every group did and was expected to do: rows are weeks, columns groups.

    `done` and `usual` (before any season), float64[34, g]; `season`, float64[34, g], is that of
    all who are not in the group.
    """

    def __init__(
        self,
        members: Members,
        index: Floats,
        limits: Limits,
        yearly: "GroupTable | None" = None,
    ) -> None:
        self._yearly = yearly
        self._members = members
        self._limits = limits
        exposure = (members.chances[:PAST] * index[:PAST, None]).sum(axis=0)
        rate = members.counts[:PAST].sum(axis=0) / exposure
        self._expected_each = members.chances * rate
        kinds = members.labels
        self.groups = [Group(kind, name) for kind in kinds for name in members.names[kind]]
        codes = [(kinds[kind], len(members.names[kind])) for kind in kinds]
        self.size = _sums(codes, np.ones((1, len(members.worth))))[0]
        self.done = _sums(codes, members.counts)
        self.usual = _sums(codes, self._expected_each)
        others = members.counts.sum(axis=1, keepdims=True) - self.done
        theirs = self._expected_each.sum(axis=1, keepdims=True) - self.usual
        self.season = (others + STEADY) / (theirs + STEADY)
        self._sure = 1.0 / np.maximum(others, 1.0)
        self.expected = self.usual * self.season
        rest = len(members.worth) - self.size
        self.tested = (self.size >= limits.customers) & (rest >= OTHERS)

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
            lately = self.ratio(min(weeks, 2))[place]
            if self.size[place] and lately < 1.0 - self._limits.drop / 2:
                return self._cause(place, weeks)
        return None

    def ratio(self, weeks: int, end: int = SEASON) -> Floats:
        """Done against expected in the `weeks` weeks before row `end`; float64[g]."""
        rows = slice(max(end - weeks, 0), end)
        ratio: Floats = (self.done[rows].sum(axis=0) + 0.5) / (
            self.expected[rows].sum(axis=0) + 0.5
        )
        return ratio

    def _fell(self, weeks: int, chance: float) -> Bools:
        """Which groups fell far enough, at once, and beyond what their own past explains."""
        before = self._before(weeks)
        ratio = self.ratio(weeks) / before
        scatter, freedom = self._scatter(weeks)
        season = self.season[-weeks:].mean(axis=0)
        scatter += np.square(SWING * np.log(season)) + self._sure[-weeks:].mean(axis=0) / weeks
        by_logs = scipy.special.stdtr(freedom, np.log(ratio) / np.sqrt(scatter))
        done, expected = (each[-weeks:].sum(axis=0) for each in (self.done, self.expected))
        tail = np.maximum(by_logs, _so_few(done, expected * before, scatter))
        fell: Bools = self.tested & (ratio <= 1.0 - self._limits.drop) & (tail < chance)
        return fell

    def _before(self, weeks: int) -> Floats:
        """What the group itself leads to expect, at most 1; float64[g].

        Where it was going down already, that goes on, and where it fell at this time of the last
        year, it may again: a season of its own is no fall.
        """
        end = SEASON - weeks
        level = np.minimum(self.ratio(BEFORE, end), 1.0)
        trend = np.minimum(level / self.ratio(BEFORE, end - BEFORE), 1.0)
        found: Floats = np.minimum(level * trend, self._last_year(weeks))
        return found

    def _last_year(self, weeks: int) -> Floats:
        """What became of the groups at this time of the last year, give or take a week."""
        if self._yearly is None:
            return np.ones(len(self.groups))
        ratios = [self._yearly.ratio(weeks, SEASON - shift) for shift in range(3)]
        known = self._yearly.size >= self._limits.customers / 2
        return np.where(known, np.minimum(np.mean(ratios, axis=0), 1.0), 1.0)

    def _scatter(self, weeks: int) -> tuple[Floats, float]:
        """How far each group's ratio strays by itself, a variance, and its freedom."""
        ends = range(PAST, weeks - 1, -weeks)
        blocks = np.array([np.log(self.ratio(weeks, end)) for end in ends])
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
        ratio = float(self.ratio(weeks)[place])
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
        mine: Bools = self._members.labels[group.kind] == self._members.code(group)
        return mine

    def _cause(self, place: int, weeks: int) -> Cause:
        ratio = float(self.ratio(weeks)[place])
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
    tail: Floats = scipy.special.betainc(shape, done + 1.0, shape / (shape + expected))
    return tail


def _sums(kinds: Sequence[tuple[Ints, int]], values: Floats) -> Floats:
    """values: float64[k, m]; their sums by group, the kinds side by side, float64[k, g]."""
    # Code -1 is nobody's: its sums are those of column 0, which is left out.
    columns = [
        np.array([np.bincount(codes + 1, row, count + 1)[1:] for row in values])
        for codes, count in kinds
    ]
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(values), 0))
