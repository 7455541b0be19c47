"""What the demo prints at its end: everything in it was computed in that run."""

import typer
from sqlalchemy import func, select

from services.cli.demo_grade import Grade
from services.cli.trade import Trade
from services.cli.wiring import Parts
from shared.storage.tables import LIVING, alert, customer, delivery

WORST_SHOWN = 5


def print_report(
    parts: Parts, address: str | None, key: str, trade: Trade, ours: Grade, rule: Grade
) -> None:
    """Worst living alerts, how the year went beside the usual rule, and where to look next.

    `address` is where the API stays reachable; None: it ends with the report.
    """
    _print_worst(parts)
    _print_counts(parts)
    typer.echo(
        f"\nOf {ours.leavers} customers who were made to leave in these {trade.weeks} weeks:"
    )
    _print_grade("Vigía", ours)
    _print_grade("no purchase for twice the usual interval", rule)
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
            select(count).select_from(delivery).where(delivery.c.state == "sent")
        )
    shown = ", ".join(f"{number} {state}" for state, number in states)
    typer.echo(f"\nAlerts of the year: {shown}; {mails} mails.")


def _print_grade(name: str, found: Grade) -> None:
    lead = (
        f", {found.weeks_before_loss:g} weeks before they count as lost (median)"
        if found.weeks_before_loss is not None
        else ""
    )
    typer.echo(f"  {name}: found {found.found}{lead};")
    typer.echo(
        f"    of {found.alarms} alarms {found.false} were false, and {found.away} about customers "
        "who only stayed away for weeks"
    )


def _print_next(parts: Parts, address: str | None, key: str) -> None:
    data = parts.settings.data
    typer.echo(f"\nMails   {data / 'outbox'}  (open an .eml file with any mail program)")
    if address is None:
        address = f"http://{parts.settings.host}:8080"
        typer.echo(f"API     after `.venv/bin/vigia up --data {data}` at {address}  (key {key})")
    else:
        typer.echo(f"API     {address}  (key {key})")
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
