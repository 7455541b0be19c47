"""Who cannot be judged yet because data are missing."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from shared.domain.verdict import Verdict
from shared.domain.week import DAYS
from shared.storage.tables import event

HELD_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Missing:
    """What had not come in when an evaluation began.

    `feeds`: incomplete sources and the verdict they lead to. `unread`: by partition, up to where
    the log has records from before it became due that were not folded; nobody can say whose.
    """

    feeds: Mapping[str, Verdict] = field(default_factory=dict)
    unread: Mapping[int, int] = field(default_factory=dict)


NOTHING_MISSING = Missing()


def load_held(
    connection: Connection, numbers: NDArray[np.int64], as_of: int, missing: Missing, share: float
) -> dict[int, Verdict]:
    """The held ones of the customers `numbers` [n], with the reason; a few thousand at a time.

    Held is who had `share` or more of the purchase days of the last 26 weeks from incomplete
    feeds.
    """
    if missing.unread:
        return dict.fromkeys(numbers.tolist(), "held_incomplete")
    if not missing.feeds:
        return {}
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
