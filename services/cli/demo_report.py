"""What the demo prints at its end: everything in it was computed in that run."""

import typer
from sqlalchemy import func, select

from services.backtest.truth import Measured
from services.backtest.truth_table import format_measured
from services.cli.wiring import Parts
from shared.storage.tables import LIVING, alert, customer, delivery, rep

WORST_SHOWN = 5


def print_report(
    parts: Parts, address: str | None, key: str, weeks: int, ours: Measured, rule: Measured
) -> None:
    """Worst living alerts, how the year went beside the usual rule, and where to look next.

    `address` is where the API stays reachable; None: it ends with the report.
    """
    _print_worst(parts)
    _print_counts(parts)
    leavers = 0 if ours.leavers is None else ours.leavers.changes
    typer.echo(f"\nOf {leavers} customers who were made to leave in these {weeks} weeks:")
    _print_measured("Vigía", ours)
    _print_measured("no purchase for twice the usual interval", rule)
    typer.echo("\nVigía by what was planted:\n")
    for line in format_measured(ours):
        typer.echo(f"  {line}".rstrip())
    _print_next(parts, address, key)


def _print_worst(parts: Parts) -> None:
    # The order in which a rep should call: urgent first, then the most money.
    urgent_first = (alert.c.severity != "urgent", alert.c.value_at_risk.desc().nulls_last())
    worst = (
        select(customer.c.id, customer.c.name, alert.c.severity, alert.c.sentence, alert.c.rep)
        .join(customer, customer.c.number == alert.c.customer)
        .where(alert.c.state.in_(LIVING))
        .order_by(*urgent_first)
        .limit(WORST_SHOWN)
    )
    typer.echo("\nThe worst living alerts:\n")
    with parts.database.read() as connection:
        for row in connection.execute(worst):
            typer.echo(f"  {row.name} ({row.id}), {row.severity}, rep {row.rep}")
            typer.echo(f"    {row.sentence}")


def _print_counts(parts: Parts) -> None:
    count = func.count()
    with parts.database.read() as connection:
        states = connection.execute(
            select(alert.c.state, count).group_by(alert.c.state).order_by(count.desc())
        ).all()
        mails = connection.scalar(
            select(count)
            .select_from(delivery)
            .where(delivery.c.state == "sent", delivery.c.gathered.is_(None))
        )
    shown = ", ".join(f"{number} {state}" for state, number in states)
    typer.echo(f"\nAlerts of the year: {shown}; {mails} mails.")


def _print_measured(name: str, measured: Measured) -> None:
    found = measured.leavers
    delay = (
        f", {found.delay:.1f} weeks after the change (median)"
        if found is not None and found.delay is not None
        else ""
    )
    typer.echo(f"  {name}: found {0 if found is None else found.found}{delay};")
    typer.echo(f"    of {measured.alarms} alarms {measured.alarms - measured.right} were false")


def _print_next(parts: Parts, address: str | None, key: str) -> None:
    data = parts.settings.data
    typer.echo(f"\nMails   {data / 'outbox'}  (open an .eml file with any mail program)")
    if address is None:
        address = f"http://{parts.settings.host}:8080"
        typer.echo(f"API     after `.venv/bin/vigia up --data {data}` at {address}  (key {key})")
    else:
        typer.echo(f"API     {address}  (key {key})")
    base = parts.settings.base_url
    typer.echo(f"Desk    {base}/desk/  (log in as {_somebody(parts)}; the link comes by mail)")
    typer.echo("\nTry next:")
    typer.echo(f"  curl -H 'Authorization: Bearer {key}' '{address}/v1/alerts?state=open'")
    with parts.database.read() as connection:
        subject = connection.scalar(
            select(customer.c.id)
            .join(alert, customer.c.number == alert.c.customer)
            .where(alert.c.state.in_(LIVING))
            .limit(1)
        )
    if subject is not None:
        typer.echo(f"  .venv/bin/vigia why --data {data} {subject}")
    typer.echo(f"  .venv/bin/vigia status --data {data}")
    typer.echo(f"  .venv/bin/vigia verify --data {data}")


def _somebody(parts: Parts) -> str:
    """The mail address of a rep with a living alert, else of any."""
    busy = select(alert.c.rep).where(alert.c.state.in_(LIVING))
    found = select(rep.c.email).where(rep.c.email.is_not(None))
    with parts.database.read() as connection:
        address = connection.scalar(found.order_by(rep.c.id.not_in(busy), rep.c.id).limit(1))
    return str(address)
