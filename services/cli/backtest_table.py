"""What `vigia backtest` prints for a person."""

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from services.backtest.comparing import WHOLE, Unconfirmed
from services.backtest.grading import AlertsGrade
from services.backtest.history import History
from services.backtest.occasional import GAPS
from services.backtest.resampling import Estimate
from services.backtest.run import OURS, Result, weeks_missing
from services.backtest.truth_table import format_measured
from services.backtest.walk import NEEDED
from shared.domain.week import DAYS, day_date
from shared.domain.weeks import ACTIVE_WEEKS, RECENT

NAMES = {
    OURS: "Vigía",
    "week_over_week": "week over week",
    "four_against_twelve": "last 4 weeks against own 12",
    "silence": "silence / own interval",
    "mbg_nbd": "MBG/NBD",
}
GAP_NAMES = {
    GAPS: "Vigía, own gaps",
    "silence_days": "days of silence",
    "silence": "silence / own interval",
    "mbg_nbd": "MBG/NBD",
}
HEADLINES = {
    "ahead": "Vigía is ahead of every rule of today: {told}, the best of them.",
    "behind": "A simple rule wins on these data: Vigía's {told}. Use the simple rule.",
    "even": "No clear winner: Vigía's {told}; the difference may be chance.",
    "few": "Too few customers left to tell which rule is better. Vigía's {told}.",
    "unknown": "Vigía's {told}; without resampling the difference may be chance.",
}
SHOWN = 0.02  # the budget whose consequences are told
WIDTH = 104
ORDERS = (
    "The order in which customers are named; average precision is 1 if all who leave come first."
)
OCCASIONAL = (
    "Occasional buyers: {count} customer-weeks, of whom {base} buy nothing within the next two of\n"
    "their usual gaps; right alerts, when 2 or 5 % of the customer-weeks have one."
)
PARTS = "What the parts of the score add: the same companies graded without each of them."
ALERTS = (
    "Right alerts, when 1, 2 or 5 % of the customer-weeks have one. At 2 %: false alarms a month\n"
    "for 100 customers, share of the missing money and of the lost customers that had an alert,\n"
    "and how many weeks before they count as lost."
)


def print_span(history: History) -> None:
    """What was read."""
    for reason, count in history.left_out.items():
        typer.echo(f"{count:>9,} {reason}, left out")
    buyers = int((history.first < history.weeks).sum())
    typer.echo(f"{buyers:>9,} customers")
    if history.weeks:
        first, last = day_date(history.start), day_date(history.week_end(history.weeks - 1))
        typer.echo(f"{history.weeks:>9,} whole weeks, {first} to {last}")


def print_short(history: History, *, nothing_written: bool) -> None:
    """That the history is too short, until when to wait, and that no file was written."""
    missing = weeks_missing(history)
    weeks = "1 week" if history.weeks == 1 else f"{history.weeks} weeks"
    told = f"{weeks}: too little to grade; needs {NEEDED}"
    if history.weeks:
        ready = day_date(history.week_end(history.weeks - 1) + missing * DAYS)
        told += f" (there on {ready})"
    typer.echo(f"\n{told}." + (" Nothing was written." if nothing_written else ""))


def print_result(result: Result) -> None:
    """The verdict first, then how every rule did."""
    typer.echo("\n" + headline(result))
    console = Console(width=WIDTH)
    if len(result.walk):
        typer.echo(f"\n{ORDERS}")
        console.print(_orders(result))
        typer.echo(ALERTS)
        console.print(_alerts(result))
        typer.echo(as_run(result))
    if result.gaps:
        typer.echo(f"\n{_occasional_told(result)}")
        console.print(_occasional(result))
    if not len(result.walk):
        return
    if result.compared:
        typer.echo(f"\n{PARTS}")
        console.print(_parts(result))
        if result.unconfirmed is not None:
            typer.echo(_without_segments(result.unconfirmed))
    if result.measured is not None:
        typer.echo("\nThese alerts, against what was planted:\n")
        for line in format_measured(result.measured):
            typer.echo(line)


def headline(result: Result) -> str:
    """Whether Vigía is worth anything here, in one sentence."""
    ours, best = result.grades[OURS].average_precision.value, result.best_rival()
    if not len(result.walk):
        return (
            f"Nobody bought often enough to be judged: it takes purchases in {ACTIVE_WEEKS} of "
            f"{RECENT} weeks."
        )
    if ours is None:
        return "Nobody who could be judged left in these weeks: there is nothing to find."
    if best is None:
        return f"Vigía's average precision is {_number(ours)}; no rule was graded beside it."
    other = result.grades[best].average_precision.value
    told = f"average precision {_number(ours)}, and {_number(other)} of «{NAMES[best]}»"
    return HEADLINES[result.outcome()].format(told=told)


def as_run(result: Result) -> str:
    """What a running Vigía would have done, with its own floor and budget."""
    run, walk = result.as_run, result.walk
    right, weeks = run.precision.value, len(result.columns)
    told = f"Run as it is set, Vigía would have alerted {len(run.places):,} times in {weeks} weeks"
    if right is None:
        return told + "."
    base = float(result.truths.left.mean())
    return (
        f"{told}, right in {right:.0%} of them (of all {len(walk):,} judged customer-weeks "
        f"{base:.0%} were followed by less than half of what was to be expected)."
    )


def _without_segments(found: Unconfirmed) -> str:
    """What the seasons of segments and regions keep back; they change no order."""
    told = f"Without segments and regions it would have alerted {len(found.as_run.places):,} times."
    if found.measured is None:
        return told
    planted = found.measured
    leavers = 0 if planted.leavers is None else planted.leavers.found
    return (
        f"{told} Of all {planted.alarms:,}\nalarms {planted.right:,} would have been about "
        f"customers who decline, and {leavers:,} leavers found."
    )


def _orders(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in ("average precision", "95 %", "ahead by", "95 %", "AUC"):
        table.add_column(name, justify="right")
    for rule, grade in result.grades.items():
        ahead = None if rule == OURS else result.ahead(rule)
        table.add_row(
            NAMES[rule],
            _number(grade.average_precision.value),
            _interval(grade.average_precision),
            "" if ahead is None else _signed(ahead.value),
            "" if ahead is None else _interval(ahead),
            _number(grade.roc_auc.value),
        )
    return table


def _alerts(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in ("1 %", "2 %", "95 %", "5 %", "false", "money", "lost", "weeks"):
        table.add_column(name, justify="right")
    for rule, grade in result.grades.items():
        one, two, five = grade.budgets.values()
        table.add_row(
            NAMES[rule],
            _share(one.precision),
            _share(two.precision),
            _interval(two.precision),
            _share(five.precision),
            *_consequences(grade.budgets[SHOWN]),
        )
    return table


def _occasional_told(result: Result) -> str:
    silences = result.silences
    count = 0 if silences is None else len(silences)
    base = 0.0 if silences is None or not count else float(silences.left.mean())
    return OCCASIONAL.format(count=f"{count:,}", base=f"{base:.0%}")


def _occasional(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in ("average precision", "95 %", "AUC", "2 %", "5 %"):
        table.add_column(name, justify="right")
    for name, grade in result.gaps.items():
        table.add_row(
            GAP_NAMES[name],
            _number(grade.average_precision.value),
            _interval(grade.average_precision),
            _number(grade.roc_auc.value),
            *(_share(found) for found in grade.precision.values()),
        )
    return table


def _parts(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in ("average precision", "95 %", "whole ahead by", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, one in result.compared.items():
        table.add_row(
            name,
            _number(one.average_precision.value),
            _interval(one.average_precision),
            "" if name == WHOLE else _signed(one.worth.value),
            "" if name == WHOLE else _signed_interval(one.worth),
        )
    return table


def _consequences(grade: AlertsGrade) -> tuple[str, str, str, str]:
    false = grade.false_alarms.value
    lead = "-" if grade.lead is None else f"{grade.lead:g}"
    shown = "-" if false is None else f"{false:.1f}"
    return shown, _share(grade.captured), _share(grade.found), lead


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _share(found: Estimate) -> str:
    return "-" if found.value is None else f"{found.value:.0%}"


def _interval(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return "-"
    return f"{found.low:.2f}–{found.high:.2f}"


def _signed_interval(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return "-"
    return f"{found.low:+.3f} to {found.high:+.3f}"
