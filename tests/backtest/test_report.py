"""The report says what the grades say, in both languages, in a real browser, and needs nothing."""

import re
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from services.backtest.alerts import Choosing
from services.backtest.cases import catches, false_alarms, money_around
from services.backtest.charts import diagram, money_columns, stacked
from services.backtest.occasional import GAPS
from services.backtest.report import render
from services.backtest.resampling import Estimate
from services.backtest.run import OURS, Plan, Result, backtest
from services.cli.progress import progress
from shared.domain.calibration import Bin
from shared.domain.verdict import Budgets
from shared.wording import language
from tests.backtest.builders import MONDAY, history_of, sample_history

LANGUAGES = ("en", "es")
AMOUNTS = re.compile(r"([0-9.,]+)\N{NO-BREAK SPACE}GBP")
PLAN = Plan(Choosing(0.95, Budgets(5)), rivals=True, resamples=40, seed=1)


@cache
def result() -> Result:
    return backtest(sample_history(), PLAN, progress)


@cache
def page(code: str = "en") -> str:
    return render(result(), language(code), 5)


def text(html: str) -> str:
    """What a person reads, in one line."""
    shown = re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]*>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(shown).replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_numbers_on_top_are_those_of_the_grades() -> None:
    run, left = result().as_run, result().truths.left
    right = run.places[left[run.places]]
    shown = text(page())
    missing = result().truths.missing[right].sum()
    for words in (
        f"{len(result().alerts)} alerts",
        f"{run.precision.value:.0%} of the alerts right",
        f"Of all customers that were looked at, {left.mean():.0%} did",
        f"{missing:,.0f} GBP is what the caught customers spent less than expected",
        f"{len(run.leads)} / {len(result().truths.lost.customer)} of the lost customers",
        "300 customers, 100 weeks: January 4, 2010 to December 4, 2011",
        f"{result().grades[OURS].budgets[0.02].precision.value:.0%}",
    ):
        assert words in shown


def test_the_most_valuable_catches_and_the_surest_mistakes_are_drawn() -> None:
    best, worst = catches(result()), false_alarms(result())
    assert (len(best), len(worst)) == (20, 10)
    assert [case.missing for case in best] == sorted((c.missing for c in best), reverse=True)
    assert all(case.followed < 0.5 * case.expected for case in best)
    assert all(case.followed >= 0.5 * case.expected for case in worst)
    run, left = result().as_run, result().truths.left
    wrong = run.places[~left[run.places]]
    surest = wrong[np.argmax(result().walk.score[wrong])]
    assert worst[0].followed == result().truths.followed[surest]
    cards = re.findall(r'<li class="card.*?</li>', page(), flags=re.DOTALL)
    assert len(cards) == 30
    for card, case in zip(cards, [*best, *worst], strict=True):
        assert case.name in card
        assert card.count("<rect") == sum(money > 0 for money in case.weeks)
        followed, expected = (amount.replace(",", "") for amount in AMOUNTS.findall(card)[-2:])
        assert float(followed) == pytest.approx(case.followed, abs=0.51)
        assert float(expected) == pytest.approx(case.expected, abs=0.51)


def test_every_alert_stands_in_the_calendar_with_what_became_of_it() -> None:
    tags = re.findall(r'tag is-(\w+)">(\w+)<', page())
    assert len(tags) == len(result().alerts)
    run, left = result().as_run, result().truths.left
    assert sum(kind == "right" for kind, _ in tags) == left[run.places].sum()
    assert sum(kind == "open" for kind, _ in tags) == len(result().alerts) - len(run.places)


def test_who_comes_now_and_then_is_graded_apart() -> None:
    silences, grades = result().silences, result().gaps
    assert silences is not None
    section = page().split("Buyers who come now and then")[1].split("</section>")[0]
    shown = text(section)
    assert f"{len(np.unique(silences.customer))} customers bought too seldom" in shown
    assert f"at random: {silences.left.mean():.0%}" in shown
    for name in ("Vigía, by own gaps", "days of silence", "MBG/NBD model"):
        assert name in shown
    assert f"{grades[GAPS].precision[0.05].value:.0%}" in shown
    assert section.count("rule ours") == 1
    alone = replace(result(), silences=None, gaps={})
    assert "now and then" not in render(alone, language("en"), 5)


def test_the_money_around_alerts_falls_after_them() -> None:
    spent, usual = money_around(result())
    assert len(spent) == 21
    assert spent[:4].mean() > 0.7 * usual
    assert spent[13:].mean() < 0.5 * usual


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_comes_from_outside(code: str) -> None:
    html = page(code)
    assert "<script" not in html
    assert not re.search(r"\b(src|href|action|import|url)\s*[=(]", html)
    assert "http" not in html
    assert f'<html lang="{code}">' in html


def test_it_is_told_in_spanish() -> None:
    shown = text(page("es"))
    assert "¿Habría ayudado Vigía?" in shown
    assert "del 4 de enero de 2010 al 4 de diciembre de 2011" in shown
    assert not re.search(r"\b(alerts|weeks|customers|right|usual:)\b", shown)


def moved(shift: float, low: float, high: float) -> Result:
    """Made up: the best rule's average precision is ours and some less."""
    ours = result().grades[OURS]
    order = ours.average_precision
    draws = order.draws - np.linspace(low, high, len(order.draws))
    rival = replace(ours, average_precision=Estimate((order.value or 0) - shift, 0, 1, draws))
    return replace(result(), grades={OURS: ours, "silence": rival})


@pytest.mark.parametrize(
    ("found", "headline", "proof"),
    [
        ((0.1, 0.05, 0.15), "Vigía spots who is leaving better", "Vigía’s lead is beyond chance"),
        ((0.0, -0.1, 0.1), "about as good as the best simple rule", "may be chance"),
        ((-0.1, -0.15, -0.05), "a simple rule does better than Vigía", "Use the simple rule"),
    ],
)
def test_the_first_line_says_who_wins(
    found: tuple[float, float, float], headline: str, proof: str
) -> None:
    html = render(moved(*found), language("en"), 5)
    (first,) = re.findall(r"<h1>(.*?)</h1>", html)
    assert headline in first
    assert proof in text(html)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.401, "and at most 40 of 100 of a simple rule’s"),
        (0.499, "50 of 100 of Vigía’s would have been right, and 50 of 100 of a simple rule’s"),
        (0.621, "50 of 100 of Vigía’s would have been right, and 62 of 100 of a simple rule’s"),
    ],
)
def test_at_most_is_said_only_of_a_rule_that_is_right_less_often(share: float, said: str) -> None:
    found = moved(0.1, 0.05, 0.15)
    grades = {}
    for name, right in ((OURS, 0.5), ("silence", share)):
        grade = found.grades[name]
        alerts = replace(grade.budgets[0.02], precision=Estimate(right, 0, 1, grade.roc_auc.draws))
        grades[name] = replace(grade, budgets={**grade.budgets, 0.02: alerts})
    shown = text(render(replace(found, grades=grades), language("en"), 5))
    assert said in shown


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (0, "por semana</span>"),
        (1, "aún no se sabe qué fue del último</span>"),
        (3, "aún no se sabe qué fue de los últimos 3</span>"),
    ],
)
def test_the_last_alerts_are_counted_as_people_count(kept: int, said: str) -> None:
    found, known = result(), len(result().as_run.places)
    html = render(replace(found, alerts=found.alerts[: known + kept]), language("es"), 5)
    assert said in html


def test_without_rivals_or_resampling_there_is_a_page_too() -> None:
    bare = backtest(sample_history(), replace(PLAN, rivals=False, resamples=0), progress)
    shown = text(render(bare, language("en"), 5))
    assert "This is how Vigía would have done on these sales." in shown
    assert "simple rule" not in shown
    assert "95 %" not in shown


def test_a_company_whose_customers_buy_rarely_gets_an_honest_page() -> None:
    rare = history_of({"rare": {MONDAY + 28 * n: 50.0 for n in range(16)}})
    shown = text(render(backtest(rare, PLAN, progress), language("en"), 5))
    assert "On these sales nobody can be judged." in shown
    assert "Alerts a week" not in shown


def test_a_handful_of_customers_gets_a_page() -> None:
    weekly = {MONDAY + 7 * week: 50.0 for week in range(36)}
    few = history_of({"a": weekly, "<b>&": dict.fromkeys(list(weekly)[:30], 9.0)})
    html = render(backtest(few, PLAN, progress), language("es"), 5)
    assert "<b>&" not in html
    shown = text(html)
    assert "2 clientes, 35 semanas" in shown
    assert "Se fueron muy pocos clientes para saber qué regla acierta más." in shown


def test_shapes_stay_within_their_frame() -> None:
    chart = money_columns([10.0, 0.0, 900.0, 20.0], 2, 20.0)
    assert [(bar.place, bar.kind) for bar in chart.bars] == [
        (0, "before"),
        (2, "before"),
        (3, "after"),
    ]
    assert max(bar.top for bar in chart.bars) == 1.0
    assert chart.level == pytest.approx(1 / 3)
    assert chart.marked == 0.75
    bars = stacked([[("right", 1), ("wrong", 3)], [("right", 0), ("open", 2)]]).bars
    assert [(bar.bottom, bar.top) for bar in bars] == [(0, 0.25), (0.25, 1), (0, 0.5)]
    end, points = diagram([Bin(0.1, 0.05, 0.0, 0.2, 50), Bin(0.5, 0.55, 0.4, 0.9, 50)])
    assert end == 0.6
    assert all(0 <= value <= 1 for p in points for value in (p.x, p.y, p.low, p.high))


@pytest.mark.parametrize(("width", "scheme", "code"), [(360, "light", "es"), (1200, "dark", "en")])
def test_in_a_browser_it_fits_and_can_be_read_by_everybody(
    browser: Browser, tmp_path: Path, width: int, scheme: Any, code: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(code), encoding="utf-8")
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert asked == [file.as_uri()]
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(20, 25, 30)") is (scheme == "dark")
    tab.close()
