"""Numbers as the people of a place write them."""

from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from shared.wording import language
from shared.wording.language import PLURALS, round_half_up

LOCALES = ("en", "es", "es-MX", "es-419", "en-IN", "es-CR")


@given(st.integers(-(10**12), 10**12), st.sampled_from(LOCALES))
def test_whole_numbers_are_written_as_the_library_does(value: int, locale: str) -> None:
    speech = language(locale)
    assert speech.number(value, 0) == format_decimal(value, "#,##0", locale=speech.locale)


@given(
    st.decimals(-(10**9), 10**9, places=4).filter(bool),
    st.sampled_from(LOCALES),
    st.integers(1, 3),
)
def test_decimals_are_written_as_the_library_does(
    value: Decimal, locale: str, decimals: int
) -> None:
    speech = language(locale)
    rounded = round_half_up(value, decimals) or Decimal(0)
    pattern = "#,##0." + "#" * decimals
    assert speech.number(value, decimals) == format_decimal(rounded, pattern, locale=speech.locale)


@given(st.one_of(st.integers(0, 10**7), st.decimals(0, 100, places=1)), st.sampled_from(LOCALES))
def test_plurals_are_the_librarys_for_a_number_as_it_is_written(
    n: int | Decimal, locale: str
) -> None:
    speech = language(locale)
    forms = PLURALS[speech.code]["window"]
    form = forms.get(speech.locale.plural_form(n)) or forms["other"]
    assert speech.count("window", n) == form.format(n=speech.number(n))


@pytest.mark.parametrize(
    ("amount", "locale", "said"),
    [
        ("1234.5", "en", "1,235 EUR"),
        ("1234.5", "es", "1.235 EUR"),
        ("-1234.5", "es", "-1.235 EUR"),
        ("12.5", "es", "12,50 EUR"),
        ("0", "es", "0 EUR"),
        ("99.999", "es", "100 EUR"),
        ("-12.5", "en", "-12.50 EUR"),
        ("0.3", "en", "0.30 EUR"),
    ],
)
def test_amounts(amount: str, locale: str, said: str) -> None:
    assert language(locale).money(Decimal(amount), "EUR") == said
