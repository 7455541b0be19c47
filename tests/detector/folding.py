"""Events as records, a projector on a real database, and what is stored afterwards."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, Table, insert, select

from services.detector.metrics import DetectorMetrics
from services.detector.projector import Projector
from shared.contract.event import Event
from shared.contract.reading import read_event, write_event
from shared.domain.week import Calendar
from shared.eventlog.consumer import FoldCount
from shared.eventlog.port import Headers, NewRecord, Place, Record
from shared.eventlog.records import DIGEST, event_record
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from shared.storage.tables import (
    category_day,
    customer,
    customer_day,
    due,
    evaluation,
    event,
    feed,
    quarantine,
)

TOPIC = "vigia.events"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
LATER = datetime(9000, 1, 1, tzinfo=UTC)


def event_of(kind: str, name: str, data: dict[str, Any], **fields: Any) -> Event:
    """An event of customer «maria» at source «till» on 2026-03-01 at noon, unless told else."""
    told = {"source": "till", "subject": "maria", "time": "2026-03-01T12:00:00Z", **fields}
    return read_event({"id": name, "type": kind, "data": data, **told}, now=LATER)


def purchase(name: str, amount: str = "10.50", currency: str = "EUR", **fields: Any) -> Event:
    return event_of("purchase", name, {"amount": amount, "currency": currency}, **fields)


def refund(name: str, amount: str = "10.50", **fields: Any) -> Event:
    return event_of("refund", name, {"amount": amount, "currency": "EUR"}, **fields)


def with_content_type(event: Event, *, headers: bool) -> NewRecord:
    """The record of another writer, who says that data are JSON and counts that as said."""
    body = json.loads(write_event(event)) | {"datacontenttype": "application/json"}
    value = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    own = ((DIGEST, sha256(value).digest()),) if headers else ()
    return NewRecord(event.subject, value, own)


def basket(*bought: tuple[str | None, str]) -> list[dict[str, Any]]:
    """Lines of receipts: (category, amount) each; None names no category."""
    return [
        {"sku": f"s{n}", "quantity": 1, "amount": amount}
        | ({} if category is None else {"category": category})
        for n, (category, amount) in enumerate(bought)
    ]


def day_of(date: str) -> int:
    """The day number of a date."""
    return (datetime.fromisoformat(date) - datetime(1970, 1, 1)) // timedelta(days=1)  # noqa: DTZ001


class Desk:
    """Folds events into one database; each record has a place of its own in the log."""

    def __init__(self, database: Database, clock: SimulatedClock, zone: str = "UTC") -> None:
        self.database = database
        self.registry = CollectorRegistry()
        self.day_of = Calendar(ZoneInfo(zone)).day_of
        metrics = DetectorMetrics(self.registry)
        self.projector = Projector(Calendar(ZoneInfo(zone)), clock, metrics)
        self._next = 0

    def record(self, value: bytes, headers: Headers = ()) -> Record:
        place = Place(TOPIC, 0, self._next)
        self._next += 1
        return Record(place, b"maria", value, headers, NOW)

    def records(self, events: Iterable[Event], *, batch: bool = False) -> list[Record]:
        made = [event_record(one, batch=batch) for one in events]
        return [self.record(one.value, one.headers) for one in made]

    def fold(self, *events: Event, batch: bool = False) -> FoldCount:
        """Fold events in one batch."""
        return self.fold_records(self.records(events, batch=batch))

    def fold_records(self, records: Sequence[Record]) -> FoldCount:
        incoming = self.projector.read(records)
        return self.database.run(lambda connection: self.projector.fold(connection, incoming))

    def rows(self, table: Table) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(table)).all())

    def days(self) -> dict[tuple[str, int, str], tuple[int, ...]]:
        """(customer, day, currency) -> orders, amount, refunds, refunded."""
        with self.database.read() as connection:
            return days_in(connection)

    def categories(self) -> dict[tuple[str, int, str, str], tuple[int, ...]]:
        """(customer, day, category, currency) -> orders, amount, refunds, refunded."""
        with self.database.read() as connection:
            return categories_in(connection)

    def states(self) -> dict[tuple[str, int], str]:
        """(id, revision) -> state in the ledger."""
        return {(row.id, row.revision): row.state for row in self.rows(event)}

    def due(self) -> set[tuple[str, str, int]]:
        """Customer, reason and priority of every due row."""
        with self.database.read() as connection:
            return due_in(connection)

    def versions(self) -> dict[str, int]:
        return {row.id: row.version for row in self.rows(customer)}

    def quarantined(self) -> list[str]:
        return [row.reason for row in self.rows(quarantine)]

    def feed(self, source: str = "till") -> Any:
        return {row.source: row for row in self.rows(feed)}[source]

    def judged_until(self, date: str) -> None:
        """A live evaluation of the weeks before `date`."""
        row = {"as_of": day_of(date), "live": True, "state": "done", "started_at": NOW}
        with self.database.write() as connection:
            connection.execute(insert(evaluation), {**row, "progress": {}})

    def counted(self, outcome: str) -> float | None:
        return self.registry.get_sample_value("vigia_events_total", {"outcome": outcome})


def days_in(connection: Connection) -> dict[tuple[str, int, str], tuple[int, ...]]:
    query = select(customer.c.id, customer_day).join_from(customer_day, customer)
    return {
        (row.id, row.day, row.currency): (row.orders, row.amount, row.refunds, row.refunded)
        for row in connection.execute(query)
    }


def categories_in(connection: Connection) -> dict[tuple[str, int, str, str], tuple[int, ...]]:
    query = select(customer.c.id, category_day).join_from(category_day, customer)
    return {
        (row.id, row.day, row.category, row.currency): (
            row.orders,
            row.amount,
            row.refunds,
            row.refunded,
        )
        for row in connection.execute(query)
    }


def due_in(connection: Connection) -> set[tuple[str, str, int]]:
    query = select(customer.c.id, due.c.reason, due.c.priority).join_from(due, customer)
    return {(row[0], row[1], row[2]) for row in connection.execute(query)}
