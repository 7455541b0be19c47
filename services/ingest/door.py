"""What happens to a body once it is here: items, events, the log, and the quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.ingest.auth import forbidden
from services.ingest.csv_rows import Defaults, read_order
from services.ingest.formats import parse
from services.ingest.items import Item, Parsed, Unsupported
from services.ingest.json_elements import NotParsable
from services.ingest.limits import EVENT_BYTES, NotGzip, TooLarge
from services.ingest.metrics import IngestMetrics
from services.ingest.problems import ItemError, Refusal, unavailable
from shared.contract.reading import FieldProblem, FutureEvent, InvalidEvent, read_event
from shared.eventlog.port import EventLog, NewRecord
from shared.eventlog.records import event_record
from shared.ops.clock import Clock
from shared.ops.errors import LogUnavailable
from shared.storage.database import Database
from shared.storage.keys import ApiKey
from shared.storage.quarantine import Rejected, keep

PROBLEMS_AN_ITEM = 5  # the answer to 5,000 bad items stays small
CSV_SOURCE = "csv"  # where neither the row nor the key names one
_LONGEST_FIELD = 128


@dataclass(frozen=True, slots=True)
class Options:
    """How the sender wants bad items to be treated, and whether anything is to be stored."""

    quarantine: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How many events were taken, how many totals of 0 were left out, what was not valid."""

    accepted: int
    skipped: int
    errors: Sequence[ItemError]


@dataclass(frozen=True, slots=True)
class _Bad:
    index: int
    item: Item
    reason: Literal["invalid", "future"]
    problems: Sequence[FieldProblem]


@dataclass(slots=True)
class _Sorted:
    records: list[NewRecord] = field(default_factory=list)
    bad: list[_Bad] = field(default_factory=list)
    forbidden: list[ItemError] = field(default_factory=list)
    skipped: int = 0


class Door:
    """Takes bodies, each as a whole or not at all. Safe to share between threads."""

    def __init__(
        self,
        *,
        currency: str,
        database: Database,
        log: EventLog,
        clock: Clock,
        metrics: IngestMetrics,
        topic: str,
    ) -> None:
        self._currency = currency
        self._database = database
        self._log = log
        self._clock = clock
        self._metrics = metrics
        self._topic = topic

    def take(
        self,
        body: bytes,
        headers: Mapping[str, str],
        key: ApiKey,
        options: Options,
        *,
        seconds: float,
    ) -> Answer:
        """Parse, check and append the events of a body within `seconds`.

        Returns when the log acknowledged every event. Raises Refusal; then nothing was stored,
        or after a 503 perhaps something that the sender's repeat will not double.
        """
        deadline = self._clock.monotonic() + seconds
        parsed = self._parse(body, headers, key, keep_bytes=options.quarantine)
        found = self._sort(parsed.items, key, deadline)
        self._refuse_forbidden(found)
        if not options.quarantine:
            self._refuse_bad(found)
        errors = _errors(found.bad)
        if not options.dry_run:
            self._append(found.records, deadline)
            self._set_aside(found.bad, deadline)
            self._metrics.counted("accepted", len(found.records))
            self._metrics.counted("quarantined", len(found.bad))
            self._metrics.counted("skipped", found.skipped)
        return Answer(len(found.records), found.skipped, errors)

    def _parse(
        self, body: bytes, headers: Mapping[str, str], key: ApiKey, *, keep_bytes: bool
    ) -> Parsed:
        defaults = Defaults(currency=self._currency, source=key.source or CSV_SOURCE)
        try:
            return parse(body, headers, defaults=defaults, keep_bytes=keep_bytes)
        except Unsupported as error:
            raise Refusal(415, str(error), headers={"Accept-Encoding": "gzip"}) from None
        except TooLarge as error:
            errors = [] if error.index is None else [ItemError(error.index, "", str(error))]
            raise Refusal(413, str(error), errors=errors) from None
        except NotGzip as error:
            raise Refusal(400, str(error)) from None
        except NotParsable as error:
            self._metrics.counted("unparsable", 1)
            raise Refusal(400, str(error), errors=error.errors) from None

    def _sort(self, items: Sequence[Item], key: ApiKey, deadline: float) -> _Sorted:
        """Records of the good, and the bad with their reasons."""
        now = self._clock.now()
        found = _Sorted()
        restricted = key.source is not None or not key.allows("master")
        for index, item in enumerate(items):
            if self._clock.monotonic() > deadline:
                raise unavailable("checking takes too long now; send fewer events at once")
            if restricted and isinstance(item.value, Mapping):
                ban = forbidden(key, item.value)
                if ban is not None:
                    found.forbidden.append(ItemError(index, *ban))
                    continue
            try:
                record = _record(item, now)
            except InvalidEvent as error:
                future = isinstance(error, FutureEvent)
                problems = error.problems[:PROBLEMS_AN_ITEM]
                found.bad.append(_Bad(index, item, "future" if future else "invalid", problems))
                continue
            if record is None:
                found.skipped += 1
            else:
                found.records.append(record)
        return found

    def _refuse_forbidden(self, found: _Sorted) -> None:
        if found.forbidden:
            self._metrics.counted("forbidden", len(found.forbidden))
            raise Refusal(403, "the key may not post some of the items", errors=found.forbidden)

    def _refuse_bad(self, found: _Sorted) -> None:
        if not found.bad:
            return
        unparsable = sum(not bad.item.parsable for bad in found.bad)
        future = sum(bad.reason == "future" for bad in found.bad)
        self._metrics.counted("unparsable", unparsable)
        self._metrics.counted("future", future)
        self._metrics.counted("invalid", len(found.bad) - unparsable - future)
        raise Refusal(
            400 if unparsable else 422,
            f"{len(found.bad)} of the items cannot be used; nothing was stored",
            errors=_errors(found.bad),
        )

    def _append(self, records: Sequence[NewRecord], deadline: float) -> None:
        left = deadline - self._clock.monotonic()
        try:
            if left <= 0:
                raise LogUnavailable("no time is left to append")
            if records:
                self._log.append(self._topic, records, timeout=left)
        except LogUnavailable:
            raise unavailable("the events cannot be stored now; send them again") from None

    def _set_aside(self, bad: Sequence[_Bad], deadline: float) -> None:
        """Keep the bad, within the time to answer: after a 503 nothing more may be kept."""
        if not bad:
            return
        wait = max(deadline - self._clock.monotonic(), 0) / 2  # for this process, then for others
        with self._database.write(wait=wait) as connection:
            keep(connection, [_rejected(each) for each in bad], self._clock.now())


def _record(item: Item, now: datetime) -> NewRecord | None:
    """The record of an item; None for an order whose amounts cancel out. Raises InvalidEvent."""
    if item.problem is not None:
        raise InvalidEvent([item.problem])
    if item.is_order:
        assert isinstance(item.value, dict)
        event = read_order(item.value, now)
        if event is None:
            return None
    else:
        event = read_event(item.value, now=now)
    record = event_record(event)
    if len(record.value) > EVENT_BYTES:  # short to send, long to write: 1e300
        raise InvalidEvent([FieldProblem("", f"must have at most {EVENT_BYTES} bytes")])
    return record


def _errors(bad: Sequence[_Bad]) -> list[ItemError]:
    return [
        ItemError(each.index, problem.pointer, each.item.origin + problem.detail)
        for each in bad
        for problem in each.problems
    ]


def _rejected(bad: _Bad) -> Rejected:
    """The row that keeps a bad item; what it names is copied out so that it can be found."""
    value = bad.item.value if isinstance(bad.item.value, Mapping) else {}
    names = {name: _name(value.get(name)) for name in ("source", "id", "type", "subject")}
    return Rejected(
        reason=bad.reason,
        detail="; ".join(
            f"{each.pointer or 'item'}: {each.detail}" for each in bad.problems[:PROBLEMS_AN_ITEM]
        ),
        value=bad.item.raw,
        headers=(("content-type", b"application/cloudevents+json"),),
        source=names["source"],
        event_id=names["id"],
        type=names["type"],
        customer=names["subject"],
    )


def _name(value: object) -> str | None:
    """A name as the quarantine's columns can hold it."""
    fits = isinstance(value, str) and 0 < len(value) <= _LONGEST_FIELD and value.isprintable()
    return value if isinstance(value, str) and fits else None
