"""The public holidays of countries, from the library that knows them; it loads when asked."""

import re
from collections.abc import Iterable
from datetime import date

_REMARK = re.compile(r"\s*\([^()]*\)$")  # «observed», «estimated»


def known_place(country: str, subdivision: str = "") -> bool:
    """Whether holidays are known of a country, and of a part of it unless that is empty."""
    import holidays

    parts = holidays.list_supported_countries(include_aliases=True).get(country)
    return parts is not None and (not subdivision or subdivision in parts)


def public_holidays(
    country: str, subdivision: str, years: Iterable[int]
) -> dict[date, frozenset[str]]:
    """The holidays of some years, by day, under names that are the same every year."""
    import holidays

    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    return {
        day: frozenset(_REMARK.sub("", name) for name in names.split("; "))
        for day, names in found.items()
    }
