"""Who cannot be judged yet because data are missing."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from shared.domain.verdict import Verdict
from shared.domain.week import DAYS
from shared.eventlog.partition import partition_of
from shared.storage.tables import customer, event

HELD_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Unread:
    """What was not folded of a log with so many `partitions`.

    `ends`: by partition, up to where it has records from before the evaluation became due.
    """

    ends: Mapping[int, int] = field(default_factory=dict)
    partitions: int = 1

    def concerns(self, key: str) -> bool:
        """Whether the records of a customer may be among them: all lie in one partition."""
        return partition_of(key, self.partitions) in self.ends


@dataclass(frozen=True, slots=True)
class Missing:
    """What had not come in when an evaluation began.

    `feeds`: incomplete sources and the verdict they lead to. `unread`: what was not folded.
    """

    feeds: Mapping[str, Verdict] = field(default_factory=dict)
    unread: Unread = field(default_factory=Unread)

    def __bool__(self) -> bool:
        return bool(self.feeds or self.unread.ends)


NOTHING_MISSING = Missing()


def load_held(
    connection: Connection, numbers: NDArray[np.int64], as_of: int, missing: Missing, share: float
) -> dict[int, Verdict]:
    """The held ones of the customers `numbers` [n], with the reason; a few thousand at a time.

    Held is whose partition is unread, and who had `share` or more of the purchase days of the last
    26 weeks from incomplete feeds.
    """
    held = _of_feeds(connection, numbers, as_of, missing, share) if missing.feeds else {}
    if missing.unread.ends:
        names = select(customer.c.number, customer.c.id)
        rows = connection.execute(names.where(customer.c.number.in_(numbers.tolist())))
        unread = [number for number, name in rows if missing.unread.concerns(name)]
        held |= dict.fromkeys(unread, _PRESSING[0])
    return held


def _of_feeds(
    connection: Connection, numbers: NDArray[np.int64], as_of: int, missing: Missing, share: float
) -> dict[int, Verdict]:
    found = (
        select(event.c.customer, event.c.source, event.c.day)
        .where(
            event.c.customer.in_(numbers.tolist()),
            event.c.type == "purchase",
            event.c.state == "counted",
            event.c.day < as_of,
            event.c.day >= as_of - HELD_WEEKS * DAYS,
        )
        .distinct()
    )
    days: dict[int, set[int]] = defaultdict(set)
    doubtful: dict[int, set[int]] = defaultdict(set)
    reasons: dict[int, set[Verdict]] = defaultdict(set)
    for number, source, day in connection.execute(found):
        days[number].add(day)
        if source in missing.feeds:
            doubtful[number].add(day)
            reasons[number].add(missing.feeds[source])
    return {
        # Silence says more to whoever has to mend it than lateness does.
        number: max(reasons[number], key=_PRESSING.index)
        for number, some in doubtful.items()
        if len(some) >= share * len(days[number])
    }


_PRESSING: tuple[Verdict, ...] = ("held_incomplete", "held_feed_silent")
