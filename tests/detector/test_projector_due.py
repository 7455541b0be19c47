"""Who is judged again because of what came in, master data, and what is heard of feeds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from shared.ops.clock import SimulatedClock
from shared.storage.due import LATE, URGENT
from shared.storage.tables import alert, customer, due, rep
from tests.detector.folding import NOW, Desk, day_of, event_of, purchase, refund
from tests.postgres.kinds import KINDS


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, clock: SimulatedClock) -> Desk:
    return Desk(request.getfixturevalue(f"{request.param}_database"), clock)


def alarm(desk: Desk, name: str, state: str = "open") -> None:
    """An alert about a customer who has bought something."""
    number = next(row.number for row in desk.rows(customer) if row.id == name)
    row: dict[str, Any] = {
        "id": f"a_{name}",
        "kind": "customer",
        "key": name,
        "customer": number,
        "state": state,
        "severity": "warning",
        "as_of": day_of("2026-03-02"),
        "opened_at": NOW,
        "updated_at": NOW,
        "sentence": "",
        "evidence": [],
        "last_number": 1,
    }
    with desk.database.write() as connection:
        connection.execute(insert(alert), row)
        connection.execute(due.delete())


PAID = {"amount": "5", "currency": "EUR", "due_on": "2026-02-01"}


@pytest.mark.parametrize(
    ("kind", "data", "reason", "priority"),
    [
        ("cancellation", {"stage": "requested"}, "cancellation", URGENT),
        ("cancellation", {"stage": "withdrawn"}, "cancellation", URGENT),
        ("complaint", {"severity": "low"}, "complaint", URGENT),
        ("complaint_resolved", {"complaint": "c"}, "late", LATE),
        ("payment", {"status": "missed", **PAID}, "payment", URGENT),
        ("payment", {"status": "paid", **PAID}, "payment", URGENT),
        ("survey", {"kind": "nps", "score": 2}, "survey", URGENT),
    ],
)
def test_facts_beside_trade_are_judged_at_once(
    desk: Desk, kind: str, data: dict[str, Any], reason: str, priority: int
) -> None:
    desk.fold(event_of(kind, "1", data))

    assert desk.due() == {("maria", reason, priority)}


def test_contacts_and_master_data_make_nobody_due(desk: Desk) -> None:
    desk.fold(
        event_of("contact", "1", {"rep": "ana", "channel": "call"}),
        event_of("engagement", "2", {"kind": "referral"}),
        event_of("customer", "3", {"rep": "ana"}),
    )

    assert desk.due() == set()
    assert desk.versions() == {"maria": 1}


def test_trade_of_judged_weeks_makes_due(desk: Desk) -> None:
    desk.judged_until("2026-02-16")
    desk.judged_until("2026-02-23")
    desk.fold(
        purchase("1", time="2026-02-22T23:59:59Z"),
        purchase("2", time="2026-02-23T00:00:00Z", subject="ana"),
        refund("3", time="2026-02-01T00:00:00Z", subject="eva"),
    )

    assert desk.due() == {("maria", "late", LATE), ("eva", "late", LATE)}


def test_before_the_first_evaluation_trade_makes_nobody_due(desk: Desk) -> None:
    desk.fold(purchase("1"), refund("2"))

    assert desk.due() == set()


@pytest.mark.parametrize(
    ("state", "expected"),
    [("open", {("maria", "purchase", LATE)}), ("working", {("maria", "purchase", LATE)}),
     ("recovered", set())],
)  # fmt: skip
def test_a_purchase_after_the_judged_weeks_is_news_for_a_living_alert(
    desk: Desk, state: str, expected: set[tuple[str, str, int]]
) -> None:
    desk.fold(purchase("1"), purchase("2", subject="ana"))
    alarm(desk, "maria", state)
    desk.fold(purchase("3"), purchase("4", subject="ana"))

    assert desk.due() == expected


def test_another_rep_is_news_for_a_living_alert(desk: Desk) -> None:
    same = {"rep": "ana", "name": "Maria"}
    desk.fold(*(event_of("customer", "1", same, subject=name) for name in ("maria",)))
    desk.fold(event_of("customer", "2", same, subject="eva"))
    alarm(desk, "maria")
    desk.fold(event_of("customer", "3", {**same, "phone": "1"}, time="2026-03-01T13:00:00Z"))
    assert desk.due() == set()

    desk.fold(
        event_of("customer", "4", {"rep": "leo"}, time="2026-03-01T14:00:00Z"),
        event_of("customer", "5", {"rep": "leo"}, time="2026-03-01T14:00:00Z", subject="eva"),
    )
    assert desk.due() == {("maria", "rep", LATE)}


def test_master_data_is_merged_field_by_field(desk: Desk) -> None:
    desk.fold(
        event_of("customer", "2", {"name": "Maria", "rep": "ana", "margin_rate": "0.250"}),
        event_of("customer", "1", {"name": "Mary", "active": False}, time="2026-02-01T00:00:00Z"),
        event_of("customer", "0", {"region": "sur", "segment": "x"}, time="2026-02-01T00:00:00Z"),
        event_of("customer", "3", {"name": "Maria G.", "since": "2020-01-31"}),  # same time
        event_of("customer", "4", {"rep": None, "active": None}, time="2026-03-01T13:00:00Z"),
        event_of("customer", "5", {"segment": None}, time="2026-03-01T14:00:00Z"),
    )

    (row,) = desk.rows(customer)
    assert (row.name, row.rep, row.margin_rate) == ("Maria G.", None, "0.25")
    assert (row.since, row.active) == ("2020-01-31", True)
    assert (row.region, row.segment) == ("sur", None)


def test_reps_come_from_master_data(desk: Desk) -> None:
    hours = {"monday": ["09:00", "17:30"], "load": 0.5}
    desk.fold(event_of("rep", "1", {"name": "Ana", "working_hours": hours}, subject="ana"))
    desk.fold(
        event_of("rep", "2", {"name": "Ana Gil", "active": False}, subject="ana"),
        event_of("rep", "0", {"name": "A.", "manager": "eva"}, subject="ana"),
    )

    (row,) = desk.rows(rep)
    assert (row.id, row.name, row.manager, row.active) == ("ana", "Ana Gil", "eva", False)
    assert row.working_hours == hours


def test_watermarks_rise_and_never_fall(desk: Desk, clock: SimulatedClock) -> None:
    desk.fold(purchase("1", time="2026-03-02T05:00:00Z"))
    desk.fold(purchase("2", time="2026-03-01T07:00:00Z"))
    heard = desk.feed()
    assert heard.last_event_at == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert (heard.kind, heard.last_old_at, heard.complete_until) == ("live", None, None)

    desk.fold(purchase("3", time="2026-03-01T05:59:59Z"))  # over a day late
    assert desk.feed().last_old_at == NOW
    clock.move_to(NOW + timedelta(hours=3))
    desk.fold(purchase("3", time="2026-03-01T05:59:59Z"))
    assert desk.feed().last_old_at == NOW


def test_a_feed_says_how_far_it_has_told(desk: Desk) -> None:
    def told(name: str, until: str) -> Any:
        return event_of("feed", name, {"complete_until": until}, subject="till")

    desk.fold(told("1", "2026-03-01T00:00:00Z"), told("2", "2026-02-01T00:00:00Z"))
    desk.fold(told("3", "2026-02-20T00:00:00Z"))

    heard = desk.feed()
    assert heard.complete_until == datetime(2026, 3, 1, tzinfo=UTC)
    assert (heard.kind, heard.last_event_at) == ("live", None)


def test_an_import_is_a_batch_until_its_source_speaks(desk: Desk) -> None:
    desk.fold(purchase("1", time="2025-01-01T00:00:00Z"), batch=True)
    assert (desk.feed().kind, desk.feed().last_old_at) == ("batch", None)

    desk.fold(purchase("1", time="2025-01-01T00:00:00Z"))  # only a repeat
    assert desk.feed().kind == "batch"
    desk.fold(purchase("2"))
    desk.fold(purchase("3"), batch=True)
    assert desk.feed().kind == "live"


def test_master_data_are_no_feed(desk: Desk) -> None:
    desk.fold(event_of("customer", "1", {"name": "Maria"}, source="crm"))

    with pytest.raises(KeyError):
        desk.feed("crm")
