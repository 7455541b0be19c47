"""Folding events: each once, the highest revision, late ones, bad ones, and nothing half."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.event import listens_for

from shared.contract.reading import write_event
from shared.domain.money import LARGEST
from shared.eventlog.port import Record
from shared.eventlog.records import DIGEST
from shared.ops.clock import SimulatedClock
from shared.storage.database import Database
from shared.storage.tables import customer, customer_day, due, event, feed, quarantine
from tests.detector.folding import NOW, Desk, day_of, event_of, purchase, refund, with_content_type
from tests.postgres.kinds import KINDS

SUNDAY = day_of("2026-03-01")


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, clock: SimulatedClock) -> Desk:
    return Desk(request.getfixturevalue(f"{request.param}_database"), clock)


def test_purchases_and_refunds_are_summed_by_day_and_currency(desk: Desk) -> None:
    desk.fold(
        purchase("1", "10.50"),
        purchase("2", "0.0001"),
        purchase("3", "7", currency="USD"),
        purchase("4", "999999999999.9999", time="2026-02-27T12:00:00Z"),
        refund("5", "2.5"),
        event_of("complaint", "6", {"severity": "low"}),
    )

    assert desk.days() == {
        ("maria", SUNDAY, "EUR"): (2, 105_001, 1, 25_000),
        ("maria", SUNDAY, "USD"): (1, 70_000, 0, 0),
        ("maria", SUNDAY - 2, "EUR"): (1, 9_999_999_999_999_999, 0, 0),
    }
    assert desk.counted("new") == 6


def test_an_event_counts_once_however_often_it_comes(desk: Desk) -> None:
    first = desk.records([purchase("1"), purchase("1")])
    desk.fold_records(first)
    before = (desk.days(), desk.versions(), desk.rows(feed))

    desk.fold_records(first)  # redelivered
    desk.fold(purchase("1", time="2026-03-01T13:00:00+01:00", amount="10.5000"))  # spelled anew

    assert (desk.days(), desk.versions(), desk.rows(feed)) == before
    assert desk.days() == {("maria", SUNDAY, "EUR"): (1, 105_000, 0, 0)}
    assert desk.counted("repeat") == 4
    assert desk.quarantined() == []


def test_one_name_at_two_sources_is_two_events(desk: Desk) -> None:
    desk.fold(purchase("1"), purchase("1", source="shop"))

    assert desk.days() == {("maria", SUNDAY, "EUR"): (2, 210_000, 0, 0)}


@pytest.mark.parametrize("apart", [False, True])
def test_a_contradiction_is_kept_aside_and_changes_nothing(desk: Desk, apart: bool) -> None:
    good, bad = desk.records([purchase("1"), purchase("1", "99", subject="stranger")])
    counts = []
    for records in ([good], [bad]) if apart else ([good, bad],):
        counts.append(desk.fold_records(records))
    desk.fold_records([bad])  # redelivered

    assert [count.bad for count in counts] == [0] * len(counts)
    assert desk.days() == {("maria", SUNDAY, "EUR"): (1, 105_000, 0, 0)}
    assert desk.versions() == {"maria": 1}
    (kept,) = desk.rows(quarantine)
    assert (kept.reason, kept.value, kept.offset) == ("conflict", bad.value, bad.place.offset)
    assert (kept.source, kept.event_id, kept.revision) == ("till", "1", 0)
    assert (kept.customer, kept.day) == ("stranger", SUNDAY)


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("first", ["with", "without", "together"])
def test_saying_that_data_are_json_says_nothing(desk: Desk, first: str, headers: bool) -> None:
    """Some senders do and others do not: an event may be imported so, and posted otherwise."""
    other = with_content_type(purchase("1"), headers=headers)
    records = [desk.record(other.value, other.headers), *desk.records([purchase("1")])]
    for batch in {
        "with": [records[:1], records[1:]],
        "without": [records[1:], records[:1]],
        "together": [records],
    }[first]:
        desk.fold_records(batch)

    assert desk.quarantined() == []
    assert desk.counted("repeat") == 1
    assert desk.days() == {("maria", SUNDAY, "EUR"): (1, 105_000, 0, 0)}
    contradiction = with_content_type(purchase("1", "99"), headers=headers)
    desk.fold_records([desk.record(contradiction.value, contradiction.headers)])
    assert desk.quarantined() == ["conflict"]


CORRECTIONS = [
    (purchase("1", "20", revision=1), ("maria", SUNDAY, "EUR"), (1, 200_000, 0, 0)),
    (purchase("1", "20", "USD", revision=2), ("maria", SUNDAY, "USD"), (1, 200_000, 0, 0)),
    (purchase("1", revision=1, subject="ana"), ("ana", SUNDAY, "EUR"), (1, 105_000, 0, 0)),
    (refund("1", "3", revision=1), ("maria", SUNDAY, "EUR"), (0, 0, 1, 30_000)),
    (
        purchase("1", revision=1, time="2026-02-20T12:00:00Z"),
        ("maria", SUNDAY - 9, "EUR"),
        (1, 105_000, 0, 0),
    ),
]


@pytest.mark.parametrize("order", ["lower first", "higher first", "together"])
@pytest.mark.parametrize(("better", "key", "sums"), CORRECTIONS)
def test_the_highest_revision_counts(
    desk: Desk, order: str, better: object, key: object, sums: object
) -> None:
    lower, higher = desk.records([purchase("1"), better])  # type: ignore[list-item]
    batches = {
        "lower first": [[lower], [higher]],
        "higher first": [[higher], [lower]],
        "together": [[higher, lower]],
    }
    for batch in batches[order]:
        desk.fold_records(batch)

    assert desk.days() == {key: sums}
    assert desk.states()[("1", 0)] == "replaced"
    assert list(desk.states().values()).count("counted") == 1


def test_a_correction_leaves_other_orders_of_the_day_alone(desk: Desk) -> None:
    desk.fold(purchase("1"), purchase("2", "5"))
    desk.fold(purchase("1", "20", revision=3), purchase("1", "30", revision=2))

    assert desk.days() == {("maria", SUNDAY, "EUR"): (2, 250_000, 0, 0)}
    assert desk.states() == {
        ("1", 0): "replaced",
        ("2", 0): "counted",
        ("1", 3): "counted",
        ("1", 2): "replaced",
    }


def test_many_corrections_come_at_once(desk: Desk) -> None:
    desk.fold(*(purchase(str(n), time=f"2026-02-0{n}T12:00:00Z") for n in range(1, 9)))
    desk.fold(*(purchase(str(n), str(n), revision=1) for n in range(1, 9)))

    assert desk.days() == {("maria", SUNDAY, "EUR"): (8, 360_000, 0, 0)}


def test_nonsense_of_a_feed_does_not_stop_the_others(desk: Desk) -> None:
    most = "999999999999.9999"
    desk.fold(*(purchase(f"a{n}", most) for n in range(1000)), purchase("1", subject="ana"))
    desk.fold(*(refund(f"b{n}", most) for n in range(9)), purchase("2", subject="ana"))
    desk.fold(*(refund(f"c{n}", most) for n in range(9)))

    assert desk.days() == {
        ("maria", SUNDAY, "EUR"): (1000, LARGEST, 18, LARGEST),
        ("ana", SUNDAY, "EUR"): (2, 210_000, 0, 0),
    }


def test_a_correction_makes_the_former_customer_due_too(desk: Desk) -> None:
    desk.judged_until("2026-03-02")
    desk.fold(purchase("1"))
    with desk.database.write() as connection:
        connection.execute(due.delete())
    desk.fold(purchase("1", revision=1, subject="ana"))

    assert desk.due() == {("maria", "late", 1), ("ana", "late", 1)}
    assert desk.versions() == {"maria": 2, "ana": 1}


def test_a_failure_after_the_fold_leaves_nothing(desk: Desk) -> None:
    class Crash(Exception):
        pass

    records = desk.records([purchase("1"), event_of("customer", "2", {"name": "Maria"})])
    records.append(desk.record(b"no event"))

    def work(connection: Connection) -> None:
        desk.projector.fold(connection, desk.projector.read(records))
        raise Crash

    with pytest.raises(Crash):
        desk.database.run(work)
    tables = (event, customer, customer_day, feed, quarantine, due)
    assert [desk.rows(table) for table in tables] == [[]] * len(tables)

    desk.fold_records(records)
    assert desk.days() == {("maria", SUNDAY, "EUR"): (1, 105_000, 0, 0)}


def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(desk: Desk) -> None:
    wrong = json.loads(write_event(purchase("7")))
    wrong["data"]["amount"] = "NaN"
    records: list[Record] = [
        desk.record(b"\xff\x00 no json", (("x", b"y"),)),
        *desk.records([purchase("1")]),
        desk.record(json.dumps(wrong).encode()),
    ]
    count = desk.fold_records(records)
    desk.fold_records(records)

    assert (count.records, count.bad) == (3, 2)
    assert desk.days() == {("maria", SUNDAY, "EUR"): (1, 105_000, 0, 0)}
    first, second = desk.rows(quarantine)
    assert (first.reason, first.value, first.offset) == ("invalid", b"\xff\x00 no json", 0)
    assert (second.event_id, second.source, second.type) == ("7", "till", "purchase")
    assert "NaN" not in second.detail


def test_the_future_is_kept_aside_and_moves_no_watermark(desk: Desk) -> None:
    ahead = [purchase("1", time="2026-03-02T06:05:01Z"), refund("2", time="2026-03-03T06:00:00Z")]
    count = desk.fold(*ahead, purchase("3", time="2026-03-02T06:05:00Z"))

    assert count.bad == 2
    assert desk.quarantined() == ["future", "future"]
    assert desk.states() == {("3", 0): "counted"}
    assert desk.feed().last_event_at.isoformat() == "2026-03-02T06:05:00+00:00"


@pytest.mark.parametrize("headers", [(), ((DIGEST, b"x" * 32),)])
def test_a_record_of_somebody_else_counts_as_the_same_event(
    desk: Desk, headers: tuple[tuple[str, bytes], ...]
) -> None:
    body = json.loads(write_event(purchase("1")))
    body |= {"time": "2026-03-01T14:00:00.000+02:00", "revision": 0}
    body["data"]["amount"] = "10.5"
    desk.fold_records([desk.record(json.dumps(body, indent=1).encode(), headers)])
    desk.fold(purchase("1"))

    assert desk.days() == {("maria", SUNDAY, "EUR"): (1, 105_000, 0, 0)}
    assert desk.quarantined() == []
    (stored,) = desk.rows(event)
    assert stored.body == write_event(purchase("1"))


def test_how_an_event_travelled_is_no_contradiction(desk: Desk) -> None:
    desk.fold(purchase("1"))
    desk.fold(purchase("1", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))

    assert desk.counted("repeat") == 1
    assert desk.quarantined() == []


def test_a_ledger_row_says_what_the_event_says(desk: Desk) -> None:
    told = event_of("refund", "5", {"amount": "2.5", "currency": "EUR", "purchase": "1"})
    solved = event_of("complaint_resolved", "6", {"complaint": "c1"})
    visit = event_of("contact", "7", {"rep": "ana", "channel": "visit"})
    sold = event_of("purchase", "8", {"amount": "1", "currency": "EUR", "rep": "eva"})
    desk.fold(told, solved, visit, sold, event_of("rep", "9", {"name": "Ana"}, subject="ana"))

    rows = {row.id: row for row in desk.rows(event)}
    assert (rows["5"].amount, rows["5"].currency, rows["5"].ref) == (25_000, "EUR", "1")
    assert rows["6"].ref == "c1"
    assert (rows["7"].rep, rows["8"].rep) == ("ana", "eva")
    assert rows["8"].at.isoformat() == "2026-03-01T12:00:00+00:00"
    assert rows["9"].customer is None
    assert [row.id for row in desk.rows(customer)] == ["maria"]


def test_days_are_the_companys(database: Database, clock: SimulatedClock) -> None:
    desk = Desk(database, clock, zone="Asia/Kathmandu")  # 5:45 ahead
    desk.fold(
        purchase("1", time="2026-02-28T18:14:59Z"),
        purchase("2", time="2026-02-28T18:15:00Z"),
        refund("3", time="2026-02-28T18:15:00Z"),
    )

    assert {key[1]: sums[0] for key, sums in desk.days().items()} == {SUNDAY - 1: 1, SUNDAY: 1}


def test_a_correction_of_what_has_no_customer_is_no_trouble(desk: Desk) -> None:
    """Nothing keeps a source from giving a feed's message and a receipt one number."""
    told = {"complete_until": "2026-03-01T00:00:00Z"}
    desk.fold(event_of("feed", "1", told, subject="till"))
    desk.fold(purchase("1", revision=1))

    assert desk.states() == {("1", 0): "replaced", ("1", 1): "counted"}
    assert desk.versions() == {"maria": 1}


def test_no_statement_of_a_fold_walks_a_whole_table(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    desk = Desk(sqlite_database, clock)
    desk.judged_until("2026-02-01")
    desk.fold(purchase("1"), purchase("2"))
    scans: list[str] = []

    @listens_for(desk.database.engine, "before_cursor_execute")
    def explain(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any
    ) -> None:
        if statement.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            first = parameters[0] if isinstance(parameters, list) else parameters
            cursor = connection.connection.cursor()
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", first).fetchall()
            scans.extend(row[3] for row in plan if row[3].startswith("SCAN"))

    desk.fold(
        purchase("1", revision=1, subject="eva"),
        purchase("2", "99"),
        purchase("3"),
        event_of("customer", "4", {"rep": "ana"}),
    )

    assert scans
    walked = {scan.split()[1] for scan in scans if not scan.endswith("CONSTANT ROWS")}
    assert walked <= {"anon_1", "given", "added"}  # what was given or added


def test_a_batch_without_any_event_is_no_trouble(desk: Desk) -> None:
    count = desk.fold_records([desk.record(b"{}")])

    assert (count.records, count.bad) == (1, 1)
    assert replace(count, bad=0).records == 1
    assert desk.rows(quarantine)[0].at == NOW
