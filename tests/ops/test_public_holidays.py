"""Whose public holidays are kept."""

from datetime import date

import pytest

from shared.ops.errors import ConfigurationError
from shared.ops.public_holidays import known_place, public_holidays
from shared.ops.settings import load_settings


def test_holidays_keep_their_names_from_year_to_year() -> None:
    found = public_holidays("GB", "ENG", range(2010, 2012))
    assert found[date(2010, 12, 27)] == found[date(2010, 12, 25)]  # given on the Monday after
    assert found[date(2011, 4, 22)] == found[date(2010, 4, 2)]  # Good Friday
    assert date(2011, 3, 1) not in found


def test_a_part_of_a_country_may_have_more() -> None:
    everywhere = public_holidays("ES", "", [2026])
    madrid = public_holidays("ES", "MD", [2026])
    assert date(2026, 5, 2) in madrid.keys() - everywhere.keys()
    assert known_place("ES", "MD")
    assert not known_place("ES", "XX")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"country": "XX"}, "VIGIA_COUNTRY cannot be used"),
        ({"country": "ES", "subdivision": "XX"}, "VIGIA_SUBDIVISION cannot be used"),
        ({"subdivision": "MD"}, "VIGIA_SUBDIVISION cannot be used"),
    ],
)
def test_a_place_without_known_holidays_is_named(named: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_settings(None, **named)
