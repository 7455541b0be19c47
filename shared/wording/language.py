"""A language to speak: its catalogue, and its forms of numbers, money and dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_percent,
    get_currency_precision,
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
)

from shared.wording import (
    english,
    english_desk,
    english_digest,
    english_explanation,
    english_report,
    english_sentence,
    spanish,
    spanish_desk,
    spanish_digest,
    spanish_explanation,
    spanish_report,
    spanish_sentence,
)

_MODULES = {
    "en": (
        english,
        english_sentence,
        english_desk,
        english_digest,
        english_explanation,
        english_report,
    ),
    "es": (
        spanish,
        spanish_sentence,
        spanish_desk,
        spanish_digest,
        spanish_explanation,
        spanish_report,
    ),
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    code: {key: text for module in modules for key, text in module.TEXTS.items()}
    for code, modules in _MODULES.items()
}
PLURALS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    code: {key: forms for module in modules for key, forms in module.PLURALS.items()}
    for code, modules in _MODULES.items()
}
_WHOLE_FROM = 100  # money from here on is told without decimals
_WEEK = 7
_UNITS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(9))


@dataclass(frozen=True, slots=True)
class Language:
    """One of the catalogues, with the forms of a region where the locale names one.

    `between` stands between a number's thousands, and `point` before its decimals.
    """

    code: str
    locale: Locale
    between: str
    point: str

    def say(self, key: str, **values: str) -> str:
        """The text of `key` with its placeholders filled; values are never read as templates."""
        return TEXTS[self.code][key].format(**values)

    def knows(self, key: str) -> bool:
        return key in TEXTS[self.code]

    def count(self, key: str, n: int | Decimal, **values: str) -> str:
        """The form of `key` for `n` of something; `{n}` is the number as written here."""
        forms = PLURALS[self.code][key]
        form = forms.get(f"={n}") or forms.get(_plural(f"{n}", self.locale)) or forms["other"]
        return form.format(n=self.number(n), **values)

    def number(self, value: int | Decimal, decimals: int = 1) -> str:
        """A number, with at most `decimals` digits behind the point."""
        return self._written(round_half_up(Decimal(value), decimals))

    def share(self, value: float) -> str:
        """A share as «65%», without decimals."""
        return format_percent(value, locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount as «420 EUR»; cents are told only of small amounts that have some."""
        digits = 0 if abs(amount) >= _WHOLE_FROM else get_currency_precision(currency)
        return f"{self._written(round_half_up(amount, digits), digits)} {currency}"

    def _written(self, value: Decimal, decimals: int = 0) -> str:
        """A rounded number; with so many digits behind the point if there are any at all.

        The library takes ten times as long, and a mail with 26 weeks holds fifty numbers.
        """
        whole, _, rest = f"{abs(value):,f}".partition(".")
        rest = rest.rstrip("0")
        behind = self.point + rest.ljust(decimals, "0") if rest else ""
        minus = get_minus_sign_symbol(self.locale) if value < 0 else ""
        return minus + whole.replace(",", self.between) + behind

    def day(self, day: date, as_of: date) -> str:
        """A day as «December 6», with its year when that is not the year of `as_of`."""
        return _day(day, self.locale, with_year=day.year != as_of.year)

    def month(self, day: date) -> str:
        """The month of a day with its year: «Dec 2026»."""
        return format_skeleton("yMMM", day, locale=self.locale)

    def short_day(self, day: date) -> str:
        """A day in little room: «Dec 6»."""
        return _short_day(day, self.locale)

    def on(self, day: date, as_of: date) -> str:
        """A day as part of a clause: the weekday if it lies in the week before, else the date."""
        age = (as_of - day).days
        if 0 <= age <= 1:
            return self.count("ago", age)
        name = _weekday(day, self.locale) if 0 < age < _WEEK else None
        return self.say("on", day=name or self.day(day, as_of))

    def ago(self, day: date, as_of: date) -> str:
        """How long ago a day was; a day still to come is named by its date."""
        age = (as_of - day).days
        return self.count("ago", age) if age >= 0 else self.say("on", day=self.day(day, as_of))

    def listed(self, parts: Sequence[str]) -> str:
        """«a», «a and b», «a, b and c»."""
        if len(parts) < 2:
            return "".join(parts)
        return self.say("list.and", first=", ".join(parts[:-1]), last=parts[-1])


@lru_cache(maxsize=4096)
def _short_day(day: date, locale: Locale) -> str:
    return format_skeleton("MMMd", day, locale=locale)


@lru_cache(maxsize=4096)
def _day(day: date, locale: Locale, *, with_year: bool) -> str:
    if with_year:
        return format_date(day, "long", locale=locale)
    return format_skeleton("MMMMd", day, locale=locale)


@lru_cache(maxsize=256)
def _weekday(day: date, locale: Locale) -> str:
    return format_date(day, "EEEE", locale=locale)


@lru_cache(maxsize=1024)
def _plural(number: str, locale: Locale) -> str:
    """The plural form of a number, which depends on how it is written: «1», but «1.0»."""
    return locale.plural_form(Decimal(number))


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(_UNITS[decimals], rounding=ROUND_HALF_UP)


@lru_cache(maxsize=64)
def language(wanted: str | None, default: str = "en") -> Language:
    """The language of a locale such as `es` or `es-MX`; of `default` where it is not spoken."""
    for name in (wanted, default, "en"):
        code = (name or "").replace("_", "-").split("-")[0].lower()
        if code in TEXTS:
            locale = _region(name or code, code)
            return Language(code, locale, get_group_symbol(locale), get_decimal_symbol(locale))
    raise AssertionError("English is always spoken")


def _region(name: str, code: str) -> Locale:
    try:
        return Locale.parse(name.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(code)
