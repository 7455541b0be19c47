"""`vigia status`: how far everything is, and whether anything waits."""

from typing import TYPE_CHECKING, Any

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from services.cli.wiring import Parts

DONE = "done"  # the state of an evaluation of which nothing is left to do


def status(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show what is folded, judged, announced and delivered, and what still waits."""
    import json

    from services.cli.wiring import open_parts

    with open_parts(settings_of(context, data=data)) as parts:
        found = collect_status(parts)
    if as_json:
        typer.echo(json.dumps(found))
        return
    typer.echo("settled: nothing waits" if found["settled"] else "working: something waits")
    if found["paused_at"]:
        typer.echo(f"sending paused  since {found['paused_at']}")
    for channel in found["channels"]:
        typer.echo(f"{channel['channel']} paused since {channel['since']}: {channel['reason']}")
    typer.echo(f"judged as of    {found['as_of'] or 'never'}{_unfinished(found['evaluation'])}")
    behind = sum(sum(partitions.values()) for partitions in found["lag"].values())
    typer.echo(f"events to fold  {behind}")
    typer.echo(f"due customers   {found['due']}")
    typer.echo(f"unpublished     {found['unpublished']}")
    for state, count in found["deliveries"].items():
        typer.echo(f"{state:<15} {count}")
    typer.echo(f"quarantined     {found['quarantine']}")
    for feed in found["feeds"]:
        seen = feed["last_event_at"] or "nothing yet"
        health = "" if feed["healthy"] else ", silent"
        typer.echo(f"feed {feed['source']}: {feed['kind']}, last event {seen}{health}")


def _unfinished(evaluation: dict[str, str] | None) -> str:
    state = DONE if evaluation is None else evaluation["state"]
    return "" if state == DONE else f", which is {state}"


def collect_status(parts: "Parts") -> dict[str, Any]:
    """The answer of `status --json`."""
    from services.detector.feeds import list_feeds
    from shared.contract.topics import DETECTOR_GROUP, NOTIFIER_GROUP, alerts_topic, events_topic
    from shared.domain.week import day_date
    from shared.storage import channel_state, quarantine
    from shared.storage.company import paused_since
    from shared.storage.evaluations import last_begun
    from shared.storage.waiting import waiting

    # In the direction of the data: what moves on meanwhile is met further down, never missed.
    lag = {events_topic(): lag_of(parts, events_topic(), DETECTOR_GROUP)}
    with parts.database.read() as connection:
        judged = waiting(connection, parts.clock.real(), parts.clock.now())
        newest = last_begun(connection)
    lag[alerts_topic()] = lag_of(parts, alerts_topic(), NOTIFIER_GROUP)
    with parts.database.read() as connection:
        found = waiting(connection, parts.clock.real(), parts.clock.now())
        quarantined = quarantine.count(connection)
        feeds = list_feeds(connection, parts.clock.now(), parts.settings)
        paused_at = paused_since(connection)
        pauses = channel_state.pauses(connection)
    as_of = None if newest is None else day_date(newest[0]).isoformat()
    behind = any(any(partitions.values()) for partitions in lag.values())
    evaluated = newest is None or newest[1] == DONE
    return {
        "settled": judged.settled and evaluated and found.settled and not behind,
        "as_of": as_of,
        "lag": {topic: {str(p): n for p, n in rows.items()} for topic, rows in lag.items()},
        "due": found.due,
        "unpublished": found.unpublished,
        "paused_at": None if paused_at is None else paused_at.isoformat(),
        "deliveries": found.deliveries,
        "channels": [
            {"channel": one.channel, "since": one.since.isoformat(), "reason": one.reason}
            for one in pauses.values()
        ],
        "quarantine": quarantined,
        "feeds": [feed.to_dict() for feed in feeds],
        "evaluation": None if newest is None else {"as_of": as_of, "state": newest[1]},
    }


def lag_of(parts: "Parts", topic: str, group: str | None) -> dict[int, int]:
    """Records behind the group's stored positions, by partition; without a group: all there are."""
    from shared.storage.positions import StoredPositions

    positions = StoredPositions(parts.database, group or "")
    return {p: one.records for p, one in parts.log.unread(topic, positions).items()}
