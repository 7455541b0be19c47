"""`vigia backtest`: would Vigía have helped this company, on its own sales?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from services.backtest.beside import Beside
    from services.backtest.history import History
    from services.backtest.run import Result
    from shared.contract.truth import TruthRow
    from shared.ops.settings import Settings


def backtest(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV or NDJSON, also gzipped; default: Vigía's own database."),
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML: what the columns mean.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="The company's zone; default: the mapping's or the setting.")
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Write every customer-week's score to this CSV file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page for a sales director to this HTML file.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Grade the score without each of its parts, too.")
    ] = False,
    truth: Annotated[
        Path | None, typer.Option(help="What was planted, as `vigia simulate --truth` wrote it.")
    ] = None,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Learn what complaints, payments and the like are worth."),
    ] = False,
    resamples: Annotated[
        int, typer.Option(min=0, max=100_000, help="For the 95 % intervals; 0 leaves them out.")
    ] = 400,
    rivals: Annotated[
        bool, typer.Option("--rivals/--no-rivals", help="Grade the rules of today beside it.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")] = 1,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Walk forward through past sales and grade Vigía beside the rules of today.

    Needs no server, and of a FILE stores nothing.
    """
    import json

    from services.backtest.alerts import Choosing
    from services.backtest.as_json import as_json as told
    from services.backtest.as_json import span
    from services.backtest.run import Plan, weeks_missing
    from services.backtest.run import backtest as run
    from services.cli import backtest_table as table
    from services.cli.backtest_learnt import learnt, learnt_json, learnt_lines
    from services.cli.progress import progress
    from services.cli.sales import own_budgets
    from services.cli.written_file import require_own_file
    from shared.domain.verdict import Budgets

    settings = settings_of(context, data=data)
    require_own_file("--scores", scores, file, mapping, truth)
    require_own_file("--report", report, file, mapping, truth, scores)
    planted = None if truth is None else _truth(truth)
    history = _history(settings, file, mapping, zone)
    beside = _beside(settings, file, mapping, zone) if learn else None
    if not as_json:
        table.print_span(history)
    if weeks_missing(history):
        if as_json:
            typer.echo(json.dumps(span(history)))
        else:
            table.print_short(history, nothing_written=bool(scores or report))
        return
    budgets = own_budgets(settings) if file is None else Budgets(settings.budget_per_rep)
    choosing = Choosing(settings.floor_quantile, budgets)
    result = run(history, Plan(choosing, rivals, resamples, seed, compare, planted), progress)
    if scores is not None:
        _write_scores(result, scores)
    if report is not None:
        _write_report(result, settings, report)
    found = None if beside is None else learnt(result, beside, settings)
    if as_json:
        extra = {"learnt": learnt_json(found)} if learn else {}
        typer.echo(json.dumps({**told(result), **extra}))
        return
    table.print_result(result)
    if learn:
        for line in learnt_lines(found):
            typer.echo(line)


def _history(
    settings: "Settings", file: Path | None, mapping: Path | None, zone: str | None
) -> "History":
    from dataclasses import replace

    from services.backtest.history import history
    from services.cli.sales import file_sales, own_sales
    from shared.domain.history import Rates
    from shared.domain.week import day_date
    from shared.ops.errors import InputError
    from shared.ops.public_holidays import public_holidays

    rates = {name: float(rate) for name, rate in settings.currency_rates.items()}
    if file is not None:
        sales, first_weekday = file_sales(settings, file, mapping, zone)
    elif mapping is not None or zone is not None:
        raise InputError("--mapping and --zone are for a file; name it: vigia backtest FILE")
    else:
        sales, first_weekday = own_sales(settings)
    known = history(sales, Rates(settings.currency, rates), first_weekday=first_weekday)
    if not settings.country:
        return known
    years = range(day_date(known.start).year, day_date(known.week_end(known.weeks)).year + 1)
    found = public_holidays(settings.country, settings.subdivision, years)
    return replace(known, holidays=found)


def _beside(
    settings: "Settings", file: Path | None, mapping: Path | None, zone: str | None
) -> "Beside":
    from services.backtest.loading import load_beside
    from services.cli.beside_file import file_beside
    from services.cli.wiring import open_parts

    if file is not None:
        return file_beside(settings, file, mapping, zone)
    with open_parts(settings) as parts, parts.database.read() as connection:
        return load_beside(connection)


def _truth(path: Path) -> "list[TruthRow]":
    from shared.contract.truth import TruthError, read_truth
    from shared.ops.errors import InputError

    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(read_truth(file))
    except (OSError, UnicodeDecodeError):
        raise InputError(f"the truth {path} cannot be read; check --truth") from None
    except TruthError as error:
        raise InputError(f"the truth {path}: {error}; correct it") from None


def _write_report(result: "Result", settings: "Settings", path: Path) -> None:
    from services.backtest.report import render
    from services.cli.written_file import writing
    from shared.wording import language

    page = render(result, language(settings.locale), settings.budget_per_rep)
    with writing(path):
        path.write_text(page, encoding="utf-8")


def _write_scores(result: "Result", path: Path) -> None:
    from services.backtest.scores import write_scores
    from services.cli.written_file import writing

    with writing(path):
        write_scores(path, result.history, result.columns, result.walk)
