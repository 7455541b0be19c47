"""`vigia quarantine`: what could not be taken, and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.options import LARGEST_NUMBER, Data, Json, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    """Send records through the log once more; what still cannot be taken comes back."""
    from services.cli.system import fold_here
    from services.cli.wiring import open_parts

    with open_parts(settings_of(context, data=data)) as parts:
        done = sum(_send_again(parts, batch) for batch in _chosen(parts, numbers, everything))
        typer.echo(f"sent again: {done}")
        if not fold_here(parts):
            typer.echo("the running vigia takes them now; see `vigia quarantine list`")


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
        chosen = _chosen(parts, numbers, everything)
        typer.echo(f"dropped: {sum(_forget(parts, batch) for batch in chosen)}")


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


def _send_again(parts: "Parts", batch: "Sequence[Kept]") -> int:
    """Append the kept bytes as they were, each to the topic that it came from (what was refused at
    the door: to the events); forget them once the log has acknowledged."""
    from shared.contract.topics import events_topic
    from shared.eventlog.port import NewRecord

    by_topic: dict[str, list[Kept]] = {}
    for one in batch:
        by_topic.setdefault(one.what.topic or events_topic(), []).append(one)
    done = 0
    for topic, kept in by_topic.items():
        records = [NewRecord(_key(one), one.what.value, one.what.headers) for one in kept]
        parts.log.append(topic, records, timeout=APPEND_SECONDS)
        done += _forget(parts, kept)
    return done


def _key(one: "Kept") -> str:
    """The record's key; what was refused at the door never had one."""
    if one.what.key is None:
        return one.what.customer or ""
    return one.what.key.decode("utf-8", "replace")


def _forget(parts: "Parts", batch: "Sequence[Kept]") -> int:
    from shared.storage.quarantine import drop

    numbers = [one.id for one in batch]
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
