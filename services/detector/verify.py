"""Proving that totals, ledger and log agree, and mending totals where they do not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from services.detector.incoming import RecordReader
from services.detector.retained import retained
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.domain.money import from_units
from shared.domain.week import Calendar, day_date
from shared.eventlog.port import EventLog, Place, Record
from shared.ops.clock import Clock
from shared.storage import audit, due, quarantine
from shared.storage.audit import WrongCategory, WrongDay
from shared.storage.database import Database
from shared.storage.ledger import STORED, Fact, instant_key, unlike
from shared.storage.positions import StoredPositions
from shared.storage.tables import customer, event
from shared.storage.totals import Sums

STEP = 5_000

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree.

    `kind`: total, revision, fact or record; `where` names it by numbers, without personal data;
    `stored` is what is there, `expected` what should be.
    """

    kind: str
    where: str
    stored: str
    expected: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.stored}; expected: {self.expected}"


def verify(
    database: Database,
    log: EventLog,
    calendar: Calendar,
    clock: Clock,
    *,
    prefix: str = "vigia",
    progress: Progress = lambda _what, _done: None,
) -> list[Difference]:
    """Every difference between the log, the ledger and the totals; changes nothing.

    The totals, by category too, are summed anew from the events that count; of each document the
    highest revision must count; each event must say what its stored body says; each record of the
    log that was folded must be in the ledger or in the quarantine. `progress` is told what is
    looked at and how much of it is done. Raises LogUnavailable when the log cannot be read to its
    end.
    """
    reader = RecordReader(calendar)
    with database.read() as connection:
        totals = [_total(day) for day in audit.wrong_days(connection)]
        totals += [_category(day) for day in audit.wrong_categories(connection)]
        documents = [_document(number) for number in audit.wrong_documents(connection)]
        facts = list(_wrong_facts(connection, reader, progress))
    topic = events_topic(prefix)
    stored = StoredPositions(database, DETECTOR_GROUP).read(topic)
    lost = []
    done = 0
    for records in retained(log, topic, stored, clock):
        with database.read() as connection:
            lost += [_record(place) for place in _lost(connection, reader, records, clock)]
        done += len(records)
        progress("log", done)
    return [*totals, *documents, *facts, *lost]


def repair(database: Database, clock: Clock) -> int:
    """Make states and totals what the ledger's events say; how many customers it concerned.

    They are due to be judged again. Events that differ from their body and records that are
    missing from the ledger are not mended: only the log or a back-up has what they said.
    """

    def work(connection: Connection) -> int:
        wrong = audit.correct_documents(connection, audit.wrong_documents(connection))
        wrong |= {day.customer for day in audit.wrong_days(connection)}
        wrong |= {day.customer for day in audit.wrong_categories(connection)}
        audit.rewrite_days(connection, wrong)
        due.mark(connection, [(number, "late", due.LATE) for number in wrong], clock.now())
        return len(wrong)

    return database.run(work)


def _total(day: WrongDay) -> Difference:
    where = f"customer {day.customer} on {day_date(day.day)} in {day.currency}"
    return Difference("total", where, _sums(day.stored), _sums(day.expected))


def _category(day: WrongCategory) -> Difference:
    where = f"customer {day.customer} on {day_date(day.day)} in a category, in {day.currency}"
    return Difference("total", where, _sums(day.stored), _sums(day.expected))


def _sums(sums: Sums) -> str:
    orders, amount, refunds, refunded = sums
    return f"{orders} orders {from_units(amount)}, {refunds} refunds {from_units(refunded)}"


def _document(number: int) -> Difference:
    where = f"event {number} and its other revisions"
    return Difference("revision", where, "another or several count", "the highest alone counts")


def _record(place: Place) -> Difference:
    where = f"{place.topic}/{place.partition} offset {place.offset}"
    return Difference("record", where, "nowhere", "in the ledger or in the quarantine")


def _wrong_facts(
    connection: Connection, reader: RecordReader, progress: Progress
) -> Iterator[Difference]:
    """Events whose columns are not what their body says."""
    columns = [event.c[name] for name in STORED if name != "customer"]
    query = (
        select(event.c.number, *columns, customer.c.id.label("customer"))
        .outerjoin(customer, customer.c.number == event.c.customer)
        .where(event.c.state != "discarded")
        .order_by(event.c.number)
        .limit(STEP)
    )
    last = done = 0
    while rows := connection.execute(query.where(event.c.number > last)).all():
        for row in rows:
            if not _says(reader.fact_of(row.body), row):
                yield Difference("fact", f"event {row.number}", "other columns", "as its body says")
        last = rows[-1].number
        done += len(rows)
        progress("ledger", done)


def _says(fact: Fact | None, row: Any) -> bool:
    if fact is None or fact.at != instant_key(row.at):
        return False
    names = (name for name in STORED if name != "at")
    return all(getattr(fact, name) == getattr(row, name) for name in names)


def _lost(
    connection: Connection, reader: RecordReader, records: Sequence[Record], clock: Clock
) -> list[Place]:
    """The places of folded records that left no trace."""
    incoming = reader.read(records, clock.now())
    doubtful = [incoming.records[n].place for n in unlike(connection, incoming.facts)]
    told = {record.place for record in incoming.records}
    doubtful += [record.place for record in records if record.place not in told]
    return [place for place in doubtful if not quarantine.holds(connection, *place)]
