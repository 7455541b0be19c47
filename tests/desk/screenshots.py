"""The pictures of docs/images from the real pages and mails: `make screenshots`."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from sqlalchemy import select

from services.notifier.channels.email.render import html_part
from services.notifier.channels.slack.render import render as slack
from services.notifier.channels.teams.render import render as teams
from shared.ops.links import Link
from shared.storage.database import Database
from shared.storage.schema import migrate
from shared.storage.tables import alert
from tests.browser.fixtures import chromium
from tests.conftest import START
from tests.desk.company import Office
from tests.desk.shop import prepare_shop
from tests.notifier import drawing
from tests.notifier.builders import BACK, digest, link_to, message, summary

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).parents[2] / "docs/images"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 820, "height": 940}


def main() -> None:
    """Write every picture; needs Chromium."""
    path = chromium()
    if path is None:
        sys.exit("no Chromium here: install Debian's package chromium")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        mails(browser)
        chats(browser)
        prepared = folder / "prepared.db"
        database = Database(f"sqlite:///{prepared}")
        migrate(database, zone="UTC", first_weekday=0, at=START)
        database.close()
        prepare_shop(prepared)
        with Office(folder, prepared).open() as office:
            desk(browser, office)
        browser.close()


def mails(browser: "Browser") -> None:
    """The mails to a rep and to a manager, on a desktop and on a phone."""
    told = {
        "mail": message(link_to=link_to),
        "mail-digest": digest("en"),
        "mail-recovered": message(
            "recovered", link_to=link_to, state="recovered", evidence=list(BACK), number=4
        ),
        "mail-summary": summary("en"),
    }
    for name, one in told.items():
        html = html_part(one)
        draw(browser, html, IMAGES / f"{name}.png", 800)
        draw(browser, html, IMAGES / f"{name}-phone.png", 360)


def chats(browser: "Browser") -> None:
    """What is in the payloads for chats, drawn by ourselves."""
    told = message(link_to=link_to)
    draw(browser, drawing.slack(slack(told)), IMAGES / "slack.png", 592)
    draw(browser, drawing.teams(teams(told)), IMAGES / "teams.png", 592)


def draw(browser: "Browser", html: str, to: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 400})
    page.set_content(html)
    page.screenshot(path=to, full_page=True)
    page.close()


def desk(browser: "Browser", office: Office) -> None:
    """The pages, light and dark, wide and on a phone."""
    office.clock.move_to(START.replace(hour=16))
    sol = f"/desk/alerts/{alert_of(office, 'C-1029')}"
    dismiss = link_of(office, "C-1144", "dismiss")
    central = f"/desk/alerts/{alert_of(office, 'C-1144')}"
    pictures: tuple[tuple[str, str, str | None, dict[str, Any]], ...] = (
        ("alert-light", sol, "ana", {"viewport": DESKTOP, "full": True}),
        ("alert-dark", sol, "ana", {"viewport": DESKTOP, "color_scheme": "dark", "full": True}),
        ("alert-phone", central, "ana", {"viewport": PHONE}),
        ("list-light", "/desk/", "ana", {"viewport": DESKTOP}),
        ("list-dark", "/desk/", "ana", {"viewport": DESKTOP, "color_scheme": "dark"}),
        ("list-phone", "/desk/", "ana", {"viewport": PHONE}),
        ("team-light", "/desk/", "eva", {"viewport": DESKTOP}),
        (
            "act-phone",
            dismiss,
            None,
            {"viewport": PHONE, "full": True},
        ),
        ("login-phone", "/desk/login", None, {"viewport": PHONE}),
    )
    for name, path, person, options in pictures:
        picture(browser, office, IMAGES / f"desk-{name}.png", path, person, **options)


def picture(
    browser: "Browser",
    office: Office,
    to: Path,
    path: str,
    person: str | None,
    *,
    full: bool = False,
    **options: Any,
) -> None:
    context = browser.new_context(locale="en-GB", reduced_motion="reduce", **options)
    if person is not None:
        token = office.session(person)
        context.add_cookies([{"name": "vigia-session", "value": token, "url": office.address}])
    page = context.new_page()
    page.goto(path if path.startswith("http") else office.address + path)
    if page.locator(".chart").count():
        page.locator(".uplot canvas").wait_for()
    page.screenshot(path=to, full_page=full)
    context.close()


def link_of(office: Office, customer: str, purpose: str) -> str:
    """As it stands in a mail to the rep."""
    now = office.clock.real()
    return office.links.url(Link(alert_of(office, customer), "ana", purpose, now))


def alert_of(office: Office, customer: str) -> str:
    with office.database.read() as connection:
        return str(connection.scalar(select(alert.c.id).where(alert.c.key == customer)))


if __name__ == "__main__":
    main()
