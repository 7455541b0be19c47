"""A notifier that a test works and whose time it moves, and alerts for it to tell of."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from services.notifier.metrics import NotifierMetrics
from services.notifier.planner import Planner
from services.notifier.preparing import Preparing
from services.notifier.sender import Sender
from services.notifier.ways import read_ways
from shared.ops.links import Links
from shared.ops.settings import Settings
from shared.storage import alerts
from shared.storage.alert_rows import Content
from shared.storage.database import Database
from shared.storage.tables import customer
from tests.notifier.builders import EVIDENCE
from tests.notifier.working import Clock, Recorder, keep, make_sender, new, rows, run

ANA, MARTA, OPERATOR = "ana@company.example", "marta@company.example", "it@company.example"
DIGEST_DAY = datetime(2011, 12, 12, 6, 30, tzinfo=UTC)  # Monday 07:30 in Madrid


class Desk:
    """A notifier whose time a test moves: a sender that notes what it sends, and a planner."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        metrics: NotifierMetrics,
        channel: Recorder,
    ) -> None:
        self.database, self.clock, self.channel = database, clock, channel
        self.sender: Sender = make_sender(database, settings, clock, metrics, channel)
        preparing = Preparing(settings, read_ways(database, settings), Links.of(settings))
        self.planner = Planner(database, settings, clock, preparing)

    def work(self) -> list[tuple[str, Any]]:
        """Do all there is to do; what was sent meanwhile, with its recipient."""
        before = len(self.channel.sent)
        while run(self.sender) + self.planner.step():
            pass
        return [(address, message) for address, message, _ in self.channel.sent[before:]]

    def move_to(self, moment: datetime) -> None:
        self.clock.later(seconds=(moment - self.clock.now()).total_seconds())
        self.clock.move_to(moment)

    def announce(self, *given: Any) -> None:
        keep(self.database, self.clock, *given)


def open_one(desk: Desk, id: str = "C-1029", severity: str = "warning", value: int = 5) -> Any:
    """An alert in the database, announced."""
    with desk.database.write() as connection:
        number = connection.scalar(select(customer.c.number).where(customer.c.id == id))
        if number is None:
            new_one = {"id": id, "name": f"Bar {id}", "rep": "r1", "field_times": {}}
            made = connection.execute(customer.insert().values(new_one))
            number = made.inserted_primary_key[0] if made.inserted_primary_key else 0
        content = Content("r1", severity, 1.7, 2, value * 10_000, "EUR", 0, "", list(EVIDENCE))
        row = alerts.open_alert(
            connection, number, id, content,
            earlier=0, evaluation=None, reason="score", actor="detector", at=desk.clock.now(),
        )  # fmt: skip
    amount = {"amount": f"{value}.00", "currency": "EUR"}
    desk.announce(new(id=row.id, customer=id, severity=severity, value_at_risk=amount))
    return row


def end(desk: Desk, row: Any, kind: str = "recovered") -> None:
    with desk.database.write() as connection:
        row = alerts.read_alert(connection, row.id)
        moved = alerts.add_transition(
            connection, row, kind, reason="score", actor="detector", at=desk.clock.now()
        )
    desk.announce(new(moved.last_number, kind=kind, id=row.id, customer=row.key, state=kind))


def states(desk: Desk) -> list[tuple[str, str, str | None]]:
    return [(row.audience, row.state, row.reason) for row in rows(desk.database)]
