"""`vigia replay`: read the log's events once more."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import LARGEST_NUMBER, Data, settings_of

if TYPE_CHECKING:
    from services.cli.wiring import Parts


def replay(
    context: typer.Context,
    from_: Annotated[
        int | None,
        typer.Option(
            "--from",
            metavar="OFFSET",
            min=0,
            max=LARGEST_NUMBER,
            help="Go back to here; default: as far.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Fold again what the log still holds: what is known changes nothing and sends nothing.

    It brings back what a restored older database lacks. Where a topic was replaced, or cut below
    where its readers stood, they go on from its earliest record: detectors and notifiers.
    """
    from services.cli.system import fold_here
    from services.cli.wiring import open_parts

    with open_parts(settings_of(context, data=data)) as parts:
        moved = _move_back(parts, from_)
        typer.echo(f"partitions that are read again: {moved}")
        alerts = _bring_back_notifiers(parts)
        if alerts:
            typer.echo(f"partitions of alerts that are read from their earliest record: {alerts}")
        if not fold_here(parts):
            typer.echo("the running vigia folds them now; `vigia status` tells when it is done")


def _move_back(parts: "Parts", offset: int | None) -> int:
    """Move the detectors' positions back to `offset`, as far as the log reaches; how many moved.

    One that no reader can go on from tells nothing of what was read: all of it is read again.
    """
    from services.cli.status import lag_of
    from shared.contract.topics import DETECTOR_GROUP, events_topic

    topic = events_topic()
    targets: dict[int, int | None] = {}
    held = lag_of(parts, topic, group=None)
    for partition, end in parts.log.ends(topic).items():
        earliest = end - held.get(partition, 0)
        targets[partition] = None if offset is None or offset <= earliest else offset
    return _restart(parts, DETECTOR_GROUP, topic, targets)


def _bring_back_notifiers(parts: "Parts") -> int:
    """Forget the notifiers' positions that no reader can go on from; how many there were.

    Others stay: whoever was told has no use for hearing it again.
    """
    from shared.contract.topics import NOTIFIER_GROUP, alerts_topic

    return _restart(parts, NOTIFIER_GROUP, alerts_topic(), {})


def _restart(parts: "Parts", group: str, topic: str, targets: dict[int, int | None]) -> int:
    """Move positions back to `targets`, and to the earliest record where no reader can go on.

    What is there now is not what was there: the quarantine forgets the places.
    """
    from sqlalchemy import Connection

    from shared.storage import quarantine
    from shared.storage.positions import StoredPositions, move_back

    misplaced = parts.log.misplaced(topic, StoredPositions(parts.database, group))

    def work(connection: Connection) -> int:
        quarantine.forget_places(connection, topic, misplaced)
        return move_back(connection, group, topic, {**targets, **dict.fromkeys(misplaced)})

    return parts.database.run(work)
