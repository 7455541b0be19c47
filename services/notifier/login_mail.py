"""Log-in links by mail: whoever asked at the desk gets one, at once or not at all."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifier.channel import Remedy, SendFailed
from services.notifier.channels.email.mail import Mail
from services.notifier.channels.email.transport import Transport
from shared.ops.clock import Clock
from shared.ops.login_links import LoginLinks
from shared.ops.settings import Settings
from shared.storage import logins, reps
from shared.storage.database import Database
from shared.storage.logins import Order
from shared.storage.reps import Rep, is_address
from shared.wording import Language, language, safe

_MAY_HELP = (Remedy.RETRY, Remedy.PAUSE)
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class LoginMails:
    """Takes one request at a time under a lease; a mail that fails is tried again until it is
    too late for its link."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        transport: Transport,
        sender: Address,
        owner: str,
    ) -> None:
        self._database = database
        self._locale = settings.locale
        self._links = LoginLinks.of(settings)
        self._clock = clock
        self._transport = transport
        self._sender = sender
        self._owner = owner
        self._log = structlog.get_logger("vigia.login")

    def step(self) -> bool:
        """Send one mail; False when nobody waits for one."""
        take = partial(logins.take, owner=self._owner, at=self._clock.real())
        order = self._database.run(take)
        if order is None:
            self._transport.rest()
            return False
        with self._database.read() as connection:
            person = reps.find(connection, order.rep)
        if person is not None and person.active and is_address(person.email):
            try:
                self._send(order, person)
            except SendFailed as failure:
                self._log.warning("log-in mail failed", reason=str(failure))
                if failure.remedy in _MAY_HELP:
                    return True
        self._database.run(partial(logins.sent, order=order, at=self._clock.real()))
        return True

    def close(self) -> None:
        self._transport.rest()

    def _send(self, order: Order, person: Rep) -> None:
        address = person.email or ""
        name, _, domain = address.partition("@")
        to = Address(safe(person.name or ""), username=name, domain=domain)
        speech = language(person.locale or order.locale, self._locale)
        mail = login_mail(
            order.id, self._links.url(order.id), self._sender, to, speech, self._clock.real()
        )
        ready = Mail(str(mail["Message-ID"]), mail.as_bytes())
        self._transport.send(ready, self._sender.addr_spec, address)


def login_mail(
    request: str, url: str, sender: Address, to: Address, speech: Language, at: datetime
) -> EmailMessage:
    """The mail with the link of a request; the same however often it is sent."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = speech.say("login.subject")
    mail["Date"] = at
    mail["Message-ID"] = f"<login.{request}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = speech.code
    name = to.display_name or to.username

    def fill(template: str) -> str:
        return _templates.get_template(template).render(speech=speech, url=url, name=name)

    mail.set_content(fill("login.txt"), cte="quoted-printable")
    mail.add_alternative(fill("login.html"), subtype="html", cte="quoted-printable")
    return mail
