"""What members of common causes score when their causes are taken for granted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from services.detector.histories import Histories
from services.detector.numbers import Numbers
from services.detector.occasional import EasedGap, judge_occasional
from services.detector.verdicts import Eased
from shared.domain.cause import Cause
from shared.domain.following import following, following_days, unaware, unaware_days
from shared.domain.portfolio import Portfolio
from shared.domain.score import confirmed, score
from shared.domain.weeks import Weeks

Sharing = Mapping[int, tuple[Cause, ...]]  # by customer number


def score_members(
    histories: Histories, causes: Sharing, numbers: Numbers, rows: Sequence[int]
) -> dict[int, Eased]:
    """By customer number, the scores of those of `rows` who are in some cause."""
    found = {}
    for mine, members in _sharing(histories, causes, rows).items():
        weeks = histories.weeks(np.array(members))
        follows, free = (
            _confirmed(weeks, change(numbers.portfolio, mine), numbers.means)
            for change in (following, unaware)
        )
        for row, one, other in zip(members, follows, free, strict=True):
            found[int(histories.numbers[row])] = Eased(one, other)
    return found


def _confirmed(weeks: Weeks, portfolio: Portfolio, means: Sequence[float]) -> list[float]:
    plain = score(weeks, portfolio, means).score
    found: list[float] = confirmed(weeks, portfolio, means, plain).tolist()
    return found


def gaps_of_members(
    histories: Histories, causes: Sharing, numbers: Numbers, rows: Sequence[int]
) -> dict[int, EasedGap]:
    """The same for occasional buyers: what their silence says in the season of their causes."""
    found: dict[int, EasedGap] = {}
    gaps = numbers.gaps
    if gaps is None:
        return found
    for mine, members in _sharing(histories, causes, rows).items():
        follows, free = (
            judge_occasional(
                histories, np.array(members), replace(gaps, seasons=change(gaps.seasons, mine))
            )
            for change in (following_days, unaware_days)
        )
        columns = (follows.confirmed, free.confirmed, free.chance)
        for row, *values in zip(follows, *(each.tolist() for each in columns), strict=True):
            found[int(histories.numbers[row])] = EasedGap(*values)
    return found


def _sharing(
    histories: Histories, causes: Sharing, rows: Sequence[int]
) -> dict[tuple[Cause, ...], list[int]]:
    """The rows of members, by their causes."""
    sharing: dict[tuple[Cause, ...], list[int]] = defaultdict(list)
    for row in rows if causes else ():
        mine = causes.get(int(histories.numbers[row]))
        if mine:
            sharing[mine].append(row)
    return sharing
