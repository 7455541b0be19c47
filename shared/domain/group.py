"""Customers of one group, a household or a corporate account: who of them was lost of late."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.evidence import LONGEST_DAYS, Item
from shared.domain.week import DAYS, day_date
from shared.domain.weeks import SILENT_WEEKS

MOST_MEMBERS = 200  # more are a segment, not one household or account
REGULAR_DAYS = 8  # who never bought on so many days in half a year was none to be lost
REGULAR_WEEKS = 26
SILENT_DAYS = SILENT_WEEKS * DAYS


@dataclass(frozen=True, slots=True)
class Member:
    """One customer of a group; days as numbers, None where there is no such day.

    `regular`: bought on eight days or more of the half year up to the last purchase. `left_on`:
    when the cancellation was confirmed, or a person said that the customer is lost.
    """

    customer: int
    last_purchase: int | None
    regular: bool
    left_on: int | None = None


def lost_on(member: Member, today: int) -> int | None:
    """The day on which the member was lost: left and bought no more, or silent for 12 weeks."""
    bought, left = member.last_purchase, member.left_on
    if left is not None and left <= today and (bought is None or bought <= left):
        return left
    if bought is not None and member.regular and today - bought >= SILENT_DAYS:
        return bought + SILENT_DAYS
    return None


def group_loss(group: str, members: Sequence[Member], today: int) -> dict[int, Item]:
    """By customer number the item «lost members» of whoever is still there; days up to `today`."""
    lost = {member.customer: lost_on(member, today) for member in members}
    recent = [day for day in lost.values() if day is not None and today - day <= LONGEST_DAYS]
    if not recent:
        return {}
    item = {
        "kind": "group_loss",
        "group": group,
        "customers": len(recent),
        "day": day_date(max(recent)).isoformat(),
    }
    return {number: item for number, day in lost.items() if day is None}
