"""Where a score comes from, step by step, in words and figures: for a terminal, 80 characters."""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from babel.numbers import format_decimal

from shared.domain.calculation import Calculation, Steps
from shared.domain.evidence import Item
from shared.domain.likelihood import measure
from shared.domain.recount import ChangedWeek, Recount
from shared.domain.score import INTERCEPT, REASONS, TYPICAL, WEIGHTS
from shared.wording.item import day
from shared.wording.items import LINES
from shared.wording.language import Language
from shared.wording.safe import safe

WIDTH = 80
LABEL = 34
COLUMN = (WIDTH - LABEL) // 2
LEFT = 14  # characters of a category's name
SHOWN_WEEKS = 26
SHOWN_DAYS = 26
_GAP_ROWS = ("gaps", "usual", "silent", "chance", "ahead", "gone")
_LABELS = {"level4": "level", "no_contact": "contact", "group_loss": "group"}
_MONEY = {"usual": "weekly_usual", "now": "weekly_now", "value": "value_at_risk"}
_REASONS = {"drop_now": "drop", "good_spell": "spell", "swings": "swings", "young": "young"}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a recount is told with: when it was made, of weeks up to when, and the floor then."""

    moment: str  # opening, newest
    as_of: date
    threshold: float | None
    currency: str


def recount_lines(found: Recount, around: Circumstances, speech: Language) -> list[str]:
    """Both calculations beside each other, and whether they agree."""
    return [
        speech.say(f"explain.{around.moment}", day=speech.day(found.kept.day, date.min)),
        *_wrapped(speech.say("explain.basis", as_of=speech.day(around.as_of, date.min))),
        *_wrapped(_trade(found.kept, around, speech)),
        "",
        *_table(found, around, speech),
        "",
        *(_wrapped(_reasons(found.kept.steps, speech)) if found.kept.taken.weekly else []),
        *_wrapped(_outcome(found, speech)),
        *_changes(found, around, speech),
    ]


def outcome_lines(standing: Mapping[str, Any], speech: Language) -> Iterator[str]:
    """What the score led to: the place on the rep's list, and how the money at risk is counted.

    `standing` has amounts and the margin rate as decimal text, rep and rank.
    """
    if standing["rank"] is not None and standing["rep"]:
        yield speech.say("explain.place", rank=str(standing["rank"]), rep=safe(standing["rep"]))
    currency = safe(standing["currency"], 8)
    told = {  # to the last digit: it is to be checked
        name: f"{speech.number(Decimal(standing[field]), 4)} {currency}"
        for name, field in _MONEY.items()
    }
    rate = standing["margin_rate"]
    if rate is None:
        yield speech.say("explain.value", **told)
    else:
        yield speech.say("explain.margin", rate=speech.number(Decimal(rate), 4), **told)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _trade(kept: Calculation, around: Circumstances, speech: Language) -> str:
    """What was judged: the weeks, or the purchase days between which the gaps lie."""
    weekly, purchases = kept.taken.weekly, kept.taken.purchases
    if weekly is None:
        recent = () if purchases is None else purchases.ago[-SHOWN_DAYS:]
        days = [speech.day(around.as_of - timedelta(days=ago), around.as_of) for ago in recent]
        return speech.say("explain.days", n=str(len(days)), days=", ".join(days))
    pairs = list(zip(weekly.spend, weekly.days, strict=True))[-SHOWN_WEEKS:]
    told = ", ".join(
        f"{speech.number(Decimal(spend), 0)}\N{NO-BREAK SPACE}({int(days)})"
        for spend, days in pairs
    )
    return speech.say("explain.weeks", n=str(len(pairs)), weeks=told)


def _table(found: Recount, around: Circumstances, speech: Language) -> Iterator[str]:
    again, today = found.again, found.today
    heads = [speech.say("explain.column.again"), speech.say("explain.column.today")]
    yield _row("", heads if today else heads[:1])
    both: list[Steps] = [again, *([today.steps] if today else [])]
    yield from (_by_score if found.kept.taken.weekly else _by_gaps)(both, speech)
    yield from _evidence(found, speech)
    yield _row(speech.say("explain.score"), [_odds(one.score, speech) for one in both])
    if any(one.confirmed is not None for one in both):
        least = [one.score if one.confirmed is None else one.confirmed for one in both]
        yield _row(speech.say("explain.season"), [_odds(value, speech) for value in least])
    if around.threshold is not None:
        yield _row(speech.say("explain.floor"), [_odds(around.threshold, speech)])
    for category in dict.fromkeys(name for one in both for name in one.left):
        label = speech.say("explain.left", category=safe(category, LEFT))
        told = partial(_odds, speech=speech)
        yield _row(label, _cells((one.left.get(category) for one in both), told))


def _by_score(both: Sequence[Steps], speech: Language) -> Iterator[str]:
    yield _row(speech.say("explain.start"), [_odds(INTERCEPT, speech) for _ in both])
    for name, weight in WEIGHTS.items():
        label = speech.say(f"explain.part.{_LABELS.get(name, name)}")
        told = partial(_product, weight=weight, speech=speech)
        yield _row(label, _cells((one.parts.get(name) for one in both), told))
    yield _row(speech.say("explain.shift"), [_odds(-one.shift, speech) for one in both])


def _by_gaps(both: Sequence[Steps], speech: Language) -> Iterator[str]:
    told = partial(_figure, pattern="0.000", speech=speech)
    for name in _GAP_ROWS:
        label = speech.say(f"explain.gaps.{name}")
        yield _row(label, _cells((one.parts.get(name) for one in both), told))
    yield _row(speech.say("explain.gaps.nothing"), [_odds(one.raw, speech) for one in both])


def _cells(values: Iterable[float | None], told: Callable[[float], str]) -> list[str]:
    return ["-" if value is None else told(value) for value in values]


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<{LABEL}}{''.join(f'{cell:>{COLUMN}}' for cell in cells)}".rstrip()


def _evidence(found: Recount, speech: Language) -> Iterator[str]:
    """A row for each item that weighs in one of the two; a dash where it is not known."""
    sides = [_weighed(found.kept, speech)]
    if found.today is not None:
        sides.append(_weighed(found.today, speech))
    for item in dict.fromkeys(key for side in sides for key in side):
        yield _row(item, [side.get(item, "-") for side in sides])


def _weighed(made: Calculation, speech: Language) -> dict[str, str]:
    """By label what each item adds."""
    cells: dict[str, str] = {}
    for item, added in zip(made.evidence, made.steps.added, strict=True):
        found = measure(item, made.day, made.ratios["half_life_days"])
        if added and found is not None:
            cells[_label(item, cells, speech)] = _product(
                made.ratios[found.ratio], found.left, speech
            )
        elif added:
            cells[_label(item, cells, speech)] = _odds(added, speech)
    return cells


def _label(item: Item, taken: Mapping[str, str], speech: Language) -> str:
    """What the item is; several of a day are numbered."""
    kind = _LABELS.get(item["kind"], item["kind"])
    key = f"explain.evidence.{kind}"
    if not speech.knows(key) or "day" not in item:
        key = "explain.evidence.other"
    told = speech.say(key, day=speech.short_day(day(item)) if "day" in item else "")
    same = sum(1 for label in taken if label == told or label.startswith(f"{told} #"))
    return f"{told} #{same + 1}" if same else told


def _product(value: float, weight: float, speech: Language) -> str:
    told = f"{_figure(value, '0.00', speech)} x {_figure(weight, '0.000', speech)}"
    return f"{told} {_odds(value * weight, speech)}"


def _odds(value: float, speech: Language) -> str:
    return f"{_figure(value, '+0.00;-0.00', speech):>7}"


def _figure(value: float, pattern: str, speech: Language) -> str:
    return str(format_decimal(Decimal(str(round(value, 6))), pattern, locale=speech.locale))


def _reasons(steps: Steps, speech: Language) -> str:
    told = []
    for reason, parts in REASONS.items():
        odds = sum(WEIGHTS[part] * (steps.parts[part] - TYPICAL[part]) for part in parts)
        key = f"explain.reason.{_REASONS[reason]}"
        told.append(speech.say(key, odds=_odds(odds, speech).strip()))
    return speech.say("explain.reasons", reasons=", ".join(told))


def _outcome(found: Recount, speech: Language) -> str:
    today = "" if found.today is None else _odds(found.today.steps.score, speech).strip()
    key = {"unscored": "nodata"}.get(found.outcome, found.outcome)
    again, kept = found.again.score, found.kept.steps.score
    return speech.say(
        f"explain.{key}",
        again=_odds(again, speech).strip(),
        kept=_odds(kept, speech).strip(),
        today=today,
    )


def _changes(found: Recount, around: Circumstances, speech: Language) -> Iterator[str]:
    changed = found.changes
    for week in changed.weeks:
        yield f"  {_changed_week(week, around, speech)}"
    if changed.first:
        yield f"  {speech.say('explain.first')}"
    if changed.sector:
        yield f"  {speech.say('explain.sector')}"
    if changed.basis:
        yield f"  {speech.say('explain.other')}"
    for key, days in (("bought", changed.bought), ("unbought", changed.unbought)):
        for ago in days:
            when = speech.day(around.as_of - timedelta(days=ago), around.as_of)
            yield f"  {speech.say(f'explain.{key}', day=when)}"
    for category in changed.shelves:
        yield f"  {speech.say('explain.shelf', category=safe(category))}"
    for key, items in (("new", changed.new), ("gone", changed.gone)):
        for item in items:
            yield f"  {speech.say(f'explain.{key}', line=_line(item, found.kept.day, speech))}"


def _changed_week(week: ChangedWeek, around: Circumstances, speech: Language) -> str:
    begin = around.as_of - timedelta(weeks=week.back + 1)
    return speech.say(
        "explain.week",
        day=speech.day(begin, around.as_of),
        now=speech.money(Decimal(week.spend_now), around.currency),
        days=str(int(week.days_now)),
        then=speech.money(Decimal(week.spend_then), around.currency),
        before=str(int(week.days_then)),
    )


def _line(item: Item, as_of: date, speech: Language) -> str:
    known = LINES.get(item["kind"])
    return safe(item["kind"]) if known is None else known(item, speech, as_of)
