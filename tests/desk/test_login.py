"""Logging in by mail: once, soon, in the browser that asked; and nothing told to who guesses."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from services.notifier.channels.email.channel import open_transport
from services.notifier.login_mail import LoginMails
from shared.ops.settings import load_settings
from shared.storage.tables import desk_session, login_request, rep
from tests.desk.company import NAME, Office, field, words
from tests.notifier.mail_server import CUT, MailServer

ADDRESS = "ana@company.example"


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def post(office: Office, mailbox: MailServer) -> Callable[[], int]:
    """Sends the mails that wait, as the notifier does; how many there are now."""
    settings = office.settings.model_copy(
        update={"smtp_url": load_settings(smtp_url=mailbox.url).smtp_url}
    )
    transport, sender = open_transport(settings)
    mails = LoginMails(office.database, settings, office.clock, transport, sender, "one")

    def send() -> int:
        while mails.step():
            pass
        return len(mailbox.mails)

    return send


def ask(browser: httpx.Client, address: str = ADDRESS, **fields: str) -> httpx.Response:
    """Ask for a link as a person does."""
    form = browser.get("/desk/login")
    proof = field(form.text, "proof")
    data = {"proof": proof, "address": address, **fields}
    return browser.post("/desk/login", data=data, follow_redirects=True)


def link_in(mailbox: MailServer) -> str:
    """The path of the link in the newest mail."""
    plain = mailbox.mails[-1].get_body(("plain",))
    assert plain is not None
    (url,) = [line for line in plain.get_content().splitlines() if line.startswith("http")]
    return "/desk/login/" + str(url.rpartition("/")[2])


def test_the_way_in_and_out(office: Office, mailbox: MailServer, post: Callable[[], int]) -> None:
    with office.client() as browser:
        assert browser.get("/desk/").headers["location"] == "/desk/login"
        answer = ask(browser)
        assert "If the address belongs to somebody here" in words(answer.text)
        assert post() == 1
        assert mailbox.to == [ADDRESS]
        assert mailbox.mails[0]["Subject"] == "Your log-in link for Vigía"
        assert "Hello Ana Ruiz," in str(mailbox.mails[0].get_body(("plain",)))
        link = link_in(mailbox)
        assert "One tap more" in browser.get(link).text  # a scanner may open it, too
        assert "One tap more" in browser.get(link).text
        entered = browser.post(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/desk/")
        page = browser.get("/desk/")
        assert NAME in page.text
        assert browser.get("/desk/login").headers["location"] == "/desk/"
        browser.post("/desk/logout", data={"proof": field(page.text, "proof")})
        assert browser.get("/desk/").headers["location"] == "/desk/login"
    with office.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(desk_session)) == 0


def test_a_link_is_used_once(office: Office, mailbox: MailServer, post: Callable[[], int]) -> None:
    with office.client() as browser:
        ask(browser)
        post()
        link = link_in(mailbox)
        mark = browser.cookies["vigia-browser"]
        browser.post(link)
        browser.cookies.clear()
        browser.cookies.set("vigia-browser", mark)
        for answer in (browser.get(link), browser.post(link)):
            assert answer.status_code == 410
            assert "was used already" in answer.text
        assert "vigia-session" not in browser.cookies


def test_a_link_lets_no_other_browser_in(
    office: Office, mailbox: MailServer, post: Callable[[], int]
) -> None:
    """Whoever reads the mail over a shoulder, or forwards it, gets nowhere."""
    with office.client() as browser, office.client() as other:
        ask(browser)
        post()
        link = link_in(mailbox)
        other.get("/desk/login")  # it has a cookie, but another
        for answer in (other.get(link), other.post(link)):
            assert answer.status_code == 403
            assert "only in the browser in which it was asked for" in words(answer.text)
        assert browser.post(link).status_code == 303


def test_a_link_ends_after_a_quarter_of_an_hour(
    office: Office, mailbox: MailServer, post: Callable[[], int]
) -> None:
    with office.client() as browser:
        ask(browser)
        post()
        link = link_in(mailbox)
        with office.database.write() as connection:
            row = connection.execute(select(login_request)).one()
            assert row.expires_at - row.asked_at == timedelta(minutes=15)
            late = row.expires_at - timedelta(minutes=15)
            connection.execute(update(login_request).values(expires_at=late))
        for answer in (browser.get(link), browser.post(link)):
            assert answer.status_code == 410
            assert "older than 15 minutes" in answer.text


def test_a_made_up_link_lets_nobody_in(office: Office) -> None:
    with office.client() as browser:
        ask(browser)
        for link in ("/desk/login/made-up", "/desk/login/" + "x" * 5000):
            for answer in (browser.get(link), browser.post(link)):
                assert answer.status_code == 403
                assert "not complete, or was never sent" in answer.text


def test_known_or_not_an_address_gets_the_same_answer(
    office: Office, post: Callable[[], int]
) -> None:
    """And costs the same work: one row each, also for somebody who left."""
    answers = []
    for address in (ADDRESS, "nobody@company.example", "gone@company.example", "", "x" * 9000):
        with office.client() as browser:
            answers.append(ask(browser, address))
    assert len({answer.text for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {200}
    with office.database.read() as connection:
        asked = [row.rep for row in connection.execute(select(login_request))]
    assert asked == ["ana", None, None, None, None]
    assert post() == 1


def test_nobody_is_flooded_with_mails(office: Office, post: Callable[[], int]) -> None:
    with office.client() as browser:
        texts = {ask(browser, written).text for written in (ADDRESS, "ANA@company.example") * 3}
    assert len(texts) == 1
    assert post() == 3
    assert office.counted("vigia_desk_logins_total", outcome="limited") == 3


def test_who_asks_for_everybody_is_stopped(office: Office) -> None:
    with office.client() as browser:
        for n in range(20):
            assert ask(browser, f"{n}@company.example").status_code == 200
        stopped = ask(browser, ADDRESS)
    assert stopped.status_code == 429
    assert "Too many links were asked for" in stopped.text


def test_a_form_that_is_not_ours_asks_for_nothing(office: Office) -> None:
    with office.client() as browser:
        for data in ({"address": ADDRESS}, {"address": ADDRESS, "proof": "0" * 64}):
            answer = browser.post("/desk/login", data=data)
            assert answer.status_code == 403
            assert "Please try again" in answer.text
        mine = field(browser.get("/desk/login").text, "proof")
    with office.client() as other:
        other.get("/desk/login")
        answer = other.post("/desk/login", data={"address": ADDRESS, "proof": mine})
        assert answer.status_code == 403
    with office.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(login_request)) == 0


def test_a_session_that_somebody_else_chose_is_not_taken_over(
    office: Office, mailbox: MailServer, post: Callable[[], int]
) -> None:
    with office.client() as browser:
        browser.cookies.set("vigia-session", "chosen-by-somebody-else")
        ask(browser)
        post()
        entered = browser.post(link_in(mailbox))
    assert "vigia-session=chosen" not in entered.headers["set-cookie"]
    assert re.search(r"vigia-session=[\w-]{43};", entered.headers["set-cookie"])
    with office.client() as thief:
        thief.cookies.set("vigia-session", "chosen-by-somebody-else")
        assert thief.get("/desk/").status_code == 303


def test_logging_in_ends_the_session_before(
    office: Office, mailbox: MailServer, post: Callable[[], int]
) -> None:
    with office.client() as browser:
        ask(browser)
        post()
        before = office.session("bea")
        browser.cookies.set("vigia-session", before)
        browser.post(link_in(mailbox))
    with office.client() as other:
        other.cookies.set("vigia-session", before)
        assert other.get("/desk/").status_code == 303


def test_who_leaves_is_out_at_once(office: Office) -> None:
    with office.client("ana") as browser:
        assert browser.get("/desk/").status_code == 200
        with office.database.write() as connection:
            connection.execute(update(rep).where(rep.c.id == "ana").values(active=False))
        assert browser.get("/desk/").status_code == 303
        assert browser.get(f"/desk/alerts/{office.alert.id}").status_code == 303


def test_nobody_signs_somebody_else_out(office: Office) -> None:
    with office.client("ana") as browser:
        assert browser.post("/desk/logout", data={}).status_code == 403
        assert browser.get("/desk/").status_code == 200


def test_a_mail_that_was_cut_is_sent_again_as_the_same(
    office: Office, post: Callable[[], int]
) -> None:
    with MailServer(answers=[CUT]) as server:
        settings = office.settings.model_copy(
            update={"smtp_url": load_settings(smtp_url=server.url).smtp_url}
        )
        transport, sender = open_transport(settings)
        mails = LoginMails(office.database, settings, office.clock, transport, sender, "one")
        with office.client() as browser:
            ask(browser)
        assert mails.step()
        with office.database.write() as connection:
            connection.execute(update(login_request).values(until=0))
        assert mails.step()
        assert not mails.step()
        first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert link_in(server) in str(first.get_body(("plain",)))


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "Entra en tus avisos"),
        ("de-DE,de;q=0.9,en;q=0.8,es;q=0.7", "Log in to your alerts"),
        ("fr", "Log in to your alerts"),
        ("es;q=nonsense, en;q=0.1", "Log in to your alerts"),
        ("", "Log in to your alerts"),
    ],
)
def test_before_the_log_in_the_browser_says_the_language(
    office: Office, wanted: str, title: str
) -> None:
    with office.client(**{"accept-language": wanted}) as browser:
        assert title in browser.get("/desk/login").text


def set_cookies(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("set-cookie")


@contextmanager
def behind_tls(folder: Path, prepared: Path) -> Iterator[Office]:
    changes: dict[str, Any] = {"base_url": "https://vigia.company.example"}
    with Office(folder, prepared, **changes).open() as opened:
        yield opened


def test_cookies_are_for_this_site_alone(prepared: Path, tmp_path: Path, office: Office) -> None:
    with office.client() as browser:
        (plain,) = set_cookies(browser.get("/desk/login"))
    for wanted in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert wanted in plain
    assert "Secure" not in plain
    folder = tmp_path / "tls"
    folder.mkdir()
    with behind_tls(folder, prepared) as secure, secure.client() as browser:
        (cookie,) = set_cookies(browser.get("/desk/login"))
        assert cookie.startswith("__Host-vigia-browser=")
        assert "Secure" in cookie
        assert secure.link().startswith("https://vigia.company.example/desk/link/")


def test_what_the_browser_calls_itself_changes_no_link(
    office: Office, mailbox: MailServer, post: Callable[[], int]
) -> None:
    """A link in a mail names our own address, whatever a request claims to have asked."""
    with office.client(host="evil.example", **{"x-forwarded-host": "evil.example"}) as browser:
        answer = ask(browser)
        assert answer.url.path == "/desk/login/sent"
    post()
    assert "evil" not in mailbox.mails[0].as_string()
