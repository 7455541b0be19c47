"""Whatever the order, the batches and the repeats: what is known is a function of the events."""

import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from shared.contract.event import Event
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from shared.storage.tables import customer, event, feed, quarantine, rep
from tests.detector.folding import NOW, Desk, basket, categories_in, days_in, due_in, event_of

CUSTOMERS = st.sampled_from(["ana", "eva", "leo"])
SOURCES = st.sampled_from(["till", "shop"])
TIMES = st.sampled_from(
    ["2026-02-20T12:00:00Z", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-02T05:00:00Z"]
)
AMOUNTS = st.sampled_from(["0.0001", "10", "99.99"])
LINES = st.lists(
    st.tuples(st.sampled_from(["coffee", "tea", None]), st.sampled_from(["1.5", "-2", "7"])),
    max_size=3,
)
MONEY = st.fixed_dictionaries(
    {"amount": AMOUNTS, "currency": st.sampled_from(["EUR", "USD"])},
    optional={"lines": LINES.map(lambda pairs: basket(*pairs))},
)


@st.composite
def documents(draw: st.DrawFn) -> list[Event]:
    """The revisions of one document; each may change anything."""
    name, source = str(draw(st.integers(0, 10**9))), draw(SOURCES)
    revisions = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True))
    return [
        event_of(
            draw(st.sampled_from(["purchase", "refund"])),
            name,
            draw(MONEY),
            source=source,
            revision=revision,
            subject=draw(CUSTOMERS),
            time=draw(TIMES),
        )
        for revision in revisions
    ]


@st.composite
def others(draw: st.DrawFn) -> list[Event]:
    """A fact or master data."""
    names = st.sampled_from(["A", "B", None])
    data: dict[str, Any] = draw(
        st.one_of(
            st.just({"kind": "complaint", "severity": "high"}),
            st.fixed_dictionaries(
                {"kind": st.just("customer")}, optional={"name": names, "rep": names}
            ),
            st.fixed_dictionaries({"kind": st.just("rep"), "name": st.sampled_from(["X", "Y"])}),
            st.fixed_dictionaries({"kind": st.just("feed"), "complete_until": TIMES}),
        )
    )
    kind, source = data.pop("kind"), draw(SOURCES)
    subject = source if kind == "feed" else draw(CUSTOMERS)
    name = str(draw(st.integers(0, 10**9)))
    return [event_of(kind, name, data, source=source, subject=subject, time=draw(TIMES))]


SETS = st.lists(st.one_of(documents(), others()), min_size=1, max_size=12)


def known(connection: Connection) -> dict[str, Any]:
    """All that depends on the events alone: no numbers, no versions."""

    def table(*columns: Any) -> set[str]:
        return {str(tuple(row)) for row in connection.execute(select(*columns))}

    facts = select(event.c.source, event.c.id, event.c.revision, event.c.state, customer.c.id)
    facts = facts.outerjoin(customer, customer.c.number == event.c.customer)
    people = customer.c.id, customer.c.name, customer.c.rep, customer.c.field_times
    return {
        "days": days_in(connection),
        "categories": categories_in(connection),
        "ledger": {tuple(row) for row in connection.execute(facts)},
        "customers": table(*people[:3]),
        "times": {row[0]: row[3] for row in connection.execute(select(*people))},
        "reps": table(rep.c.id, rep.c.name),
        "feeds": table(*feed.c),
        "due": due_in(connection),
        "quarantine": table(quarantine.c.reason),
    }


class Undo(Exception):
    pass


def folded(desk: Desk, batches: Sequence[tuple[Sequence[Event], bool]]) -> dict[str, Any]:
    """What is known after the batches, each (events, imported); everything is undone again."""
    found: dict[str, Any] = {}

    def work(connection: Connection) -> None:
        for events, imported in batches:
            records = desk.records(events, batch=imported)
            desk.projector.fold(connection, desk.projector.read(records))
        found.update(known(connection))
        raise Undo

    with pytest.raises(Undo):
        desk.database.run(work)
    return found


@pytest.fixture(scope="module")
def desk(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    path = tmp_path_factory.mktemp("order") / "vigia.db"
    path.write_bytes(migrated_file.read_bytes())
    desk = Desk(Database(f"sqlite:///{path}"), SimulatedClock(NOW), zone="Europe/Madrid")
    desk.judged_until("2026-03-01")
    return desk


@settings(max_examples=60, deadline=None)
@given(SETS, st.randoms(use_true_random=False))
def test_order_batches_and_repeats_do_not_matter(
    desk: Desk, sets: list[list[Event]], rng: random.Random
) -> None:
    events = list({(e.source, e.id, e.revision): e for one in sets for e in one}.values())
    at_once = folded(desk, [(events, False)])

    shuffled = events + rng.sample(events, rng.randint(0, len(events)))
    rng.shuffle(shuffled)
    batches = []
    while shuffled:
        size = rng.randint(1, len(shuffled))
        batches.append((shuffled[:size], False))
        shuffled = shuffled[size:]

    assert folded(desk, batches) == at_once
    assert not at_once["quarantine"]


@settings(max_examples=25, deadline=None)
@given(SETS)
def test_totals_are_the_sums_of_the_highest_revisions(desk: Desk, sets: list[list[Event]]) -> None:
    events = {(e.source, e.id, e.revision): e for one in sets for e in one}
    highest: dict[tuple[str, str], Any] = {}
    for (source, name, _), one in sorted(events.items()):
        highest[source, name] = one
    expected: dict[Any, list[int]] = {}
    by_category: dict[Any, list[int]] = {}
    for one in highest.values():
        if one.type in ("purchase", "refund"):
            day = desk.day_of(one.time)
            sums = expected.setdefault((one.subject, day, one.data.currency), [0, 0, 0, 0])
            place = 0 if one.type == "purchase" else 2
            sums[place] += 1
            sums[place + 1] += int(one.data.amount * 10_000)
            for category in {line.get("category") for line in one.data.lines or ()} - {None}:
                mine = [line for line in one.data.lines if line.get("category") == category]
                amount = sum((Decimal(line["amount"]) for line in mine), Decimal(0))
                if one.type == "purchase" and amount < 0:
                    continue
                key = (one.subject, day, category, one.data.currency)
                lines = by_category.setdefault(key, [0, 0, 0, 0])
                lines[place] += 1
                lines[place + 1] += int(abs(amount) * 10_000)

    found = folded(desk, [(list(events.values()), False)])

    assert found["days"] == {key: tuple(sums) for key, sums in expected.items()}
    assert found["categories"] == {key: tuple(sums) for key, sums in by_category.items()}
