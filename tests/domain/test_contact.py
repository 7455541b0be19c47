"""Whose silence of our own says something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.contact import no_contact
from shared.domain.week import day_date

TODAY = 20_000
EVERY_14 = [TODAY - 74 - 14 * n for n in range(10)]


def test_a_habit_that_stopped_is_told_with_its_rhythm() -> None:
    last = day_date(TODAY - 74).isoformat()
    assert no_contact(EVERY_14, TODAY) == {"kind": "no_contact", "usual_days": 14.0, "day": last}


@pytest.mark.parametrize(
    ("why", "days", "today"),
    [
        ("three contacts are no habit", EVERY_14[:3], TODAY),
        ("not three times as long as usual", EVERY_14, TODAY - 74 + 41),
        ("weekly visits, but only four weeks less a day", [0, 7, 14, 21], 21 + 27),
        ("a break as long happened before", [*EVERY_14, TODAY - 74 - 126 - 80], TODAY),
        ("never", [], TODAY),
        ("a habit of long ago", [day - 400 for day in EVERY_14], TODAY),
    ],
)
def test_other_silences_say_nothing(why: str, days: list[int], today: int) -> None:
    assert no_contact(days, today) is None, why


@given(st.lists(st.integers(0, 400), max_size=40), st.integers(0, 800))
def test_several_contacts_a_day_and_their_order_do_not_matter(days: list[int], today: int) -> None:
    assert no_contact(days, today) == no_contact([*reversed(days), *days], today)
    assert no_contact(days, today) == no_contact([day for day in days if day <= today], today)
