"""`vigia quarantine`: what could not be taken, and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import LARGEST_NUMBER, Data, Json, settings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from services.cli.wiring import Parts
    from shared.storage.quarantine import Kept

BATCH = 500
APPEND_SECONDS = 4.5
app = typer.Typer(help="Records that could not be taken, and why.", no_args_is_help=True)

Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="ID...", max=LARGEST_NUMBER, help="Numbers, as `list` shows them."),
]


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    after: Annotated[
        int, typer.Option(min=0, max=LARGEST_NUMBER, help="Only those with a larger number.")
    ] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what is in the quarantine, oldest first."""
    import json

    from services.cli.wiring import open_parts
    from shared.storage.quarantine import listed

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        kept = listed(connection, limit=limit, after=after)
    if as_json:
        typer.echo(json.dumps([_row(one) for one in kept]))
        return
    for one in kept:
        typer.echo(f"{one.id}  {one.at:%Y-%m-%d %H:%M}  {one.what.reason}: {one.what.detail}")
    if not kept:
        typer.echo("the quarantine is empty")


@app.command("show")
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", max=LARGEST_NUMBER)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show one record with its bytes, exactly as it came."""
    import json

    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError
    from shared.storage.quarantine import find

    with open_parts(settings_of(context, data=data)) as parts, parts.database.read() as connection:
        kept = find(connection, number)
    if kept is None:
        raise InputError("there is nothing of that number; see `vigia quarantine list`")
    text = kept.what.value.decode("utf-8", "backslashreplace")
    if as_json:
        typer.echo(json.dumps({**_row(kept), "value": text}))
        return
    for name, value in _row(kept).items():
        typer.echo(f"{name:<10} {'-' if value is None else value}")
    typer.echo(text)


@app.command("retry")
def retry(
    context: typer.Context,
    numbers: Numbers = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is there now.")] = False,
    data: Data = None,
) -> None:
    """Send records through the log once more; what still cannot be read stays (exit code 1)."""
    from services.cli.system import fold_here
    from services.cli.wiring import open_parts
    from shared.ops.errors import InputError

    done = 0
    stayed: dict[int, str] = {}
    with open_parts(settings_of(context, data=data)) as parts:
        for batch in _chosen(parts, numbers, everything):
            readable, stays = _sorted(batch, parts.clock.now())
            done += _send_again(parts, readable)
            stayed |= stays
        typer.echo(f"sent again: {done}")
        if done and not fold_here(parts):
            typer.echo("the running vigia takes them now; see `vigia quarantine list`")
    if stayed:
        number, why = next(iter(stayed.items()))
        raise InputError(
            f"{len(stayed)} still cannot be read and stay, the first is {number}: {why}; mend the "
            "cause, or forget them with `vigia quarantine drop`"
        )


@app.command("drop")
def drop(
    context: typer.Context,
    numbers: Numbers = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is there now.")] = False,
    data: Data = None,
) -> None:
    """Forget records for good."""
    from services.cli.wiring import open_parts

    with open_parts(settings_of(context, data=data)) as parts:
        batches = _chosen(parts, numbers, everything)
        done = sum(_forget(parts, [one.id for one in batch]) for batch in batches)
        typer.echo(f"dropped: {done}")


def _chosen(
    parts: "Parts", numbers: list[int] | None, everything: bool
) -> "Iterator[Sequence[Kept]]":
    """What was asked for, in batches. Raises InputError unless all of it is there."""
    from shared.ops.errors import InputError
    from shared.storage.quarantine import find, listed, newest_number

    if bool(numbers) == everything:
        raise InputError("name either the records' numbers or --all; see `vigia quarantine list`")
    if numbers:
        with parts.database.read() as connection:
            found = [find(connection, number) for number in numbers]
        there = [one for one in found if one is not None]
        if len(there) < len(found):
            raise InputError("there is nothing of such a number; see `vigia quarantine list`")
        yield there
        return
    with parts.database.read() as connection:
        newest = newest_number(connection)
    last = 0
    while last < newest:
        with parts.database.read() as connection:
            batch = listed(connection, limit=BATCH, after=last)
        last = batch[-1].id if batch else newest
        yield [one for one in batch if one.id <= newest]


def _sorted(
    batch: "Sequence[Kept]", now: "datetime"
) -> "tuple[list[tuple[Kept, str]], dict[int, str]]":
    """Those that their topic's reader would take now, each with whom it is about, and the numbers
    of the others with the reason."""
    from shared.contract.alert_event import read_alert_event
    from shared.contract.reading import InvalidEvent, decode
    from shared.contract.topics import alerts_topic

    readable, stays = [], {}
    for one in batch:
        value = one.what.value
        announced = one.what.topic == alerts_topic()
        try:
            event = read_alert_event(value) if announced else decode(value, now=now)
        except InvalidEvent as error:
            stays[one.id] = str(InvalidEvent(error.problems[:1]))
        else:
            readable.append((one, event.subject))
    return readable, stays


def _send_again(parts: "Parts", readable: "Sequence[tuple[Kept, str]]") -> int:
    """Append the kept bytes as they were, each to the topic that it came from (what was refused at
    the door: to the events); forget them once the log has acknowledged."""
    from shared.contract.topics import events_topic
    from shared.eventlog.port import NewRecord

    by_topic: dict[str, dict[int, NewRecord]] = {}
    for one, subject in readable:
        what = one.what
        # What was refused at the door never had a key.
        key = subject if what.key is None else what.key.decode("utf-8", "replace")
        records = by_topic.setdefault(what.topic or events_topic(), {})
        records[one.id] = NewRecord(key, what.value, what.headers)
    done = 0
    for topic, records in by_topic.items():
        parts.log.append(topic, list(records.values()), timeout=APPEND_SECONDS)
        done += _forget(parts, records)
    return done


def _forget(parts: "Parts", numbers: "Collection[int]") -> int:
    from shared.storage.quarantine import drop

    return parts.database.run(lambda connection: drop(connection, numbers))


def _row(one: "Kept") -> dict[str, Any]:
    what = one.what
    return {
        "id": one.id,
        "topic": what.topic,
        "partition": what.partition,
        "offset": what.offset,
        "source": what.source,
        "event_id": what.event_id,
        "reason": what.reason,
        "detail": what.detail,
        "at": one.at.isoformat(),
    }
