"""`vigia evaluate`: judge the weeks before a date now."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from services.cli.wiring import Parts

WAIT_SECONDS = 600.0
LOOK_SECONDS = 0.2
SHOWN = 10  # of those who were left out


def evaluate(
    context: typer.Context,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge the weeks before this date.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Judge every customer's weeks before DATE; default: this week's first day.

    Only the newest closed week opens alerts. An older DATE is dry: it shows what it would open.
    """
    import json

    from services.cli.wiring import open_parts

    with open_parts(settings_of(context, data=data)) as parts:
        day = _day(parts, as_of)
        report = _evaluate(parts, day)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print(report)


def _day(parts: "Parts", as_of: str | None) -> int:
    """The first day of the week that holds the date."""
    from datetime import date

    from shared.contract.values import EARLIEST
    from shared.domain.week import day_number
    from shared.ops.errors import InputError

    if as_of is None:
        return parts.calendar.week_of(parts.calendar.day_of(parts.clock.now()))
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise InputError("--as-of is not a date; write it as 2026-03-02") from None
    if day < EARLIEST.date():
        raise InputError(
            f"--as-of lies before {EARLIEST.year}, as no event does; name a later date"
        )
    return parts.calendar.week_of(day_number(day))


def _evaluate(parts: "Parts", day: int) -> dict[str, Any]:
    from services.cli.folder import FolderInUse
    from services.cli.progress import progress
    from services.cli.system import detector
    from services.cli.wiring import working_alone

    with detector(parts) as found:
        try:
            with working_alone(parts):
                with progress("counting") as shown:
                    found.fold_all(shown)
                with progress("judging") as shown:
                    report = found.evaluator.run(day, live=True, progress=lambda n, _: shown(n))
                if report["live"]:
                    found.judge_all()
        except FolderInUse:  # the running vigia judges whom the evaluation chose
            report = found.evaluator.run(day, live=True)
            _wait_until_judged(parts, report["id"], found.evaluator.report)
        return found.evaluator.report(report["id"])


def _wait_until_judged(parts: "Parts", number: int, report: Any) -> None:
    import time

    ends = parts.clock.monotonic() + WAIT_SECONDS
    while report(number)["state"] != "done" and parts.clock.monotonic() < ends:
        time.sleep(LOOK_SECONDS)


def _print_left_out(left_out: list[dict[str, Any]]) -> None:
    """Who would have been next, had the reps more time; all of them are in --json."""
    for one in left_out[:SHOWN]:
        risk = f"{float(one['value_at_risk']):,.0f} {one['currency']} a year at risk"
        typer.echo(
            f"        below the budget: {one['customer']}, rank {one['rank']} of "
            f"{one['rep'] or 'those without a rep'}, score {one['score']:.2f}, {risk}"
        )
    if len(left_out) > SHOWN:
        typer.echo(
            f"        and {len(left_out) - SHOWN:,} more: see --json, or report_below_budget"
        )


def _print_history(history: dict[str, Any]) -> None:
    """What cannot be said yet, and from when on it can."""
    gaps = history["judged_by"].get("gap", 0)
    if gaps:
        typer.echo(f"{gaps:>7,} occasional or young customers judged by their own gaps")
    if history["score_from"]:
        typer.echo(
            f"        {history['weeks']} whole weeks are known; the score can judge from "
            f"{history['score_from']} on, until then own gaps do"
        )


def _print(report: dict[str, Any]) -> None:
    kind = "live" if report["live"] else "dry: nothing is opened or sent"
    typer.echo(f"weeks until {report['week_to']} ({kind})")
    typer.echo(f"{report['judged']:>7,} customers scored")
    _print_history(report["history"])
    for verdict, count in sorted(report["verdicts"].items(), key=lambda pair: -pair[1]):
        typer.echo(f"{count:>7,} {verdict}")
    for cause in report["portfolio"]["causes"]:
        typer.echo(
            f"        {cause['group_kind']} {cause['name']}: {cause['customers']:,} of "
            f"{cause['of']:,} customers buy less, {cause['drop_percent']} % below expectation"
        )
    _print_left_out(report["below_budget"])
    if report["live"]:
        for kind, count in report["alerts"].items():
            typer.echo(f"{count:>7,} alerts {kind}")
        for kind, count in report["portfolio_alerts"].items():
            if count:
                typer.echo(f"{count:>7,} alerts to managers {kind}")
        return
    for one in report["would_open"]:
        typer.echo(f"\n{one['customer']}: {one['sentence']}")
