"""Folding events: ledger, customer days, due rows, master data, feeds and quarantine."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TypeVar

from sqlalchemy import Connection

from services.detector.incoming import Incoming, RecordReader, conflict
from services.detector.metrics import DetectorMetrics
from services.detector.news import due_rows
from shared.contract.event import CustomerMaster, Feed, RepMaster
from shared.domain.feed import spoken_days
from shared.domain.week import Calendar
from shared.eventlog.consumer import FoldCount
from shared.eventlog.port import Record
from shared.ops.clock import Clock
from shared.storage import category_days, customers, due, feeds, ledger, quarantine, reps, totals
from shared.storage.feeds import Heard
from shared.storage.ledger import Added, instant_key
from shared.storage.revisions import replace_revisions

GRACE = timedelta(hours=24)
NO_FACTS = frozenset({"customer", "rep", "feed"})  # they do not show how far a source has told
T = TypeVar("T", Feed, CustomerMaster, RepMaster)


class Projector:
    """Folds records into what is known. One for each consumer: see `read` about threads.

    `grace` is how late the events of a feed may come before they count as old.
    """

    def __init__(
        self,
        calendar: Calendar,
        clock: Clock,
        metrics: DetectorMetrics,
        *,
        grace: timedelta = GRACE,
    ) -> None:
        self._reader = RecordReader(calendar)
        self._clock = clock
        self._metrics = metrics
        self._grace = grace
        self._only_new = True  # what the last fold brought: a guess at the next one

    def read(self, records: Iterable[Record]) -> Incoming:
        """What the records say; outside of any transaction, beside a `fold` of those before."""
        return self._reader.read(records, self._clock.now())

    def fold(self, connection: Connection, incoming: Incoming) -> FoldCount:
        """Take in what was read, each event once; part of the caller's transaction.

        An event whose key is known changes nothing: it is a repeat, or a conflict if it says
        something else, and then it is quarantined. So are records that cannot be read and
        events from the future. Only the last two count as bad.
        """
        started = self._clock.monotonic()
        bad = incoming.rejected
        outcomes: Counter[str] = Counter(one.reason for one in bad)
        conflicts, replaced = [], 0
        if incoming.facts:
            added, replaced = self._take_in(connection, incoming)
            outcomes.update({"new": len(added.fresh), "repeat": added.repeats})
            outcomes["conflict"] = len(added.conflicts)
            conflicts = [
                conflict(incoming.records[place], incoming.facts[place])
                for place in added.conflicts
            ]
        quarantine.keep(connection, [*bad, *conflicts], incoming.at)
        self._metrics.folded(self._clock.monotonic() - started, outcomes, replaced)
        return FoldCount(len(incoming.facts) + len(bad), len(bad))

    def _take_in(self, connection: Connection, incoming: Incoming) -> tuple[Added, int]:
        ledger.join_folds(connection, alone=incoming.corrects)
        ids = incoming.customers
        numbers = customers.numbers_of(connection, ids)
        created = customers.create(connection, ids - numbers.keys())
        numbers |= created
        added = ledger.add(connection, incoming.facts, numbers, likely_new=self._only_new)
        self._only_new = len(added.fresh) == len(incoming.facts)
        if created and added.conflicts:
            customers.forget_strangers(connection, created.values())
        if not added.fresh:
            return added, 0
        corrections = replace_revisions(connection, added)
        displaced = corrections.displaced
        totals.take_in(connection, added, corrections)
        if incoming.categorised or displaced:
            category_days.take_in(connection, added.fresh, numbers, corrections)
        told = {*added.columns.customer, *(row.customer for row in displaced)}
        customers.raise_versions(connection, {number for number in told if number is not None})
        moved = self._apply_master(connection, incoming, added)
        rows = due_rows(connection, added.columns, displaced, {numbers[one] for one in moved})
        due.mark(connection, rows, incoming.at)
        feeds.hear(connection, self._heard(incoming, added))
        return added, len(displaced)

    def _apply_master(self, connection: Connection, incoming: Incoming, added: Added) -> set[str]:
        """Apply the master data that is new; the ids of customers whose rep is another now."""
        reps.apply_rep_master(connection, _fresh(incoming, added, RepMaster))
        about = _fresh(incoming, added, CustomerMaster)
        return customers.apply_customer_master(connection, about)

    def _heard(self, incoming: Incoming, added: Added) -> list[Heard]:
        """What the new facts say about their sources."""
        now = incoming.at
        old = instant_key((now - self._grace).astimezone(UTC))
        facts = added.columns
        told = [kind not in NO_FACTS for kind in facts.type]
        newest: dict[str, str] = {}
        for source, at in compress(zip(facts.source, facts.at, strict=True), told):
            if at > newest.get(source, ""):
                newest[source] = at
        days: dict[str, set[int]] = defaultdict(set)
        for source, day in {*compress(zip(facts.source, facts.day, strict=True), told)}:
            days[source].add(day)
        came = compress(
            zip(facts.source, facts.batch, map(old.__gt__, facts.at), strict=True), told
        )
        alive = {(source, is_old) for source, batch, is_old in {*came} if not batch}
        live = {source for source, _ in alive}
        late = {source for source, is_old in alive if is_old}
        complete: dict[str, datetime] = {}
        for event in _fresh(incoming, added, Feed):
            until = event.data.complete_until
            complete[event.source] = max(until, complete.get(event.source, until))
        return [
            Heard(
                source,
                "live" if source in live or source in complete else "batch",
                datetime.fromisoformat(newest[source]) if source in newest else None,
                now if source in late else None,
                complete.get(source),
                *(spoken_days(days[source]) if source in days else (None, None)),
            )
            for source in newest.keys() | complete.keys()
        ]


def _fresh(incoming: Incoming, added: Added, kind: type[T]) -> list[T]:
    """The new events of a type that says more than the ledger's columns keep."""
    told = (incoming.told.get(fact.key) for fact in added.fresh) if incoming.told else ()
    return [event for event in told if isinstance(event, kind)]
