"""`vigia route ALERT`: whom the next message about an alert goes to, by what, when and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from services.notifier.explaining import Explained


def route(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(help="The alert's id, as a message names it.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Explain whom the next message about an alert goes to, and when.

    As JSON one line for each who is told: of what many customers share, that may be several.
    """
    import json

    from services.cli.wiring import open_parts
    from services.notifier.explaining import explain
    from services.notifier.ways import read_ways
    from shared.ops.errors import InputError

    settings = settings_of(context, data=data)
    with open_parts(settings) as parts:
        ways = read_ways(parts.database, settings)
        with parts.database.read() as connection:
            found = explain(connection, alert, settings, ways, parts.clock)
    if not found:
        raise InputError("there is no alert of that id; `vigia why CUSTOMER` names a customer's")
    for one in found:
        typer.echo(json.dumps(_document(one)) if as_json else "\n".join(_lines(one)))


def _document(found: "Explained") -> dict[str, Any]:
    return {
        "alert": found.alert,
        "severity": found.severity,
        "rule": found.rule,
        "person": found.person,
        "role": found.role,
        "channel": found.channel,
        "recipient": found.recipient,
        "when": found.when,
        "at": None if found.at is None else found.at.isoformat(),
        "reason": found.reason,
    }


def _lines(found: "Explained") -> list[str]:
    rule = "no rule fits: the defaults" if found.rule is None else f"rule {found.rule}"
    lines = [f"alert     {found.alert}, {found.severity}", f"decided   by {rule}"]
    if found.channel is None:
        return [*lines, f"sent      not at all now: {found.reason}"]
    who = found.person or "the operator"
    at = "" if found.at is None else f", {found.at:%Y-%m-%d %H:%M %Z}"
    return [
        *lines,
        f"goes to   {who} ({found.role})",
        f"by        {found.channel}: {found.recipient}",
        f"when      {found.when}{at}",
    ]
