"""`vigia why` and `vigia explain`: what was judged about a customer, and what an alert rests on."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.detector.explanation import Explanation
    from services.detector.shown import Sent, Standing


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
    print_standing("standing", found.standing)
    if found.known is not None:
        for line in _known_lines(found.known):
            typer.echo(line)
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
    for line in _sent_lines(found.sent):
        typer.echo(f"message  {line}")


def explain(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(help="The alert's id, as a_...")],
    locale: Annotated[
        str | None, typer.Option(help="en or es; default: the company's language.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what an alert rests on: its score computed again, step by step, and what happened.

    Once from the numbers that were stored with it, once from the days as they are known now.
    """
    import json

    from services.cli.wiring import open_parts
    from services.detector.explanation import explain as ask

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        found = ask(connection, alert, settings=parts.settings, calendar=parts.calendar)
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
        return
    for line in _explanation(found, locale or parts.settings.locale, parts.settings.currency):
        typer.echo(line)


def _explanation(found: "Explanation", locale: str, currency: str) -> "Iterator[str]":
    from dataclasses import asdict
    from datetime import date

    from shared.wording import language, sentence
    from shared.wording.explanation import Circumstances, outcome_lines, recount_lines

    speech, alert = language(locale), found.alert
    as_of = date.fromisoformat(alert["updated_at"][:10])
    yield f"{alert['customer'] or alert['kind']}  {alert['state']}, {alert['severity']}"
    yield sentence(alert["evidence"], locale=locale, as_of=as_of) or alert["sentence"]
    if not found.recounts and alert["customer"]:
        yield speech.say("explain.unscored")
    for one in found.recounts:
        yield ""
        around = Circumstances(one.moment, one.as_of, one.threshold, currency)
        yield from recount_lines(one.found, around, speech)
        standing = found.opened_by if one.moment == "opening" else found.standing
        as_then = standing is not None and standing.as_of == one.as_of.isoformat()
        if standing is not None and as_then and standing.score is not None:
            yield from outcome_lines(asdict(standing), speech)
    yield ""
    yield speech.say("explain.steps")
    for step in found.transitions:
        at = str(step["at"])[:16].replace("T", " ")
        yield f"  {step['number']:<3} {at}  {step['kind']} ({step['reason']}, {step['actor']})"
    if found.sent:
        yield speech.say("explain.messages")
        yield from (f"  {line}" for line in _sent_lines(found.sent))


def print_standing(name: str, standing: "Standing | None") -> None:
    if standing is None:
        typer.echo(f"{name:<8} never judged")
        return
    score = "" if standing.score is None else f", score {standing.score:.2f}"
    if standing.probability is not None:
        score += f", {standing.probability:.0%} leave"
    if standing.basis == "gap":
        score += ", by own gaps"
    floor = "" if standing.threshold is None else f" (alerts from {standing.threshold:.2f})"
    rank = "" if standing.rank is None else f", rank {standing.rank}"
    typer.echo(f"{name:<8} as of {standing.as_of}: {standing.verdict}{score}{floor}{rank}")
    if standing.confirmed is not None:
        typer.echo(
            f"{'':<8} in the season of the own segment and region only {standing.confirmed:.2f}: "
            "that counts for alerts"
        )
    if standing.raised is not None:
        typer.echo(
            f"{'':<8} this bar is {standing.raised:.2f} higher: an alert was dismissed as mistaken"
        )
    if standing.weekly_usual is not None:
        typer.echo(
            f"{'':<8} usually {standing.weekly_usual} {standing.currency} a week, "
            f"now {standing.weekly_now}"
        )
    for reason, odds in standing.reasons.items():
        typer.echo(f"{'':<8} {reason.replace('_', ' ')}: {odds:+.2f}")


def _known_lines(known: "dict[str, Any]") -> "Iterator[str]":
    """How much is known of the customer, and what it is not enough for yet."""
    yield (
        f"known    since {known['since']}; bought in {known['active_weeks']} of the last 26 weeks, "
        f"on {known['purchase_days']} days of the last 52"
    )
    if known["score_from"]:
        yield (
            f"{'':<8} the score can judge from {known['score_from']} on, "
            "if a purchase comes every week until then"
        )
    if known["gaps_from"]:
        yield f"{'':<8} own gaps can judge from {known['gaps_from']} on"


def _sent_lines(sent: "Sequence[Sent]") -> "Iterator[str]":
    for one in sent:
        at = "" if one.sent_at is None else f" {one.sent_at[:16].replace('T', ' ')}"
        why = "" if one.reason is None else f" ({one.reason})"
        yield f"{one.number} by {one.channel} to the {one.audience}: {one.state}{at}{why}"
