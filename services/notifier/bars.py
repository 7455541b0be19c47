"""The customer's weeks as bars against the usual level, without saying how they are drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from shared.wording import Language, safe

HIGHEST = Decimal(3)  # times the usual level; one huge order must not flatten the rest
BLOCKS = "·▁▂▃▄▅▆▇█"  # from nothing to the full height
LOWEST_TOP = Decimal("1.25")
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class Bar(NamedTuple):
    """One week: `height` from 0 to 1; `recent` weeks are those the alert is about."""

    height: float
    recent: bool
    label: str


@dataclass(frozen=True, slots=True)
class Bars:
    """The weeks in order; `usual` is the usual level on the scale of the heights."""

    bars: tuple[Bar, ...]
    usual: float
    title: str
    usual_label: str
    first: str
    last: str


def bars(evidence: Sequence[Mapping[str, Any]], speech: Language) -> Bars | None:
    """The bars of the evidence's weeks; None when it brings none or nothing was bought."""
    weeks = next((item for item in evidence if item["kind"] == "weeks"), None)
    if weeks is None:
        return None
    amounts = [Decimal(str(amount)) for amount in weeks["amounts"]]
    fall = _fall(evidence)
    # The level that the sentence tells: two of them in one mail would contradict each other.
    usual = Decimal(str(fall["weekly_usual"] if fall else weeks["usual"]))
    top = min(max(amounts, default=usual), usual * HIGHEST) if usual > 0 else max(amounts)
    top = max(top, usual * LOWEST_TOP)
    if top <= 0:
        return None
    recent = int(fall["window_weeks"]) if fall else 0
    first = date.fromisoformat(weeks["first"])
    currency = safe(weeks["currency"], 8)
    return Bars(
        bars=tuple(_bars(amounts, float(top), recent, first, currency, speech)),
        usual=float(usual / top),
        title=speech.say("bars"),
        usual_label=speech.say("bars.usual", amount=speech.money(usual, currency)),
        first=speech.short_day(first),
        last=speech.short_day(first + len(amounts) * _WEEK - _DAY),
    )


def _bars(
    amounts: Sequence[Decimal],
    top: float,
    recent: int,
    first: date,
    currency: str,
    speech: Language,
) -> Iterator[Bar]:
    start, old = first, len(amounts) - recent
    for n, amount in enumerate(amounts):
        week, money = speech.short_day(start), speech.money(amount, currency)
        label = speech.say("bars.week", day=week, amount=money)
        yield Bar(min(max(float(amount) / top, 0.0), 1.0), n >= old, label)
        start += _WEEK


def text_bars(bars: Bars) -> str:
    """One block character a week; a dot where nothing was bought."""
    highest = len(BLOCKS) - 1
    return "".join([BLOCKS[round(bar.height * highest + 0.49)] for bar in bars.bars])


def _fall(evidence: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((item for item in evidence if item["kind"] in ("drop", "spend")), None)
