"""The whole way with the real command and a real mail server: from the mail to the announcement."""

import re
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.acceptance.running import Vigia, post, wait_for
from tests.notifier.mail_server import MailServer
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOW = "2026-03-02T09:30:00Z"
SHOP = "Bar <b>Norte</b>"


def event(kind: str, id: str, subject: str, data: dict[str, Any], at: str = NOW) -> dict[str, Any]:
    return {"id": id, "source": "crm", "type": kind, "subject": subject, "time": at, "data": data}


EVENTS = [
    event("rep", "r1", "ana", {"name": "Ana Ruiz", "email": "ana@company.example", "locale": "en"}),
    event("rep", "r2", "bea", {"name": "Bea", "email": "bea@company.example", "locale": "es"}),
    event("customer", "m1", "c1", {"name": SHOP, "rep": "ana", "phone": "+34600123456"}),
    event("customer", "m2", "c2", {"name": "Bar Sur", "rep": "bea"}),
    event("cancellation", "x1", "c1", {"stage": "requested", "reason": "price"}),
    event("cancellation", "x2", "c2", {"stage": "requested"}),
]


def mail_to(mailbox: MailServer, address: str, about: str) -> EmailMessage:
    """The first mail to somebody whose subject holds some words."""

    def look() -> EmailMessage | None:
        return next(
            (
                mail
                for mail in mailbox.mails
                if address in str(mail["To"]) and about in str(mail["Subject"])
            ),
            None,
        )

    found = wait_for(look)
    assert found is not None
    return found


def links(mail: EmailMessage) -> list[str]:
    html = mail.get_body(("html",))
    assert html is not None
    return re.findall(r'href="(http[^"]+)"', html.get_content())


def test_from_the_mail_to_the_announcement(tmp_path: Path, browser: "Browser") -> None:
    port = free_port()
    base = f"http://localhost:{port}"
    vigia = Vigia(tmp_path / "data")
    with MailServer() as mailbox:
        vigia.set(smtp_url=mailbox.url, now=NOW, base_url=base)
        key = vigia("key", "create", "--scope", "admin").split()[-1]
        process = vigia.start("up", "--port", str(port))
        try:
            wait_for(lambda: alive(base))
            post(base, key, EVENTS)
            context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
            page = context.new_page()
            take_care(page, mail_to(mailbox, "ana@", "asks to cancel"), base)
            wait_for(lambda: "alert.acknowledged" in kinds(vigia))
            log_in(page, mailbox, base)
            lose(page, base)
            wait_for(lambda: "alert.lost" in kinds(vigia))
            vigia.wait_until_settled()
            check_announced(vigia)
            check_nothing_of_others(page, mailbox)
            context.close()
            told = [str(mail["Subject"]) for mail in mailbox.mails if "ana@" in str(mail["To"])]
        finally:
            process.terminate()
            _, logged = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(told) == 2  # the alert and the log-in link; nobody is told of the own act
    tokens = {url.rpartition("/")[2] for mail in mailbox.mails for url in links(mail)}
    assert len(tokens) > 10
    assert not [token for token in tokens if token in logged]


def alive(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def take_care(page: "Page", mail: EmailMessage, base: str) -> None:
    """The first button of the mail, opened by a scanner before, and tapped on a phone."""
    first = links(mail)[0]
    assert first.startswith(f"{base}/desk/link/")
    assert httpx.get(first).status_code == 200
    page.goto(first)
    page.get_by_role("button", name="I'll take care of it").tap()
    page.get_by_role("status").wait_for()


def log_in(page: "Page", mailbox: MailServer, base: str) -> None:
    """No password: a link by mail, good in this browser."""
    page.goto(f"{base}/desk/")
    page.get_by_label("Your mail address").fill("ANA@company.example")
    page.get_by_role("button", name="Send me a link").tap()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    (link,) = links(mail_to(mailbox, "ana@", "log-in link"))
    page.goto(link)
    page.get_by_role("button", name="Show my alerts").tap()
    page.get_by_role("heading", name="My alerts").wait_for()
    assert page.get_by_role("link", name=SHOP).count() == 1
    assert page.get_by_text("Bar Sur").count() == 0


def lose(page: "Page", base: str) -> None:
    page.get_by_role("link", name=SHOP).tap()
    page.get_by_text("Customer is lost").tap()
    page.locator("#act-lose select").select_option("price")
    page.get_by_role("button", name="Close as lost").tap()
    page.get_by_role("status").wait_for()


def kinds(vigia: Vigia) -> list[str]:
    return [event["type"] for event in vigia.announced() if event["subject"] == "c1"]


def check_announced(vigia: Vigia) -> None:
    mine = [event["data"] for event in vigia.announced() if event["subject"] == "c1"]
    assert [one["number"] for one in mine] == [1, 2, 3]
    assert [one["actor"] for one in mine] == ["detector", "rep:ana", "rep:ana"]
    assert [one["to"] for one in mine] == ["open", "acknowledged", "lost"]
    assert mine[-1]["reason"] == "price"


def check_nothing_of_others(page: "Page", mailbox: MailServer) -> None:
    """Bea's link, forwarded to Ana, who is logged in."""
    page.goto(links(mail_to(mailbox, "bea@", "pide la baja"))[0])
    assert page.get_by_text("made for somebody else").count() == 1
    assert page.get_by_text("Bar Sur").count() == 0
