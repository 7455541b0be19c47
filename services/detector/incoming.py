"""From log records to facts for the ledger."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from operator import attrgetter

from pydantic_core import from_json

from services.detector.days import Days
from shared.contract.event import (
    ComplaintResolved,
    Contact,
    CustomerMaster,
    Event,
    Feed,
    Payment,
    Purchase,
    Refund,
    RepMaster,
)
from shared.contract.reading import (
    AT_ANY_TIME,
    LEEWAY,
    FutureEvent,
    InvalidEvent,
    decode,
    digest,
    write_event,
)
from shared.domain.lines import by_category
from shared.domain.money import text_units, to_units
from shared.domain.week import Calendar
from shared.eventlog.port import Record
from shared.eventlog.records import BATCH, DIGEST, ORIGIN, WRITTEN
from shared.storage.ledger import Fact, Key, instant_key
from shared.storage.quarantine import Reason, Rejected

LONGEST_NAME = 128

_new = tuple.__new__
_customer, _revision, _by_category = map(attrgetter, ("customer", "revision", "categories"))

Told = Feed | CustomerMaster | RepMaster  # events that say more than the ledger's columns keep


@dataclass(slots=True)
class Incoming:
    """What a batch of records holds: facts, the record of each, and what could not be read.

    It was read `at` that business time. `told` are the events behind the facts that say more
    than the ledger's columns keep; `customers` the ids of all customers they speak of;
    `corrects`: some fact is a later revision; `categorised`: some fact has lines with categories.
    """

    at: datetime
    facts: list[Fact] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    told: dict[Key, Told] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    customers: Set[str] = frozenset()
    corrects: bool = False
    categorised: bool = False


class RecordReader:
    """Reads records with one company's calendar. Not safe to share between threads."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._days = Days(calendar)

    def read(self, records: Iterable[Record], now: datetime) -> Incoming:
        """Every record as a fact or as rejected; `now` is business time."""
        incoming = Incoming(now)
        facts, kept = incoming.facts, incoming.records
        latest = instant_key((now + LEEWAY).astimezone(UTC))
        for record in records:
            _, _, value, sent, _ = record
            headers = dict(sent)
            batch = headers.get(ORIGIN) == BATCH
            said = headers.get(DIGEST)
            # The record is as our own writer made it; with a trace the two headers differ.
            own = headers.get(WRITTEN, said) == sha256(value).digest()
            proof = said if own else None
            fact = self._quick(value, proof, latest, batch) if proof else None
            if fact is None:
                try:
                    event = decode(value, now=now)
                except InvalidEvent as error:
                    incoming.rejected.append(_unreadable(record, error))
                    continue
                body = value if proof else write_event(event)
                fact = self._fact(event, body, proof, batch=batch)
                if isinstance(event, Told):
                    incoming.told[fact.key] = event
            facts.append(fact)
            kept.append(record)
        incoming.customers = {*filter(None, map(_customer, facts))}
        incoming.corrects = any(map(_revision, facts))
        incoming.categorised = any(map(_by_category, facts))
        return incoming

    def fact_of(self, body: bytes) -> Fact | None:
        """The fact in a body that the ledger keeps, whenever it happened; None if unreadable."""
        try:
            event = decode(body, now=AT_ANY_TIME)
        except InvalidEvent:
            return None
        return self._fact(event, body, None, batch=False)

    def _quick(self, value: bytes, proof: bytes, latest: str, batch: bool) -> Fact | None:
        """The fact in bytes that our own writer made of a purchase; None for all else.

        Their digest was sent along, so they are what was written of a valid event and its parts
        need no second proof: this spares most of the time that reading takes.
        """
        try:
            body = from_json(value)
            if body["type"] != "purchase":
                return None
            data = body["data"]
            time: str = body["time"]
            at = time if len(time) == 27 else f"{time[:19]}.000000Z"
            if at > latest:
                return None
            return _new(
                Fact,
                (
                    body["source"],
                    body["id"],
                    body.get("revision", 0),
                    "purchase",
                    body["subject"],
                    at,
                    self._days.of(time),
                    text_units(data["amount"]),
                    data["currency"],
                    None,
                    data.get("rep"),
                    proof,
                    value,
                    batch,
                    by_category("purchase", data["lines"]) if "lines" in data else None,
                ),
            )
        except (ValueError, TypeError, LookupError):
            return None

    def _fact(self, event: Event, body: bytes, proof: bytes | None, *, batch: bool) -> Fact:
        return Fact(
            event.source,
            event.id,
            event.revision,
            event.type,
            None if isinstance(event, RepMaster | Feed) else event.subject,
            instant_key(event.time),
            self._calendar.day_of(event.time),
            *_trade(event),
            proof or digest(event, written=body),
            body,
            batch,
            _categories(event),
        )


def conflict(record: Record, fact: Fact) -> Rejected:
    """What is kept of a fact that contradicts the ledger."""
    return replace(
        _rejected(
            record, "conflict", "the same source, id and revision said something else before"
        ),
        source=fact.source,
        event_id=fact.id,
        revision=fact.revision,
        type=fact.type,
        customer=fact.customer,
        day=fact.day,
    )


def _unreadable(record: Record, error: InvalidEvent) -> Rejected:
    """What is kept of a record that is no event; what it calls itself, as far as it is read."""
    try:
        body = from_json(record.value)
    except ValueError:
        body = None
    names = body if isinstance(body, dict) else {}
    reason: Reason = "future" if isinstance(error, FutureEvent) else "invalid"
    return replace(
        _rejected(record, reason, str(error)),
        source=_name(names.get("source")),
        event_id=_name(names.get("id")),
        type=_name(names.get("type")),
        customer=_name(names.get("subject")),
    )


def _rejected(record: Record, reason: Reason, detail: str) -> Rejected:
    place = record.place
    return Rejected(
        reason,
        detail,
        record.value,
        key=record.key,
        headers=record.headers,
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )


def _name(value: object) -> str | None:
    """A name as the quarantine's columns can hold it."""
    fits = isinstance(value, str) and len(value) <= LONGEST_NAME and value.isprintable()
    return value if isinstance(value, str) and fits else None


def _trade(event: Event) -> tuple[int | None, str | None, str | None, str | None]:
    """Amount, currency, reference and rep of an event, as far as it has them."""
    if isinstance(event, Purchase | Refund | Payment):
        money = (to_units(event.data.amount), event.data.currency)
        reference = event.data.purchase if isinstance(event, Refund) else None
        return *money, reference, event.data.rep if isinstance(event, Purchase) else None
    if isinstance(event, ComplaintResolved):
        return None, None, event.data.complaint, None
    return None, None, None, event.data.rep if isinstance(event, Contact) else None


def _categories(event: Event) -> dict[str, int] | None:
    """The amounts of its lines by category."""
    if isinstance(event, Purchase | Refund) and event.data.lines:
        return by_category(event.type, event.data.lines)
    return None
