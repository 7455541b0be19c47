"""Finding what many customers have in common, and who of them is one of the many."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, distinct, func, select

from services.detector.baskets import Bought
from services.detector.histories import Histories
from services.detector.responsible import load_reps
from shared.domain.cause import Cause, Group, Limits, Members
from shared.domain.causes import find
from shared.domain.group_table import PAST
from shared.domain.panel import SEASON
from shared.domain.week import DAYS
from shared.domain.weeks import RECENT
from shared.domain.whole import EVERYBODY, whole
from shared.ops.settings import Settings
from shared.storage import arrays
from shared.storage.tables import event, feed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_REPS = 20
MOSTLY = 0.5  # of the purchase days: then a shop is the customer's own
CATEGORY = "category"
BACK = 51  # weeks: the year before, one week less so that a season may come a week later
BASKET_WEEKS = SEASON + BACK


@dataclass(frozen=True, slots=True)
class Shared:
    """A cause, and the reps whose customers it concerns, those with most of them first."""

    cause: Cause
    reps: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"cause": self.cause.to_dict(), "reps": list(self.reps)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Shared":
        return cls(Cause.from_dict(stored["cause"]), tuple(stored["reps"]))


def find_shared(
    connection: Connection,
    histories: Histories,
    bought: Bought,
    index: Floats,
    settings: Settings,
    living: Mapping[Group, int],
    share: float,
) -> tuple[Shared, ...]:
    """The causes that the weeks of judged customers show; the clearest first, categories last.

    `bought` are their baskets of 34 weeks or of BASKET_WEEKS; index: float64[34], their season.
    `living` as in domain.causes; `share` of the customers were looked at.
    """
    if not settings.cause_customers or not len(histories.numbers):
        return ()
    limits = Limits(settings.cause_customers, settings.cause_drop)
    reps = load_reps(connection, histories.numbers.tolist())
    groups = groups_of(connection, histories, reps, shops=True)
    members = _members(histories, groups)
    before = _members(histories, groups, BACK) if histories.span.columns > BACK else None
    found = []
    everybody = None if before is None else whole(members, before, limits, living.get(EVERYBODY, 0))
    if everybody is not None:
        all_reps = _reps(histories, np.arange(len(histories.numbers)), reps)
        found.append(Shared(everybody.scaled(1 / share), all_reps))
    for cause in find(members, index, limits, living, before):
        rows = np.flatnonzero(_mine(members, cause.group))
        found.append(Shared(cause.scaled(1 / share), _reps(histories, rows, reps)))
    baskets = _basket_members(histories, bought)
    before = _basket_members(histories, bought, BACK) if len(bought.baskets.days) > BACK else None
    for cause in find(baskets, np.ones(SEASON), limits, living, before):
        rows = bought.baskets.whose[_mine(baskets, cause.group)]
        found.append(Shared(cause.scaled(1 / share), _reps(histories, rows, reps)))
    return tuple(found)


def members_of(
    connection: Connection,
    histories: Histories,
    reps: Mapping[int, str],
    shared: Iterable[Shared],
) -> dict[int, tuple[Cause, ...]]:
    """By customer number, the causes whose group the customer is in.

    Of a category nobody is: who buys less of it buys the rest. Nor of everybody: the season of
    the portfolio has fallen with all.
    """
    alone = (CATEGORY, EVERYBODY.kind)
    causes = [one.cause for one in shared if one.cause.group.kind not in alone]
    if not causes:
        return {}
    shops = any(cause.group.kind == "shop" for cause in causes)
    groups = groups_of(connection, histories, reps, shops=shops)
    found: dict[int, tuple[Cause, ...]] = {}
    for row, number in enumerate(histories.numbers.tolist()):
        mine = tuple(cause for cause in causes if groups[cause.group.kind][row] == cause.group.name)
        if mine:
            found[number] = mine
    return found


def groups_of(
    connection: Connection, histories: Histories, reps: Mapping[int, str], *, shops: bool
) -> dict[str, list[str | None]]:
    """For each kind the group of every customer of `histories`; None: in none."""
    numbers = histories.numbers.tolist()
    own = load_shops(connection, histories) if shops else {}
    return {
        "region": [sector.region for sector in histories.sectors],
        "segment": [sector.segment for sector in histories.sectors],
        "rep": [reps.get(number) for number in numbers],
        "shop": [own.get(number) for number in numbers],
    }


def load_shops(connection: Connection, histories: Histories) -> dict[int, str]:
    """The source of most purchase days of half a year, by customer number.

    Empty where the company has but one source.
    """
    if (connection.scalar(select(func.count()).select_from(feed)) or 0) < 2:
        return {}
    these = arrays.table(connection, [("number", BigInteger())], histories.numbers.tolist())
    as_of = histories.span.as_of
    found = (
        select(event.c.customer, event.c.source, func.count(distinct(event.c.day)))
        .join(these, these.c.number == event.c.customer)
        .where(
            event.c.type == "purchase",
            event.c.state == "counted",
            event.c.day < as_of,
            event.c.day >= as_of - RECENT * DAYS,
        )
        .group_by(event.c.customer, event.c.source)
    )
    days: dict[int, Counter[str]] = defaultdict(Counter)
    for number, source, count in connection.execute(found):
        days[number][source] = count
    own = {}
    for number, sources in days.items():
        name, most = max(sources.items(), key=lambda pair: (pair[1], pair[0]))
        if most >= MOSTLY * sum(sources.values()):
            own[number] = name
    return own


def _members(
    histories: Histories, groups: Mapping[str, Sequence[str | None]], back: int = 0
) -> Members:
    weeks = histories.weeks(back=back)
    width = min(weeks.days.shape[1], SEASON)
    missing = SEASON - width
    counts, spend = (_rows(values, width) for values in (weeks.days, weeks.spend))
    columns = np.arange(SEASON)[:, None] - missing + weeks.days.shape[1] - width
    live = (columns > weeks.first) & (np.arange(SEASON)[:, None] >= missing)
    coded = {kind: _coded(names) for kind, names in groups.items()}
    return Members(
        counts=counts * live,
        chances=live.astype(np.float64),
        worth=(spend * live)[:PAST].sum(axis=0) / np.maximum(live[:PAST].sum(axis=0), 1),
        labels={kind: codes for kind, (codes, _) in coded.items()},
        names={kind: names for kind, (_, names) in coded.items()},
    )


def _basket_members(histories: Histories, bought: Bought, back: int = 0) -> Members:
    """Pairs of a customer and a category: days with it, against the customer's purchase days."""
    baskets = bought.baskets
    rows = slice(len(baskets.days) - back - SEASON, len(baskets.days) - back)
    return Members(
        counts=baskets.days[rows],
        chances=baskets.visits[rows, baskets.whose],
        worth=bought.spent * histories.scale[baskets.whose] / SEASON,
        labels={CATEGORY: baskets.category},
        names={CATEGORY: baskets.names},
    )


def _rows(values: Floats, width: int) -> Floats:
    """float64[n, columns] as float64[34, n], filled up in front."""
    rows = np.zeros((SEASON, len(values)))
    rows[SEASON - width :] = values[:, values.shape[1] - width :].T
    return rows


def _coded(groups: Sequence[str | None]) -> tuple[Ints, list[str]]:
    names = sorted({name for name in groups if name is not None})
    place: dict[str | None, int] = {name: n for n, name in enumerate(names)}
    return np.array([place.get(name, -1) for name in groups], np.int64), names


def _mine(members: Members, group: Group) -> NDArray[np.bool_]:
    mine: NDArray[np.bool_] = members.labels[group.kind] == members.code(group)
    return mine


def _reps(histories: Histories, rows: Ints, reps: Mapping[int, str]) -> tuple[str, ...]:
    named = (reps.get(number) for number in histories.numbers[rows].tolist())
    counted = Counter(name for name in named if name is not None)
    order = sorted(counted, key=lambda name: (-counted[name], name))
    return tuple(order[:MOST_REPS])
