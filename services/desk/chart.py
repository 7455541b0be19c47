"""The weeks as they are drawn: numbers for the script, shapes for browsers without one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from services.desk.weeks import Weeks
from shared.wording import Language, safe

WIDTH, HEIGHT = 636, 200  # units of the drawing: 12 a week
STEP = 12
_BAR = 8
_HUGE = 2  # weeks that may be cut off at the top


@dataclass(frozen=True, slots=True)
class Bar:
    """A week as a rectangle; `kind` is `past`, `recent` or `running`."""

    x: float
    y: float
    height: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A week in words."""

    week: str
    bought: str
    expected: str
    running: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a page needs to draw and to tell the weeks."""

    bars: tuple[Bar, ...]
    shade: tuple[float, float] | None  # where the recent weeks begin, and their width
    usual_y: float | None
    season: tuple[str, ...]  # points of polylines
    rows: tuple[Row, ...]
    first: str
    last: str
    usual: str | None
    data: str  # JSON

    @property
    def has_season(self) -> bool:
        return bool(self.season)


def chart(weeks: Weeks, speech: Language) -> Chart | None:
    """The chart; None where nothing was bought in all these weeks."""
    if not any(weeks.amounts):
        return None
    top = _top(weeks)
    kinds = _kinds(weeks)
    expected = weeks.expected if _has_season(weeks) else (None,) * len(weeks.amounts)
    rows = tuple(_row(weeks, n, speech) for n in range(len(weeks.amounts)))
    return Chart(
        bars=tuple(
            Bar(
                x=n * STEP + (STEP - _BAR) / 2,
                y=_y(amount, top),
                height=HEIGHT - _y(amount, top),
                kind=kinds[n],
                label=f"{rows[n].week}: {rows[n].bought}",
            )
            for n, amount in enumerate(weeks.amounts)
        ),
        shade=_shade(kinds),
        usual_y=None if weeks.usual is None else _y(weeks.usual, top),
        season=tuple(_lines(expected, top)),
        rows=rows,
        first=speech.short_day(weeks.first_days[0]),
        last=speech.short_day(weeks.first_days[-1]),
        usual=None if weeks.usual is None else _money(weeks.usual, weeks, speech),
        data=_data(weeks, expected, kinds, rows, top, speech),
    )


def _top(weeks: Weeks) -> float:
    """The height of the drawing: all of it for ordinary weeks, however huge a few orders were."""
    ordinary = sorted(weeks.amounts)[-1 - _HUGE]
    if weeks.usual is None:
        return ordinary or max(weeks.amounts)
    seasonal = max((value for value in weeks.expected if value is not None), default=0.0)
    return max(ordinary, seasonal, weeks.usual * 1.25)


def _kinds(weeks: Weeks) -> list[str]:
    last = len(weeks.amounts) - 1
    return [
        "running" if n == last else "recent" if n >= last - weeks.recent else "past"
        for n in range(last + 1)
    ]


def _shade(kinds: Sequence[str]) -> tuple[float, float] | None:
    recent = kinds.count("recent")
    return (kinds.index("recent") * STEP, recent * STEP) if recent else None


def _has_season(weeks: Weeks) -> bool:
    """Whether the season says anything else than the usual level does."""
    known = [value for value in weeks.expected if value is not None]
    return weeks.usual is not None and any(
        abs(value - weeks.usual) > weeks.usual / 100 for value in known
    )


def _y(value: float, top: float) -> float:
    return round(HEIGHT * (1 - min(value / top, 1.0)), 1)


def _lines(expected: Sequence[float | None], top: float) -> list[str]:
    """Runs of known weeks as points «x,y x,y»; a run of one has no line."""
    runs: list[list[str]] = [[]]
    for n, value in enumerate(expected):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{n * STEP + STEP / 2:g},{_y(value, top):g}")
    return [" ".join(run) for run in runs if len(run) > 1]


def _row(weeks: Weeks, n: int, speech: Language) -> Row:
    expected = weeks.expected[n]
    return Row(
        week=speech.short_day(weeks.first_days[n]),
        bought=_money(weeks.amounts[n], weeks, speech),
        expected="" if expected is None else _money(expected, weeks, speech),
        running=n == len(weeks.amounts) - 1,
    )


def _money(amount: float, weeks: Weeks, speech: Language) -> str:
    return speech.money(Decimal(str(amount)), safe(weeks.currency, 8))


def _data(
    weeks: Weeks,
    expected: Sequence[float | None],
    kinds: Sequence[str],
    rows: Sequence[Row],
    top: float,
    speech: Language,
) -> str:
    """What the script draws; everything a person reads in it is made here, in words."""
    noon = [datetime.combine(day, time(12), UTC).timestamp() for day in weeks.first_days]
    return json.dumps(
        {
            "weeks": [int(second) for second in noon],
            "amounts": weeks.amounts,
            "expected": list(expected),
            "usual": weeks.usual,
            "top": top,
            "kinds": list(kinds),
            "labels": [
                {"week": row.week, "bought": row.bought, "expected": row.expected} for row in rows
            ],
            "words": {
                "week": speech.say("desk.week"),
                "bought": speech.say("desk.bought"),
                "expected": speech.say("desk.expected"),
                "running": speech.say("desk.running"),
            },
            "currency": weeks.currency,
        },
        separators=(",", ":"),
    )
