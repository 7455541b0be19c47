"""What many customers have in common: the group, its members, and how far it fell."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from shared.domain.weeks import Bools, Floats, Ints


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

    def code(self, group: Group) -> int:
        """The place of the group's name."""
        return list(self.names[group.kind]).index(group.name)

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

    def scaled(self, factor: float) -> "Cause":
        """The same where the members are a sample: one in `factor` of the group."""
        customers, members = round(self.customers * factor), round(self.members * factor)
        return replace(self, customers=customers, members=members, worth=self.worth * factor)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {**asdict(self), "group": list(self.group), "expected": list(self.expected)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Cause":
        group, expected = Group(*stored["group"]), tuple(stored["expected"])
        return cls(**{**stored, "group": group, "expected": expected})
