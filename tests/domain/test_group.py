"""Losses within a group, as evidence about those who are still there."""

from dataclasses import replace

import pytest

from shared.domain.group import Member, group_loss, lost_on
from shared.domain.week import day_date

TODAY = 20_000
HERE = Member(1, TODAY - 3, regular=True)
SILENT = Member(2, TODAY - 100, regular=True)
LEFT = Member(3, TODAY - 30, regular=True, left_on=TODAY - 12)


@pytest.mark.parametrize(
    ("member", "day"),
    [
        (HERE, None),
        (SILENT, TODAY - 16),
        (replace(SILENT, last_purchase=TODAY - 83), None),
        (replace(SILENT, last_purchase=TODAY - 84), TODAY),
        (replace(SILENT, regular=False), None),
        (LEFT, TODAY - 12),
        (replace(LEFT, regular=False), TODAY - 12),
        (replace(LEFT, last_purchase=None), TODAY - 12),
        (replace(LEFT, last_purchase=TODAY - 11), None),
        (replace(LEFT, left_on=TODAY + 1), None),
        (Member(4, None, regular=False), None),
    ],
)
def test_when_a_member_was_lost(member: Member, day: int | None) -> None:
    assert lost_on(member, TODAY) == day


def test_whoever_is_still_there_hears_of_all_recent_losses_and_never_of_the_own() -> None:
    found = group_loss("Hoteles Sol", [HERE, SILENT, LEFT], TODAY)
    assert found == {
        1: {
            "kind": "group_loss",
            "group": "Hoteles Sol",
            "customers": 2,
            "day": day_date(TODAY - 12).isoformat(),
        }
    }


def test_losses_of_long_ago_say_nothing() -> None:
    assert group_loss("g", [HERE, replace(SILENT, last_purchase=TODAY - 84 - 91)], TODAY) == {}
    assert group_loss("g", [HERE, replace(SILENT, last_purchase=TODAY - 84 - 90)], TODAY) != {}
