"""`vigia why` and `vigia explain`: what was judged about a customer, and what an alert rests on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from services.detector.why import Sent, Standing


def why(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="As events name the customer.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show a customer's verdict, rank, what holds it and what was sent."""
    import json
    from dataclasses import asdict

    from services.cli.wiring import open_parts
    from services.detector.why import why as ask

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        found = ask(
            connection,
            customer,
            settings=parts.settings,
            calendar=parts.calendar,
            now=parts.clock.now(),
        )
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(f"{found.name or found.customer}")
    _print_standing("standing", found.standing)
    for name, value in found.held_by.items():
        typer.echo(f"held     {name.replace('_', ' ')}: {value}")
    if found.waiting:
        typer.echo(f"waiting  to be judged again: {', '.join(found.waiting)}")
    for item in found.evidence:
        typer.echo(f"evidence {item['kind']} on {item.get('day', '-')}, weight {item['weight']:g}")
    for alert in found.alerts:
        opened = str(alert["opened_at"])[:10]
        typer.echo(f"alert    {alert['id']} {alert['state']}, {alert['severity']}, opened {opened}")
        typer.echo(f"         {alert['sentence']}")
    _print_sent(found.sent)


def explain(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(help="The alert's id, as a_...")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what an alert rests on and what happened to it."""
    import json
    from dataclasses import asdict

    from services.cli.wiring import open_parts
    from services.detector.why import explain as ask

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        found = ask(connection, alert)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(f"{found.alert['customer']}  {found.alert['state']}, {found.alert['severity']}")
    typer.echo(found.alert["sentence"])
    _print_standing("opened", found.opened_by)
    _print_standing("now", found.standing)
    for step in found.transitions:
        at = str(step["at"])[:16].replace("T", " ")
        typer.echo(f"step {step['number']:<3} {at}  {step['kind']} ({step['reason']})")
    _print_sent(found.sent)


def _print_standing(name: str, standing: "Standing | None") -> None:
    if standing is None:
        typer.echo(f"{name:<8} never judged")
        return
    score = "" if standing.score is None else f", score {standing.score:.2f}"
    floor = "" if standing.threshold is None else f" (alerts from {standing.threshold:.2f})"
    rank = "" if standing.rank is None else f", rank {standing.rank}"
    typer.echo(f"{name:<8} as of {standing.as_of}: {standing.verdict}{score}{floor}{rank}")
    if standing.weekly_usual is not None:
        typer.echo(
            f"{'':<8} usually {standing.weekly_usual} {standing.currency} a week, "
            f"now {standing.weekly_now}"
        )
    for reason, odds in standing.reasons.items():
        typer.echo(f"{'':<8} {reason.replace('_', ' ')}: {odds:+.2f}")


def _print_sent(sent: "Sequence[Sent]") -> None:
    for one in sent:
        at = "" if one.sent_at is None else f" {one.sent_at[:16].replace('T', ' ')}"
        why = "" if one.reason is None else f" ({one.reason})"
        typer.echo(
            f"message  {one.number} by {one.channel} to the {one.audience}: {one.state}{at}{why}"
        )
