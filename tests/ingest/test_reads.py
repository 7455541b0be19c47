"""GET /v1/alerts and /v1/customers over real rows."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, update

from shared.contract.answers import AlertAnswer, AlertList, CustomerAnswer, CustomerList
from shared.domain.week import day_number
from shared.storage.database import Database
from shared.storage.tables import (
    alert,
    customer,
    customer_day,
    evaluation,
    metadata,
    standing,
    transition,
)

OPENED = datetime(2026, 2, 23, 6, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
AS_OF = day_number(MONDAY)


def add(database: Database, table: str, *rows: dict[str, Any]) -> None:
    with database.write() as connection:
        connection.execute(insert(metadata.tables[table]), list(rows))


def add_alerts(database: Database, *rows: dict[str, Any]) -> None:
    """Alerts with one transition each; `key` is the id of a customer, who is made."""
    for number, row in enumerate(rows, start=1):
        key = row.get("key", f"c{number}")
        add(database, customer.name, {"number": number, "id": key})
        full = {
            "id": f"a_{number}",
            "kind": "customer",
            "key": key,
            "customer": number,
            "state": "open",
            "severity": "warning",
            "as_of": AS_OF,
            "opened_at": OPENED,
            "updated_at": OPENED,
            "sentence": "Buys less.",
            "evidence": [{"kind": "drop", "days": 1}],
            "last_number": 1,
            **row,
        }
        add(database, alert.name, full)
        move = {
            "alert": full["id"],
            "number": 1,
            "kind": "opened",
            "to_state": "open",
            "reason": "score",
            "actor": "detector",
            "at": OPENED,
            "body": {},
        }
        add(database, transition.name, move)


def ids(client: TestClient, path: str) -> list[str]:
    """Ids of all items over all pages."""
    found: list[str] = []
    page = path
    while True:
        answer = client.get(page)
        assert answer.status_code == 200, answer.text
        found += [item["id"] for item in answer.json()["items"]]
        if answer.json()["next"] is None:
            return found
        page = f"{path}&cursor={answer.json()['next']}"


def test_an_alert_as_the_contract_says(client: TestClient, database: Database) -> None:
    evidence = [{"kind": "drop", "days": 1}, {"kind": "probability", "probability": 0.62}]
    risk = {"value_at_risk": 186_000_000, "currency": "EUR"}
    add_alerts(database, {"rep": "ana", "score": 1.5, "rank": 2, "evidence": evidence, **risk})
    move = {"number": 2, "kind": "acknowledged", "from_state": "open", "to_state": "acknowledged"}
    later = OPENED + timedelta(hours=1)
    row = {"alert": "a_1", "reason": "seen", "actor": "ana", "at": later, "body": {}, **move}
    add(database, transition.name, row)
    answer = client.get("/v1/alerts/a_1")
    AlertAnswer.model_validate_json(answer.content)
    assert answer.json() == {
        "id": "a_1",
        "kind": "customer",
        "customer": "c1",
        "rep": "ana",
        "state": "open",
        "severity": "warning",
        "score": 1.5,
        "rank": 2,
        "value_at_risk": {"amount": "18600.00", "currency": "EUR"},
        "probability": 0.62,
        "as_of": "2026-03-02",
        "opened_at": "2026-02-23T06:00:00Z",
        "updated_at": "2026-02-23T06:00:00Z",
        "snoozed_until": None,
        "sentence": "Buys less.",
        "evidence": evidence,
        "transitions": [
            {
                "number": 1,
                "from": None,
                "to": "open",
                "reason": "score",
                "actor": "detector",
                "at": "2026-02-23T06:00:00Z",
            },
            {
                "number": 2,
                "from": "open",
                "to": "acknowledged",
                "reason": "seen",
                "actor": "ana",
                "at": "2026-02-23T07:00:00Z",
            },
        ],
    }


def test_a_feed_alert_has_no_customer(client: TestClient, database: Database) -> None:
    add_alerts(database, {"kind": "feed", "key": "feed:till", "customer": None})
    answer = client.get("/v1/alerts/a_1").json()
    assert (answer["customer"], answer["value_at_risk"], answer["rep"]) == (None, None, None)
    assert ids(client, "/v1/alerts?customer=feed:till") == []


def test_alerts_are_filtered(client: TestClient, database: Database) -> None:
    add_alerts(
        database,
        {"rep": "ana", "severity": "urgent"},
        {"rep": "ana", "state": "lost"},
        {"rep": "bo", "key": "shop/7 ñ"},
    )
    assert ids(client, "/v1/alerts?rep=ana") == ["a_2", "a_1"]
    assert ids(client, "/v1/alerts?rep=ana&state=open") == ["a_1"]
    assert ids(client, "/v1/alerts?severity=urgent") == ["a_1"]
    assert ids(client, "/v1/alerts?customer=" + quote("shop/7 ñ", safe="")) == ["a_3"]
    assert ids(client, "/v1/alerts?customer=nobody") == []


def test_pages_hold_each_alert_once_whatever_opens_meanwhile(
    client: TestClient, database: Database
) -> None:
    same = [{"opened_at": OPENED + timedelta(minutes=n // 3)} for n in range(10)]
    add_alerts(database, *same)
    first = client.get("/v1/alerts?limit=4").json()
    AlertList.model_validate(first)
    newer = {"number": 90, "id": "new"}
    add(database, customer.name, newer)
    with database.write() as connection:
        row = connection.execute(alert.select().where(alert.c.id == "a_1")).mappings().one()
        values = {**row, "id": "a_0", "customer": 90, "opened_at": OPENED + timedelta(days=1)}
        connection.execute(insert(alert).values(values))
    rest: list[str] = []
    cursor = first["next"]
    while cursor:
        page = client.get("/v1/alerts", params={"limit": 4, "cursor": cursor}).json()
        rest += [item["id"] for item in page["items"]]
        cursor = page["next"]
    seen = [item["id"] for item in first["items"]] + rest
    assert sorted(seen) == sorted(f"a_{n}" for n in range(1, 11))
    assert ids(client, "/v1/alerts?limit=3") == ["a_0", *seen]


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%%%",
        "ñ",
        "A" * 600,
        "e30",
        cursor_of(),
        cursor_of("customers"),
        cursor_of("customers", -1),
        cursor_of("customers", True),
        cursor_of("customers", 2**31),
        cursor_of("alerts", "x", "a_1"),
        cursor_of("alerts", "2026-01-01", "a_1"),
        cursor_of("alerts", "2026-01-01T00:00:00Z", 1),
        cursor_of("alerts", "2026-01-01T00:00:00Z", ""),
        cursor_of("alerts", "2026-01-01T00:00:00Z", "\ud800"),
        cursor_of("alerts", "2026-01-01T00:00:00Z", "a\x00"),
        cursor_of("alerts", "2026-01-01T00:00:00Z", "a" * 129),
        cursor_of("alerts", "0001-01-01T00:00:00+14:00", "a_1"),
        cursor_of("alerts", "9999-12-31T23:59:59-14:00", "a_1"),
    ],
)
def test_a_strange_cursor_is_refused(client: TestClient, cursor: str) -> None:
    for path in ("/v1/alerts", "/v1/customers"):
        answer = client.get(path, params={"cursor": cursor})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_cursor_belongs_to_its_list(client: TestClient, database: Database) -> None:
    add_alerts(database, {}, {})
    alerts = client.get("/v1/alerts?limit=1").json()["next"]
    customers = client.get("/v1/customers?limit=1").json()["next"]
    assert client.get("/v1/alerts", params={"cursor": customers}).status_code == 400
    assert client.get("/v1/customers", params={"cursor": alerts}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/v1/alerts?state=closed",
        "/v1/alerts?limit=0",
        "/v1/alerts?limit=201",
        "/v1/alerts?rep=",
        "/v1/alerts?rep=" + "r" * 129,
        "/v1/alerts?customer=a%00b",
        "/v1/alerts?page=2",
        "/v1/customers?limit=x",
        "/v1/customers?rep=ana",
        "/v1/customers?verdict=lost",
    ],
)
def test_parameters_that_nothing_can_match_are_refused(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_customer_as_the_contract_says(client: TestClient, database: Database) -> None:
    add_alerts(database, {"key": "shop/7"})
    add(
        database,
        evaluation.name,
        {"id": 1, "as_of": AS_OF - 7, "live": True, "state": "done", "started_at": OPENED},
        {"id": 2, "as_of": AS_OF, "live": True, "state": "judging", "started_at": OPENED},
        {"id": 3, "as_of": AS_OF, "live": True, "state": "running", "started_at": OPENED},
        {"id": 4, "as_of": AS_OF + 7, "live": False, "state": "done", "started_at": OPENED},
    )
    taught = update(evaluation).values(calibration={"intercept": -1.0, "labels": 300})
    with database.write() as connection:
        connection.execute(taught.where(evaluation.c.id == 2))
    money = {"weekly_usual": 4_200_000, "weekly_now": 905_000, "value_at_risk": 1_234}
    for number, verdict in enumerate(("steady", "alert", "paused", "lost"), start=1):
        row = {"evaluation": number, "customer": 1, "verdict": verdict, "score": 2.5}
        more = {"currency": "EUR", "window_weeks": 2, "rep": "ana", "rank": 7, **money}
        more["margin_rate"] = "0.25"
        add(database, standing.name, {**row, **more})
    answer = client.get("/v1/customers/" + quote("shop/7", safe=""))
    CustomerAnswer.model_validate_json(answer.content)
    body = answer.json()
    assert len(body.pop("weeks")) == 52
    assert body == {
        "id": "shop/7",
        "name": None,
        "rep": "ana",
        "segment": None,
        "region": None,
        "group": None,
        "active": True,
        "standing": {
            "as_of": "2026-03-02",
            "verdict": "alert",
            "score": 2.5,
            "probability": 0.818,
            "rank": 7,
            "weekly_usual": "420.00",
            "weekly_now": "90.50",
            "currency": "EUR",
            "value_at_risk": "0.1234",
            "window_weeks": 2,
            "margin_rate": "0.25",
        },
        "alert": "a_1",
    }


def test_of_a_school_in_its_holidays_no_chance_of_leaving_is_told(
    client: TestClient, database: Database
) -> None:
    add(database, customer.name, {"number": 1, "id": "school"})
    known = {"intercept": -1.0, "labels": 300}
    told = {"id": 1, "as_of": AS_OF, "live": True, "state": "done", "started_at": OPENED}
    add(database, evaluation.name, {**told, "calibration": known})
    row = {"evaluation": 1, "customer": 1, "verdict": "steady", "score": 2.5, "confirmed": -0.4}
    add(database, standing.name, row)
    answer = client.get("/v1/customers/school").json()["standing"]
    assert (answer["score"], answer["probability"]) == (2.5, None)


def test_customers_can_be_asked_for_by_verdict(client: TestClient, database: Database) -> None:
    add(database, customer.name, *({"number": n, "id": f"c{n}"} for n in (1, 2, 3, 4)))
    for number, as_of in ((1, AS_OF - 7), (2, AS_OF)):
        known = {"as_of": as_of, "live": True, "state": "done", "started_at": OPENED}
        add(database, evaluation.name, {"id": number, **known})
    left_out = [(1, 1), (2, 2), (2, 4)]
    for evaluated, number in left_out:
        row = {"evaluation": evaluated, "customer": number, "verdict": "below_budget"}
        add(database, standing.name, {**row, "score": 2.5, "rank": 6})
    add(database, standing.name, {"evaluation": 2, "customer": 3, "verdict": "alert"})
    body = client.get("/v1/customers?verdict=below_budget&limit=1").json()
    assert [one["id"] for one in body["items"]] == ["c2"]
    rest = client.get(f"/v1/customers?verdict=below_budget&cursor={body['next']}").json()
    assert [(one["id"], one["standing"]["rank"]) for one in rest["items"]] == [("c4", 6)]
    assert rest["next"] is None


def test_an_alert_that_is_over_is_not_the_customers(client: TestClient, database: Database) -> None:
    add_alerts(database, {"state": "recovered"})
    body = client.get("/v1/customers/c1").json()
    assert (body["alert"], body["standing"]) == (None, None)


def test_weeks_are_the_running_one_and_51_before(client: TestClient, database: Database) -> None:
    add(database, customer.name, {"number": 1, "id": "c1", "name": "Ana", "active": False})
    oldest = AS_OF - 51 * 7

    def sale(day: int, amount: int, currency: str = "EUR", orders: int = 1) -> dict[str, Any]:
        row = {"customer": 1, "day": day, "currency": currency, "amount": amount}
        return {**row, "orders": orders, "refunds": 0, "refunded": 0}

    add(
        database,
        customer_day.name,
        sale(oldest - 1, 990_000),
        sale(oldest, 10_000),
        sale(AS_OF - 1, 20_000, orders=2),
        sale(AS_OF, 30_000),
        sale(AS_OF, 50_000, "USD"),
    )
    body = client.get("/v1/customers/c1").json()
    weeks = body["weeks"]
    assert (body["name"], body["active"]) == ("Ana", False)
    assert len(weeks) == 53
    firsts = [date.fromisoformat(week["week"]) for week in weeks if week["currency"] == "EUR"]
    assert firsts == [MONDAY - timedelta(weeks=back) for back in range(51, -1, -1)]
    told = [tuple(week.values())[:4] for week in weeks if week["orders"]]
    assert told == [
        ("2025-03-10", "EUR", 1, "1.00"),
        ("2026-02-23", "EUR", 2, "2.00"),
        ("2026-03-02", "EUR", 1, "3.00"),
        ("2026-03-02", "USD", 1, "5.00"),
    ]


def test_customers_come_in_pages(client: TestClient, database: Database) -> None:
    add(database, customer.name, *({"id": f"c{n}"} for n in range(7)))
    CustomerList.model_validate_json(client.get("/v1/customers").content)
    assert ids(client, "/v1/customers?limit=3") == [f"c{n}" for n in range(7)]
    assert len(client.get("/v1/customers?limit=7").json()["items"]) == 7
    assert client.get("/v1/customers?limit=7").json()["next"] is None


@pytest.mark.parametrize("id", ["nobody", "", "a%00b", "x" * 200, "%FF", "..%2F..", "%E2%80%AE"])
def test_what_does_not_exist_is_404(client: TestClient, id: str) -> None:
    for path in ("/v1/alerts/", "/v1/customers/"):
        answer = client.get(path + id)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_with_the_database_gone_reading_answers_503(client: TestClient, database: Database) -> None:
    assert client.get("/v1/alerts").status_code == 200
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE alert RENAME TO elsewhere")
    answer = client.get("/v1/alerts")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
