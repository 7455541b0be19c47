"""What strikes many customers at once: a group that buys less than all others lead to expect.

Each member's purchase days are compared with the member's own usual ones in the season of everybody
else. How far a group strays by chance is learnt from its own past weeks, so a group that swings
needs to fall deeper. See docs/detection.md.
"""

from collections.abc import Mapping

import numpy as np

from shared.domain.cause import Cause, Group, Limits, Members
from shared.domain.group_table import PAST, GroupTable
from shared.domain.panel import SEASON
from shared.domain.weeks import Floats

KNOWN_WEEKS = 8.0  # a member's usual days are known from so many of them


def find(
    members: Members,
    index: Floats,
    limits: Limits,
    living: Mapping[Group, int],
    before: Members | None = None,
) -> list[Cause]:
    """The common causes that the weeks show, the clearest first; no member is in two of them.

    index: float64[34], the season of everybody. living: known causes, with the weeks since each
    began: they stay until the group buys again as most of the others do. before: the same members
    up to 51 weeks ago; a group that fell then, too, has a season of its own.
    """
    found: list[Cause] = []
    left = _known(members, index)
    yearly = None
    if before is not None:
        flat = np.ones(SEASON)
        yearly = GroupTable(_known(before, flat), flat, limits)
    while True:
        table = GroupTable(left, index, limits, yearly)
        cause = table.lasting(living) or table.clearest()
        if cause is None:
            return found
        found.append(cause)
        left = left.take(left.labels[cause.group.kind] != left.code(cause.group))


def _known(members: Members, index: Floats) -> Members:
    """The members whose usual days are known."""
    exposure = (members.chances[:PAST] * index[:PAST, None]).sum(axis=0)
    usual = members.counts[:PAST].sum(axis=0)
    return members.take((exposure >= KNOWN_WEEKS) & (usual > 0))
