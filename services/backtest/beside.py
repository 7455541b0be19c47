"""What was known beside buying in each week of a history."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np

from services.backtest.history import TRIP, History
from services.backtest.sales import Floats, Ints
from services.backtest.walk import Walk, by_week
from shared.domain.contact import ALIVE_DAYS, no_contact
from shared.domain.evidence import LONGEST_DAYS, Fact, Item, items
from shared.domain.group import MOST_MEMBERS, REGULAR_DAYS, REGULAR_WEEKS, Member, group_loss
from shared.domain.likelihood import RATIOS, measure
from shared.domain.week import DAYS, day_date

Contact = tuple[int, str]  # day and source
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside:
    """Facts other than trade, contacts and groups, by customer id; of all times, in any order.

    The group is the one that is known now: master data have no history.
    """

    facts: Mapping[str, Sequence[Fact]] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[Contact]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def measures(beside: Beside, history: History, walk: Walk, half_life_days: float) -> Floats:
    """How much of each of RATIOS the customer-weeks of a walk have; float64[n, ratios].

    Of the days up to the end of each week, weighed on the day after, as an evaluation would.
    """
    place = {name: n for n, name in enumerate(RATIOS)}
    found = np.zeros((len(walk), len(RATIOS)))
    past = _Past(beside, history)
    for rows in by_week(walk.week):
        until = history.week_end(int(walk.week[rows.start])) + 1
        known = past.items(until)
        for row in range(rows.start, rows.stop):
            for item in known.get(int(walk.customer[row]), ()):
                left = measure(item, day_date(until), half_life_days)
                if left is not None:
                    found[row, place[left.ratio]] += left.left
    return found


class _Past:
    """Evidence as it was before a day, by the customer's place in the history."""

    def __init__(self, beside: Beside, history: History) -> None:
        place = {name: n for n, name in enumerate(history.customers)}
        self._facts = _placed(beside.facts, place, _fact_day)
        self._contacts = _placed(beside.contacts, place, _contact_day)
        self._groups = _members(beside.groups, place)
        day = history.trips % TRIP + history.start - DAYS
        ends = np.searchsorted(history.trips // TRIP, np.arange(len(history.customers) + 1))
        self._bought: list[Ints] = [day[a:b] for a, b in pairwise(ends)]
        self._sources: dict[str, list[int]] = defaultdict(list)
        every = sorted(one for contacts in self._contacts.values() for one in contacts)
        for known, source in every:
            self._sources[source].append(known)

    def items(self, until: int) -> dict[int, list[Item]]:
        """The items that the days before `until` give."""
        found: dict[int, list[Item]] = defaultdict(list)
        for number, facts in self._facts.items():
            recent = _window(facts, until, _fact_day)
            if recent:
                found[number] += items(recent, day_date(until))
        for number, contacts in self._contacts.items():
            found[number] += self._silence(contacts, until)
        for name, members in self._groups.items():
            each = [self._member(number, until) for number in members]
            for number, item in group_loss(name, each, until - 1).items():
                found[number].append(item)
        return found

    def _silence(self, contacts: Sequence[Contact], until: int) -> Iterator[Item]:
        known = contacts[: bisect_left(contacts, until, key=_contact_day)]
        item = no_contact([day for day, _ in known], until - 1)
        if item is not None:
            days = self._sources[max(known)[1]]
            if bisect_left(days, until - ALIVE_DAYS) < bisect_left(days, until):
                yield item

    def _member(self, number: int, until: int) -> Member:
        bought = self._bought[number]
        bought = bought[: np.searchsorted(bought, until)]
        last = int(bought[-1]) if len(bought) else None
        regular = last is not None and (
            int((bought > last - REGULAR_WEEKS * DAYS).sum()) >= REGULAR_DAYS
        )
        recent = _window(self._facts.get(number, ()), until, _fact_day)
        stages = [fact for fact in recent if fact.type == "cancellation"]
        confirmed = bool(stages) and stages[-1].data["stage"] == "confirmed"
        return Member(number, last, regular, stages[-1].day if confirmed else None)


def _fact_day(fact: Fact) -> int:
    return fact.day


def _contact_day(contact: Contact) -> int:
    return contact[0]


def _placed(
    given: Mapping[str, Sequence[T]], place: Mapping[str, int], day: Callable[[T], int]
) -> dict[int, list[T]]:
    """By place in the history, in order of days; who never bought is left out."""
    return {place[name]: sorted(some, key=day) for name, some in given.items() if name in place}


def _window(known: Sequence[T], until: int, day: Callable[[T], int]) -> Sequence[T]:
    begin = bisect_left(known, until - 1 - LONGEST_DAYS, key=day)
    return known[begin : bisect_left(known, until, key=day)]


def _members(groups: Mapping[str, str], place: Mapping[str, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for name, group in groups.items():
        if name in place:
            found[group].append(place[name])
    return {group: some for group, some in found.items() if 2 <= len(some) <= MOST_MEMBERS}
