"""The report of a backtest: one page for a sales director, with nothing from outside in it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.backtest.page import EARLIEST, page_of
from services.backtest.run import Result
from shared.wording import Language, safe

NO_BREAK = "\N{NO-BREAK SPACE}"

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(result: Result, speech: Language, budget: int) -> str:
    """The page as HTML, in the language given; `budget` is the alerts a rep and week."""
    page = page_of(result)

    def money(amount: float) -> str:
        exact = Decimal(repr(round(amount, 2)))
        return speech.money(exact, safe(page.currency, 8)).replace(" ", NO_BREAK)

    return _templates.get_template("report.html").render(
        page=page,
        budget=budget,
        earliest=EARLIEST,
        language=speech.code,
        say=speech.say,
        count=speech.count,
        number=lambda value, decimals=0: speech.number(Decimal(repr(float(value))), decimals),
        share=lambda value: speech.share(value).replace(" ", NO_BREAK),
        money=money,
        month=speech.month,
        day=lambda day: speech.day(day, page.last),
        short=speech.short_day,
        long=lambda day: speech.day(day, date.min),
        named=safe,
    )
