"""The whole path with the real command: events in, a mail to the rep out, and the case's end.

The same story is told twice: by `vigia up`, and by one process a role on Kafka and PostgreSQL.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.simulation.events import Event
from tests.acceptance.cluster import Cluster
from tests.acceptance.running import NO_TLS, Vigia, post, wait_for
from tests.kafka.fixtures import with_broker
from tests.notifier.mail_server import MailServer
from tests.postgres.server import empty

FIRST_DAY = date(2025, 4, 28)  # a Monday
WEEKS = 44
MONDAY = FIRST_DAY + timedelta(weeks=WEEKS)  # 2026-03-02: the weeks before it are judged
WEEKS_BACK = 6
LATER = MONDAY + timedelta(weeks=WEEKS_BACK)
CUSTOMERS = 40
LEAVER = "C-07"


def event(kind: str, number: str, subject: str, at: datetime, data: dict[str, Any]) -> Event:
    return {
        "id": number, "source": "shop", "type": kind, "subject": subject,
        "time": at.isoformat(), "data": data,
    }  # fmt: skip


def bought(customer: str, day: date) -> Event:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return event("purchase", f"{customer}-{day}", customer, at, {"amount": "40", "currency": "EUR"})


def closed(day: date) -> Event:
    """The shop says that it has sent everything before `day`."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return event("feed", f"closed-{day}", "shop", at, {"complete_until": at.isoformat()})


def history() -> list[Event]:
    """Everybody buys on the same two or three days of every week; one stops five weeks ago."""
    found = []
    for number in range(CUSTOMERS):
        customer = f"C-{number:02}"
        for week in range(WEEKS):
            if customer == LEAVER and week >= WEEKS - 5:
                continue
            days = {(number + week) % 6, (number + 3) % 6, (2 * week + number) % 7}
            found += [bought(customer, FIRST_DAY + timedelta(weeks=week, days=d)) for d in days]
    return found


def master() -> list[Event]:
    at = datetime(2025, 4, 28, tzinfo=UTC)
    rosa = {"name": "Rosa Vidal", "email": "rosa@company.example", "locale": "es"}
    return [
        event("rep", "rep-rosa", "rosa", at, rosa),
        *(
            event("customer", f"m-{n}", f"C-{n:02}", at, {"name": f"Bar {n}", "rep": "rosa"})
            for n in range(CUSTOMERS)
        ),
    ]


@pytest.fixture(params=["one process", pytest.param("cluster", marks=with_broker)])
def vigia(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vigia]:
    """The command, in either size."""
    if request.param == "one process":
        yield Vigia(tmp_path / "data")
        return
    broker = request.getfixturevalue("kafka_broker")
    with request.getfixturevalue("postgres").fresh(empty) as database:
        cluster = Cluster(tmp_path / "data", database=database, bootstrap=broker.bootstrap)
        try:
            yield cluster
        finally:
            cluster.kill_all()


def test_a_leaving_customer_reaches_the_rep_and_comes_back(vigia: Vigia) -> None:
    with MailServer() as mailbox:
        vigia.set(smtp_url=mailbox.url, now=f"{MONDAY}T06:30:00Z")
        key = vigia("key", "create", "--scope", "admin").split()[-1]
        with vigia.up() as address:
            post(address, key, [*master(), *history(), closed(MONDAY)])
            first = wait_for(lambda: mails_about(mailbox, "Bar 7"))[0]
            alert = opened_alert(address, key)
        check_first_mail(first, alert)
        mails_before = len(mailbox.mails)

        vigia.set(now=f"{LATER}T06:30:00Z")
        with vigia.up(fewer=True) as address:
            post(address, key, [*back_again(), closed(LATER)])
            second = wait_for(lambda: mails_about(mailbox, "Bar 7")[1:])[-1]
            wait_for(lambda: state_of(address, key, alert["id"]) == "recovered")
            recovered = wait_for(lambda: mails_about(mailbox, "Bar 7")[-1])
            check_replay(vigia, address, key, mailbox)
            check_cancellation(address, key, mailbox)
        assert second["In-Reply-To"] == first["Message-ID"]
        assert recovered["In-Reply-To"] == first["Message-ID"]
        assert len(mailbox.mails) > mails_before
        assert vigia.json("verify") == []
        check_announced(vigia.announced(), alert["id"])


def check_announced(events: list[dict[str, Any]], alert: str) -> None:
    """The alert is on the topic from its opening to its end, in order of its numbers."""
    mine = [event for event in events if event["id"].startswith(f"{alert}/")]
    numbers = [event["data"]["number"] for event in mine]
    assert numbers == sorted(set(numbers))
    assert mine[0]["type"] == "alert.opened"
    assert mine[-1]["type"] == "alert.recovered"
    assert {event["data"]["customer"] for event in mine} == {LEAVER}


def mails_about(mailbox: MailServer, name: str) -> list[Any]:
    return [mail for mail in mailbox.mails if name in str(mail["Subject"])]


def subjects(mailbox: MailServer) -> list[str]:
    return [str(mail["Subject"]) for mail in mailbox.mails]


def opened_alert(address: str, key: str) -> dict[str, Any]:
    answer = read(address, key, f"/v1/alerts?state=open&customer={LEAVER}")
    assert len(answer["items"]) == 1
    found: dict[str, Any] = answer["items"][0]
    return found


def state_of(address: str, key: str, number: str) -> str:
    return str(read(address, key, f"/v1/alerts/{number}")["state"])


def read(address: str, key: str, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.get(address + path, headers=headers, verify=NO_TLS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def check_first_mail(mail: Any, alert: dict[str, Any]) -> None:
    """It went to the rep, in the rep's language, with the evidence."""
    assert mail["To"].addresses[0].addr_spec == "rosa@company.example"
    text = mail.get_body(("plain",)).get_content()
    assert "semana" in text
    assert "EUR" in text or "€" in text
    assert alert["rep"] == "rosa"
    assert alert["score"] is not None
    assert [step["to"] for step in alert["transitions"]] == ["open"]


def back_again() -> list[Event]:
    """In the weeks after, everybody buys, and the one who seemed to leave buys every day."""
    found = [
        bought(f"C-{number:02}", MONDAY + timedelta(weeks=week, days=(number + step) % 7))
        for week in range(WEEKS_BACK)
        for number in range(CUSTOMERS)
        for step in (0, 3)
    ]
    return found + [bought(LEAVER, MONDAY + timedelta(days=day)) for day in range(7 * WEEKS_BACK)]


def check_replay(vigia: Vigia, address: str, key: str, mailbox: MailServer) -> None:
    """Posting everything again, and folding the log again, changes no total and sends nothing."""
    vigia.wait_until_settled()
    sent = subjects(mailbox)
    weeks = read(address, key, f"/v1/customers/{LEAVER}")["weeks"]
    post(address, key, [*history(), closed(MONDAY)])
    vigia.wait_until_settled()
    vigia("replay")
    vigia.wait_until_settled()
    assert read(address, key, f"/v1/customers/{LEAVER}")["weeks"] == weeks
    assert subjects(mailbox) == sent
    assert vigia.json("status")["settled"]


def check_cancellation(address: str, key: str, mailbox: MailServer) -> None:
    """A requested cancellation is an urgent mail within seconds."""
    at = datetime(LATER.year, LATER.month, LATER.day, 6, tzinfo=UTC)
    data = {"stage": "requested", "reason": "competitor"}
    post(address, key, [event("cancellation", "x-1", "C-11", at, data)])
    wait_for(lambda: mails_about(mailbox, "Bar 11"), seconds=10)
    found = read(address, key, "/v1/alerts?customer=C-11")["items"][0]
    assert found["severity"] == "urgent"
