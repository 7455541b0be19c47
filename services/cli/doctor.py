"""`vigia doctor`: whether everything around Vigía is as it needs it, and what to do if not."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

from services.cli.options import Data, Json, settings_of

if TYPE_CHECKING:
    from shared.ops.settings import Settings

CLOCKS_APART_SECONDS = 2.0
Check = Callable[["Settings"], Iterator[str]]


def doctor(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Look at database, tables, log, clocks, mail and channels; exit 1 if anything is wrong.

    Changes nothing and sends nothing.
    """
    import json

    settings = settings_of(context, data=data)
    found = {name: _wrong(check, settings) for name, check in CHECKS.items()}
    if as_json:
        typer.echo(json.dumps([{"check": name, "wrong": wrong} for name, wrong in found.items()]))
    else:
        for name, wrong in found.items():
            typer.echo(f"{name:<10} {'ok' if not wrong else wrong[0]}")
            for line in wrong[1:]:
                typer.echo(f"{'':<10} {line}")
    if any(found.values()):
        raise typer.Exit(1)


def _wrong(check: Check, settings: "Settings") -> list[str]:
    """What the check finds, and what keeps it from finding more."""
    from shared.ops.errors import VigiaError

    wrong = []
    try:
        for line in check(settings):
            wrong.append(line)
    except VigiaError as error:
        wrong.append(str(error))
    return wrong


def _database(settings: "Settings") -> Iterator[str]:
    from sqlalchemy import text

    from services.cli.wiring import no_data_yet, opened_database

    if no_data_yet(settings):
        yield f"there is no data in {settings.data}; run `vigia migrate`, or check --data"
        return
    with opened_database(settings) as database, database.read() as connection:
        connection.execute(text("SELECT 1"))
    if not database.is_sqlite and not settings.kafka_bootstrap:
        yield "PostgreSQL needs Kafka as the log; set VIGIA_KAFKA_BOOTSTRAP"


def _tables(settings: "Settings") -> Iterator[str]:
    from services.cli.wiring import no_data_yet, opened_database, own_calendar
    from shared.storage.schema import require_schema

    if no_data_yet(settings):
        yield "not there yet; run `vigia migrate`"
        return
    with opened_database(settings) as database:
        require_schema(database)
        own_calendar(settings, database)


def _log(settings: "Settings") -> Iterator[str]:
    if not settings.kafka_bootstrap:
        yield from _table_log(settings)
        return
    from services.cli.wiring import topic_shapes
    from shared.eventlog.kafka_topics import describe_topics

    shapes = topic_shapes(settings)
    states = describe_topics(settings.kafka_bootstrap, shapes, access=settings.kafka_access)
    for name, state in states.items():
        wanted = shapes[name]
        if state is None:
            yield f"the topic {name} is not there; run `vigia migrate`"
            continue
        if state.partitions < wanted.partitions:
            yield (
                f"{name} has {state.partitions} partitions, VIGIA_KAFKA_PARTITIONS says "
                f"{wanted.partitions}; run `vigia migrate`"
            )
        if state.replicas < wanted.replication:
            yield (
                f"{name} keeps {state.replicas} copies, VIGIA_KAFKA_REPLICATION says "
                f"{wanted.replication}; assign more with kafka-reassign-partitions.sh"
            )
        for key, value in wanted.different(state.configs).items():
            yield f"{name} has {key} {state.configs.get(key)}, not {value}; run `vigia migrate`"


def _table_log(settings: "Settings") -> Iterator[str]:
    from services.cli.wiring import no_data_yet, open_parts

    if not no_data_yet(settings):
        with open_parts(settings, any_zone=True) as parts:  # `tables` tells of that
            wrong = parts.log.check()
        if wrong is not None:
            yield wrong


def _clocks(settings: "Settings") -> Iterator[str]:
    from services.cli.wiring import no_data_yet, opened_database
    from shared.storage.lease import database_now_ms

    if no_data_yet(settings):
        return
    clock = settings.clock()
    with opened_database(settings) as database, database.read() as connection:
        theirs = database_now_ms(connection) / 1000
        apart = abs(clock.real().timestamp() - theirs)
    if apart > CLOCKS_APART_SECONDS:
        yield f"this host and the database are {apart:.0f} s apart; let NTP set both clocks"


def _mail(settings: "Settings") -> Iterator[str]:
    from services.notifier.channels.email.channel import mail_fails

    wrong = mail_fails(settings)
    if wrong is not None:
        yield f"{wrong}; check VIGIA_SMTP_URL"
    if settings.smtp_url.get_secret_value() and settings.operator_email.endswith("@localhost"):
        yield "alerts without a rep reach nobody; set VIGIA_OPERATOR_EMAIL"


def _channels(settings: "Settings") -> Iterator[str]:
    from services.cli.wiring import no_data_yet, opened_database
    from services.notifier.channel import SendFailed
    from services.notifier.registry import KINDS
    from services.notifier.ways import read_ways
    from shared.storage import channel_state, rep_channels

    if no_data_yet(settings):
        return
    with opened_database(settings) as database:
        operator = read_ways(database, settings).operator
        with database.read() as connection:
            paused = channel_state.pauses(connection)
            of_reps = rep_channels.listed(connection).values()
    used = {way.channel for way in operator}
    used |= {way.channel for ways in of_reps for way in ways}
    for one in paused.values():
        yield f"{one.channel} sends nothing since {one.since:%Y-%m-%d %H:%M} UTC: {one.reason}"
    for name in sorted(used - paused.keys() - {"email"}):
        try:
            KINDS[name].build(settings, settings.clock()).probe()
        except SendFailed as failure:
            yield f"{name}: {failure}"


CHECKS: dict[str, Check] = {
    "database": _database,
    "tables": _tables,
    "log": _log,
    "clocks": _clocks,
    "mail": _mail,
    "channels": _channels,
}
