"""What an alert says: its evidence in one list, and the sentence made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.detector.amounts import rounded
from services.detector.customer import Judgement, Window
from services.detector.decision import Case
from services.detector.verdicts import CATEGORY
from shared.domain.alert import severity
from shared.domain.evidence import Item
from shared.domain.history import NetDay
from shared.domain.money import to_text
from shared.domain.outcome import AHEAD
from shared.domain.week import day_date, day_number
from shared.storage.alert_rows import Content
from shared.storage.standings import StandingRow
from shared.wording import sentence

MOST_PURCHASES = 5
NOTABLE_ONCE_IN = 20  # a rarer drop is told even where the score alone would not alert
_BUYING = ("drop", "spend", "gap", "category", "common_cause")
_PICTURE = (*_BUYING, "probability", "value", "weeks")  # what an evaluation adds to the events
_SPEND_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """What a judged customer's alert says in numbers, besides its evidence."""

    score: float | None
    rank: int | None
    value_at_risk: int | None
    currency: str | None
    as_of: int
    picture: Sequence[Item]


def figures(case: Case) -> Figures:
    """The newest numbers; where the customer was not judged, those the alert has already."""
    if case.judgement is not None and case.judgement.standing.score is not None:
        row = case.judgement.standing
        rank = row.rank if row.rank is not None or case.living is None else case.living.rank
        known = [] if case.living is None else case.living.evidence
        told = any(_tells_of_buying(item, case.judgement) for item in known)
        picture = picture_of(case.judgement, told=told)
        as_of = day_number(case.as_of)
        return Figures(row.score, rank, row.value_at_risk, row.currency, as_of, picture)
    if case.living is not None:
        old = case.living
        picture = [item for item in old.evidence if item["kind"] in _PICTURE]
        return Figures(
            old.score, old.rank, old.value_at_risk, old.currency, day_number(case.as_of), picture
        )
    return Figures(None, None, None, None, day_number(case.as_of), ())


def content(case: Case, numbers: Figures, *, by_score: bool, top: bool, locale: str) -> Content:
    """The alert's content; `by_score` and `top` as in domain.alert.severity."""
    living = case.living
    if living is not None and living.severity != "watch":
        by_score = True  # what was a warning at the opening does not shrink to a watch
    items = [
        *(item for item in numbers.picture if item["kind"] in _BUYING),
        *case.events,
        *case.purchases[-MOST_PURCHASES:],
        *(item for item in numbers.picture if item["kind"] not in _BUYING),
    ]
    return Content(
        rep=case.rep,
        severity=severity(items, by_score=by_score, top=top),
        score=numbers.score,
        rank=numbers.rank,
        value_at_risk=numbers.value_at_risk,
        currency=numbers.currency,
        as_of=numbers.as_of,
        sentence=sentence(items, locale=locale, as_of=case.today),
        evidence=items,
    )


def purchase_items(days: Sequence[NetDay]) -> list[Item]:
    """Purchase days as evidence, oldest first."""
    return [
        {
            "kind": "purchase",
            "day": day_date(day.day).isoformat(),
            "amount": to_text(day.units),
            "currency": day.currency,
        }
        for day in days
    ]


def picture_of(judgement: Judgement, *, told: bool) -> list[Item]:
    """What a judged customer's weeks show: drop or gap, chance of leaving, value at risk, 26 weeks.

    What was `told` of buying is told again as it is now, also when nothing is wrong any more.
    Somebody who comes as often as ever and leaves less money has a fall of spending instead.
    """
    row, window = judgement.standing, judgement.window
    items: list[Item] = []
    if window is not None and (told or _shows_drop(row, window)):
        items.append(_drop(judgement, window))
    elif window is not None and row.basis != CATEGORY and _spends_less(row):
        items.append(_spend(judgement))
    items += [item for item in judgement.gap if told or item["silent_days"] > item["usual_days"]]
    items += [*judgement.categories, *judgement.causes]
    if judgement.probability is not None:
        items.append({"kind": "probability", "probability": judgement.probability, "weeks": AHEAD})
    if row.value_at_risk:
        amount = _rounded(row.value_at_risk)
        basis = "revenue" if row.margin_rate is None else "margin"
        items.append({"kind": "value", "amount": amount, "currency": row.currency, "basis": basis})
    items.append(
        {
            "kind": "weeks",
            "first": day_date(judgement.first_week).isoformat(),
            "amounts": [_rounded(units) for units in judgement.amounts],
            "usual": _rounded(row.weekly_usual or 0),
            "currency": row.currency,
        }
    )
    return items


def _tells_of_buying(item: Item, judgement: Judgement) -> bool:
    """Whether an item of before is one of buying; a category that is still missing says enough."""
    if item["kind"] == "category":
        return not judgement.categories
    return item["kind"] in ("drop", "gap")


def _spends_less(row: StandingRow) -> bool:
    return row.verdict != "steady" and bool(row.value_at_risk)


def _shows_drop(row: StandingRow, window: Window) -> bool:
    less = window.days < window.expected_days
    called = row.verdict != "steady" and row.basis != CATEGORY
    return less and (called or window.once_in >= NOTABLE_ONCE_IN)


def _drop(judgement: Judgement, window: Window) -> Item:
    return {
        "kind": "drop",
        "usual_days_per_week": round(window.expected_days / window.weeks, 2),
        "weekly_usual": _rounded(_usual_before(judgement.amounts, window.weeks)),
        "window_weeks": window.weeks,
        "days": window.days,
        "amount": _rounded(window.amount),
        "expected_days": round(window.expected_days, 2),
        "once_in": window.once_in,
        "currency": judgement.standing.currency,
        "as_of": _as_of(judgement),
    }


def _spend(judgement: Judgement) -> Item:
    recent = judgement.amounts[-_SPEND_WEEKS:]
    return {
        "kind": "spend",
        "weekly_usual": _rounded(_usual_before(judgement.amounts, _SPEND_WEEKS)),
        "weekly_now": _rounded(sum(recent) // _SPEND_WEEKS),
        "window_weeks": _SPEND_WEEKS,
        "currency": judgement.standing.currency,
        "as_of": _as_of(judgement),
    }


def _usual_before(amounts: Sequence[int], window: int) -> int:
    """Mean of the weeks before the window, from the first purchase on.

    The baseline of the score reaches into a long window and would tell a smaller «usual».
    """
    before = list(amounts[:-window])
    while before and not before[0]:
        before.pop(0)
    return sum(before) // max(len(before), 1)


def _as_of(judgement: Judgement) -> str:
    return day_date(judgement.first_week + 7 * len(judgement.amounts)).isoformat()


def _rounded(units: int) -> str:
    """Computed money, to the hundredth: more digits would claim to be exact."""
    return to_text(rounded(units))
