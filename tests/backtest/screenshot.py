"""The picture of a report for the documents: python -m tests.backtest.screenshot FILE.png

The report is that of the sample of 300 customers of tests/backtest/data.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from services.backtest.alerts import Choosing
from services.backtest.report import render
from services.backtest.run import Plan, backtest
from services.cli.progress import progress
from shared.domain.verdict import Budgets
from shared.wording import language
from tests.backtest.builders import sample_history

WIDTH, HEIGHT = 1200, 1390


def main(picture: Path) -> None:
    plan = Plan(Choosing(0.95, Budgets(5)), rivals=True, resamples=400, seed=1)
    html = render(backtest(sample_history(), plan, progress), language("en"), 5)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        file.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(file.as_uri())
        tab.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
