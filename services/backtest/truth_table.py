"""The table that compares alerts with what was planted, for the terminal."""

from services.backtest.truth import Measured


def format_measured(measured: Measured) -> list[str]:
    """The table, line by line."""
    return [
        f"{measured.alarms} alarms, {measured.right} of them about customers who decline",
        "",
        f"{'what happened':<22}{'changes':>9}{'judged':>9}{'found':>9}{'share':>8}{'weeks':>8}"
        f"{'90 %':>8}   (found within {measured.window_weeks} weeks)",
        *_changes(measured),
        "",
        f"{'false alarms about':<22}{'customers':>9}{'weeks':>9}{'alarms':>9}"
        "   per 100 customers and month",
        *_false(measured),
    ]


def _changes(measured: Measured) -> list[str]:
    lines = []
    total = [] if measured.leavers is None else [measured.leavers]
    for row in (*total, *measured.found):
        name = row.kind if row.leaves else f"{row.kind} (stays)"
        numbers = f"{row.changes:>9}{row.judged:>9}{row.found:>9}{row.share:>8.0%}"
        lines.append(f"{name:<22}{numbers}{_weeks(row.delay):>8}{_weeks(row.latest):>8}")
    return lines


def _false(measured: Measured) -> list[str]:
    lines = []
    for row in measured.false:
        rate = "-" if row.monthly is None else f"{row.monthly:.2f}"
        lines.append(f"{row.about:<22}{row.customers:>9}{row.weeks:>9}{row.alarms:>9}{rate:>9}")
    return lines


def _weeks(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
