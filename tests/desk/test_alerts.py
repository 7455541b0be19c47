"""Pages for who is logged in: own customers, worst first, and nothing of anybody else's."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from shared.domain.week import day_number
from shared.storage import absences, alerts, reps
from shared.storage.absences import Absence
from shared.storage.alert_rows import Content
from shared.storage.reps import Rep
from shared.storage.tables import alert, customer, rep
from tests.desk.company import NAME, Office, field, words

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


def another(
    office: Office, id: str, *, rep: str | None = "ana", name: str | None = None, **changes: Any
) -> str:
    """One more customer with an alert, changed in the table if need be; the alert's id."""
    given: dict[str, Any] = {
        "rep": rep, "severity": "warning", "score": 1.0, "rank": None, "value_at_risk": 10_000_000,
        "currency": "EUR", "as_of": 20_514, "sentence": "Buys less.", "evidence": [],
    }  # fmt: skip
    with office.database.write() as connection:
        row = (
            insert(customer)
            .values(id=id, name=name or f"Bar {id}", rep=rep)
            .returning(customer.c.number)
        )
        number = int(connection.execute(row).scalar_one())
        found = alerts.open_alert(
            connection,
            number,
            id,
            Content(**{k: v for k, v in (given | changes).items() if k in given}),
            earlier=0,
            evaluation=None,
            reason="complaint",
            actor="detector",
            at=office.clock.now(),
        )
        more = {k: v for k, v in changes.items() if k not in given}
        if more:
            connection.execute(update(alert).where(alert.c.id == found.id).values(**more))
    return found.id


def test_a_rep_sees_own_customers_and_no_others(office: Office) -> None:
    foreign = another(office, "x", rep="bea", name="Bar Ajeno")
    mine = office.alert.id
    with office.client("ana") as browser:
        listed = browser.get("/desk/").text
        assert NAME in listed
        assert "Bar Ajeno" not in listed
        assert browser.get(f"/desk/alerts/{mine}").status_code == 200
        for name in (foreign, "a_none", "%00", "x" * 3000):
            hidden = browser.get(f"/desk/alerts/{name}")
            assert hidden.status_code == 404
            assert "Bar Ajeno" not in hidden.text
            assert words(hidden.text) == words(browser.get("/desk/alerts/nothing").text)
    with office.client("bea") as browser:
        assert browser.get(f"/desk/alerts/{foreign}").status_code == 200
        assert browser.get(f"/desk/alerts/{mine}").status_code == 404


@pytest.mark.parametrize("blank", ["   ", "\u200b", "\u202e"])
def test_a_blank_name_leaves_no_alert_without_a_link(office: Office, blank: str) -> None:
    office.change(name=blank, phone=blank, segment=blank)
    with office.client("ana") as browser:
        listed = browser.get("/desk/").text
        shown = browser.get(f"/desk/alerts/{office.alert.id}").text
    assert f'<a href="/desk/alerts/{office.alert.id}">Customer leaver</a>' in listed
    assert "<h1>Customer leaver</h1>" in shown
    assert 'class="phone"' not in shown
    assert "Segment" not in words(shown)


def test_a_rep_acts_on_own_customers_and_no_others(office: Office) -> None:
    foreign = another(office, "x", rep="bea")
    with office.client("ana") as browser:
        page = browser.get(f"/desk/alerts/{office.alert.id}").text
        data = {"proof": field(page, "proof"), "note": "mine"}
        assert browser.post(f"/desk/alerts/{foreign}/note", data=data).status_code == 404
        assert browser.post("/desk/alerts/a_none/note", data=data).status_code == 404
        done = browser.post(f"/desk/alerts/{office.alert.id}/note", data=data)
    assert done.headers["location"] == f"/desk/alerts/{office.alert.id}?done=note"
    assert office.acts() == [("noted", "note", "rep:ana")]
    with office.database.read() as connection:
        row = alerts.read_alert(connection, foreign)
    assert row is not None
    assert row.last_number == 1


def test_a_manager_sees_the_team_and_whose_customer_it_is(office: Office) -> None:
    foreign = another(office, "x", rep="bea", name="Bar Ajeno")
    with office.client("eva") as browser:
        listed = browser.get("/desk/").text
        assert "My team&#39;s alerts" in listed
        assert "with Ana Ruiz" in words(listed)
        assert "Bar Ajeno" not in listed
        page = browser.get(f"/desk/alerts/{office.alert.id}").text
        assert browser.get(f"/desk/alerts/{foreign}").status_code == 404
        data = {"proof": field(page, "proof"), "seen": field(page, "seen")}
        browser.post(f"/desk/alerts/{office.alert.id}/acknowledge", data=data)
    assert office.acts() == [("acknowledged", "seen", "manager:eva")]


def test_who_stands_in_acts_as_a_rep(office: Office) -> None:
    day = day_number(office.clock.now().date())
    with office.database.write() as connection:
        absences.add(connection, Absence("ana", day, day, substitute="bea"))
    with office.client("bea") as browser:
        assert "con Ana Ruiz" in words(browser.get("/desk/").text)
        assert browser.post(office.link(person="bea"), data={}).status_code == 303
    assert office.acts() == [("acknowledged", "seen", "rep:bea")]
    office.clock.move_to(office.clock.now() + timedelta(days=1))
    with office.client("bea") as browser:
        assert NAME not in browser.get("/desk/").text


def about_many(office: Office, group_kind: str = "region", group: str = "Norte") -> str:
    """An alert about what most customers of a group have in common; its id."""
    cause = {
        "kind": "common_cause", "group_kind": group_kind, "name": group, "customers": 23, "of": 31,
        "drop_percent": 41, "weeks": 2,
    }  # fmt: skip
    values = {"kind": "portfolio", "key": f"portfolio:{group_kind}:{group}", "customer": None}
    id = f"{group_kind} {group}"
    return another(office, id, rep=None, evidence=[cause], value_at_risk=None, **values)


@pytest.mark.parametrize(
    ("kind", "name", "english", "spanish"),
    [
        ("region", "Norte", "Region Norte", "Región Norte"),
        ("segment", "bakery", "Segment bakery", "Segmento bakery"),
        ("rep", "ana", "Customers of Ana Ruiz", "Clientes de Ana Ruiz"),
        ("shop", "s-1", "Shop s-1", "Tienda s-1"),
        ("category", "coffee", "Customers who buy coffee", "Clientes que compran coffee"),
        ("portfolio", "", "All customers", "Todos los clientes"),
    ],
)
def test_an_alert_about_many_names_whom_it_is_about(
    office: Office, kind: str, name: str, english: str, spanish: str
) -> None:
    alert = about_many(office, kind, name)
    for locale, said in (("en", english), ("es", spanish)):
        with office.database.write() as connection:
            connection.execute(update(rep).where(rep.c.id == "eva").values(locale=locale))
        with office.client("eva") as browser:
            assert f'<a href="/desk/alerts/{alert}">{said}</a>' in browser.get("/desk/").text
            assert f"<h1>{said}</h1>" in browser.get(f"/desk/alerts/{alert}").text


def test_what_is_done_about_many_is_not_what_is_done_about_one(office: Office) -> None:
    alert = about_many(office)
    with office.client("eva") as browser:
        page = browser.get(f"/desk/alerts/{alert}").text
        offered = re.findall(rf'method="post" action="/desk/alerts/{alert}/([a-z]+)"', page)
        assert offered == ["acknowledge", "snooze", "dismiss", "note"]
        assert "holiday" not in page
        assert "asks for more" not in page
        data = {"proof": field(page, "proof"), "seen": field(page, "seen"), "reason": "competitor"}
        for act in ("call", "lose"):
            assert browser.post(f"/desk/alerts/{alert}/{act}", data=data).status_code == 404
        done = browser.post(
            f"/desk/alerts/{alert}/acknowledge", data=data, follow_redirects=True
        ).text
        assert "It is yours. Good luck.</p>" in done
        known = {**data, "reason": "known"}
        browser.post(f"/desk/alerts/{alert}/dismiss", data=known)
        assert "Closed: it was to be expected" in words(browser.get(f"/desk/alerts/{alert}").text)


def test_an_alert_about_everybody_is_the_managers(office: Office) -> None:
    values = {"kind": "portfolio", "key": "portfolio:all", "customer": None}
    name = another(office, "x", rep=None, sentence="Everybody buys less.", **values)
    with office.client("ana") as browser:
        assert browser.get(f"/desk/alerts/{name}").status_code == 404
    with office.client("eva") as browser:
        assert "Everybody buys less." in browser.get("/desk/").text
        page = browser.get(f"/desk/alerts/{name}")
        assert page.status_code == 200
        assert "All customers" in page.text


def test_nothing_is_done_without_the_pages_own_proof(office: Office) -> None:
    url = f"/desk/alerts/{office.alert.id}/dismiss"
    with office.client("eva") as other:
        foreign = field(other.get(f"/desk/alerts/{office.alert.id}").text, "proof")
    with office.client("ana") as browser:
        for proof in ("", "0" * 64, foreign):
            answer = browser.post(url, data={"reason": "wrong", "proof": proof})
            assert answer.status_code == 403
    with office.client() as nobody:
        answer = nobody.post(url, data={"reason": "wrong"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/login")
    assert office.acts() == []


def test_an_act_that_there_is_not_is_nothing(office: Office) -> None:
    with office.client("ana") as browser:
        page = browser.get(f"/desk/alerts/{office.alert.id}").text
        url = f"/desk/alerts/{office.alert.id}/erase"
        assert browser.post(url, data={"proof": field(page, "proof")}).status_code == 404


def test_a_script_gets_the_part_of_the_page_that_changed(office: Office) -> None:
    """Also what is missing comes as such a part, and the end of a session as a way to log in."""
    url = f"/desk/alerts/{office.alert.id}"
    with office.client("ana", **{"hx-request": "true"}) as browser:
        page = browser.get(url).text
        proof = field(page, "proof")
        done = browser.post(f"{url}/note", data={"proof": proof, "note": "x", "seen": "1"})
        assert done.status_code == 200
        assert done.text.startswith('<article id="alert"')
        assert "The note is saved." in done.text
        wrong = browser.post(f"{url}/note", data={"proof": proof, "note": ""})
        assert wrong.status_code == 422
        assert wrong.text.startswith('<article id="alert"')
        browser.cookies.clear()
        ended = browser.post(f"{url}/note", data={"proof": proof, "note": "x"})
    assert (ended.status_code, ended.headers["hx-redirect"]) == (401, "/desk/login")


def test_a_customers_name_and_a_note_are_only_text(office: Office) -> None:
    office.change(name=EVIL, phone=EVIL, segment=EVIL)
    url = f"/desk/alerts/{office.alert.id}"
    with office.client("ana") as browser:
        page = browser.get(url).text
        data = {"proof": field(page, "proof"), "seen": "1", "note": f"{EVIL}\r\n{{{{ 7*7 }}}}"}
        for text in (
            browser.post(f"{url}/note", data=data, follow_redirects=True).text,
            browser.get("/desk/").text,
            browser.post(f"{url}/call", data={**data, "note": EVIL * 40}).text,
        ):
            assert "<script>alert" not in text
            assert "<img src=x" not in text
            assert "&lt;script&gt;alert(1)" in text
            assert ">49<" not in text
        assert "tel:%3Cscript%3E" in page


def test_a_word_in_the_address_is_not_said(office: Office) -> None:
    """Only what this person truly did is said to be done."""
    url = f"/desk/alerts/{office.alert.id}"
    with office.client("ana") as browser:
        page = browser.get(url).text
        browser.post(f"{url}/note", data={"proof": field(page, "proof"), "note": "x"})
        for word in ("<b>", "You+have+won", "snooze", "dismiss", "", "__class__"):
            assert 'role="status"' not in browser.get(f"{url}?done={word}").text
        assert 'role="status"' in browser.get(f"{url}?done=note").text
    with office.client("eva") as other:
        assert 'role="status"' not in other.get(f"{url}?done=note").text


def test_the_worst_come_first_and_who_was_put_off_last(office: Office) -> None:
    later = office.clock.now() + timedelta(days=3)
    another(office, "small", value_at_risk=1_000_000)
    another(office, "large", value_at_risk=90_000_000)
    another(office, "unknown", value_at_risk=None, currency=None)
    another(office, "watched", severity="watch", value_at_risk=900_000_000)
    another(office, "pressing", severity="urgent", value_at_risk=10)
    another(office, "asleep", severity="urgent", snoozed_until=later)
    with office.client("ana") as browser:
        page = words(browser.get("/desk/").text.split('id="living"')[1])
    wanted = ["pressing", "large", "small", "unknown", "watched", "asleep"]
    places = [page.index(f"Bar {name}") for name in wanted]
    assert places == sorted(places)
    assert "put off until March 5" in page


def test_money_is_compared_at_the_companys_rates(prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rates"
    folder.mkdir()
    with Office(folder, prepared, currency_rates={"JPY": "0.006"}).open() as office:
        another(office, "yen", value_at_risk=500_000_000, currency="JPY")  # 300 EUR
        another(office, "euro", value_at_risk=4_000_000)
        with office.client("ana") as browser:
            page = browser.get("/desk/").text
    assert page.index("Bar euro") < page.index("Bar yen")


def test_what_ended_lately_stands_below(office: Office) -> None:
    with office.client("ana") as browser:
        page = browser.get(f"/desk/alerts/{office.alert.id}").text
        data = {"proof": field(page, "proof"), "reason": "moved"}
        browser.post(f"/desk/alerts/{office.alert.id}/dismiss", data=data)
        listed = words(browser.get("/desk/").text)
        assert "All your customers buy as usual." in listed
        assert f"Ended in the last four weeks {NAME} dismissed on March 2" in listed
        office.clock.move_to(office.clock.now() + timedelta(weeks=4, minutes=1))
        assert NAME not in browser.get("/desk/").text


def test_very_many_alerts_are_not_all_shown(office: Office) -> None:
    with office.database.write() as connection:
        numbers = [
            connection.execute(
                insert(customer).values(id=f"n{n}", rep="bea").returning(customer.c.number)
            ).scalar_one()
            for n in range(201)
        ]
        common = {
            "kind": "customer", "rep": "bea", "state": "open", "severity": "watch",
            "as_of": 20_514, "opened_at": office.clock.now(), "updated_at": office.clock.now(),
            "sentence": "Buys less.", "evidence": [], "last_number": 1,
        }  # fmt: skip
        rows = [
            {**common, "id": f"a_{n}", "key": f"n{n}", "customer": number}
            for n, number in enumerate(numbers)
        ]
        connection.execute(insert(alert), rows)
    with office.client("bea") as browser:
        page = browser.get("/desk/").text
    assert page.count('<li class="card severity') == 200
    assert "Hay más de estos 200" in page


def test_the_page_tells_everything_that_happened(office: Office) -> None:
    with office.database.write() as connection:
        reps.add(connection, Rep("ana", name="Ana <Ruiz>"), office.clock.now())
    url = f"/desk/alerts/{office.alert.id}"
    acts: list[tuple[str, dict[str, str]]] = [
        ("acknowledge", {}),
        ("call", {"note": "Nobody answered"}),
        ("call", {"note": "Reached the owner"}),
        ("snooze", {"reason": "holiday", "until": "2026-03-20"}),
        ("note", {"note": "Line one\r\nline two"}),
        ("lose", {"reason": "price", "note": "Cheaper elsewhere"}),
    ]
    with office.client("ana") as browser:
        for act, form in acts:
            page = browser.get(url).text
            data = {**form, "proof": field(page, "proof"), "seen": field(page, "seen")}
            assert browser.post(f"{url}/{act}", data=data).status_code == 303
        page = browser.get(url).text
    history = words(page.split('id="history"')[1])
    told = [
        "Lost: price · Ana &lt;Ruiz&gt; Cheaper elsewhere",
        "Note · Ana &lt;Ruiz&gt; Line one line two",
        "Put off until March 20: is on holiday",
        "Called again · Ana &lt;Ruiz&gt; Reached the owner",
        "Called the customer · Ana &lt;Ruiz&gt; Nobody answered",
        "Taken care of · Ana &lt;Ruiz&gt;",
        "Alert opened",
    ]
    places = [history.index(text) for text in told]
    assert places == sorted(places)


def test_evidence_that_cannot_be_read_leaves_the_stored_sentence(office: Office) -> None:
    name = another(office, "x", evidence=[{"kind": "drop", "days": "many"}])
    with office.client("ana") as browser:
        page = browser.get(f"/desk/alerts/{name}")
    assert page.status_code == 200
    assert "Buys less." in page.text


@pytest.mark.parametrize("path", ["/desk/nothing", "/desk/alerts/", "/desk/static/../secret.key"])
def test_what_is_not_there_is_said_politely(office: Office, path: str) -> None:
    with office.client("ana") as browser:
        answer = browser.get(path)
    assert answer.status_code == 404


def test_whoever_comes_without_a_path_is_led_to_the_desk(office: Office) -> None:
    with office.client("ana") as browser:
        assert browser.get("/", follow_redirects=True).status_code == 200
        assert browser.get("/desk", follow_redirects=True).status_code == 200
