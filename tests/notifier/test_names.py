"""Whatever customers, clerks and reps are called: a message stays one, and the queue moves."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifier.channel import Receipt
from services.notifier.channels.apprise.render import render as apprise
from services.notifier.channels.email.channel import Email
from services.notifier.channels.email.transport import Outbox
from services.notifier.channels.slack.render import render as slack
from services.notifier.channels.teams.render import render as teams
from services.notifier.messages import Message
from services.notifier.routing import Send
from services.notifier.settling import UNSAID
from services.notifier.ways import mail_way
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.storage.addressing import Card
from shared.storage.database import Database
from shared.storage.rep_channels import Way
from tests.notifier import block_kit, teams_service
from tests.notifier.builders import EVIDENCE, message
from tests.notifier.working import Clock, Recorder, keep, make_sender, new, rows, run

# Line ends of every kind, marks that turn text around, and what headers are made of.
SPITEFUL = st.text(
    st.sampled_from(
        "\r\n\x00\x0b\x0c\x1b\x85\u2028\u2029\u200b\u202e\ud800:;,<>@\"'=?&|*_`[]() BccTo"
    )
    | st.characters(),
    max_size=80,
)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe",
    "Content-Language",    "MIME-Version", "Content-Type",
]  # fmt: skip


def told(name: str, **changes: Any) -> Message:
    evidence = [{**EVIDENCE[1], "topic": name}, *EVIDENCE]
    to = Send(mail_way("ana@company.example"), role="rep", name=name, instead_of=name)
    return message(card=Card("C-1", name, name, name), to=to, evidence=evidence, **changes)


class Kept(Outbox):
    """Keeps the bytes of a mail instead of writing them."""

    def __init__(self) -> None:
        self.bytes = b""

    def send(self, mail: Any, sender: str, recipient: str) -> str:
        self.bytes = mail.content
        self.to = recipient
        return "250"


@given(SPITEFUL)
@settings(max_examples=150, deadline=None)
@example("Sol\r\nBcc: thief@evil.example\r\n\r\n<script>")
def test_a_name_writes_no_header_of_a_mail(name: str) -> None:
    kept = Kept()
    sender = Address("Vigía", username="vigia", domain="company.example")
    one = told(name)
    to = Send(mail_way("ana@company.example"), role="rep", name=name)
    clock = SimulatedClock(datetime(2011, 12, 5, tzinfo=UTC))
    Email(kept, sender, clock, "it@company.example").write(one, to, None)()
    read = message_from_bytes(kept.bytes, policy=policy.default)
    assert sorted(read.keys()) == sorted(HEADERS)
    assert [address.addr_spec for address in read["To"].addresses] == ["ana@company.example"]
    assert read.defects == []
    assert "\n" not in read["Subject"]
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


@given(SPITEFUL)
@settings(max_examples=50, deadline=None)
def test_a_name_breaks_no_chat(name: str) -> None:
    one = told(name, rep=name, locale="es")
    assert block_kit.problems(slack(one)) == []
    assert teams_service.problems(teams(one)) == []
    title, body = apprise(one)
    assert "\n" not in title
    (title + body).encode()


def test_a_message_that_cannot_be_made_does_not_keep_the_next_from_going_out(
    company: Database, settings: Settings, metrics: Any
) -> None:
    clock = Clock()
    strange = new(id="a_strange", as_of="yesterday")
    names = ("a_unspeakable", "a_stuck", "a_fine")
    keep(company, clock, strange, *(new(id=name) for name in names))

    def stuck() -> Receipt:
        raise KeyError("transport")

    class Picky(Recorder):
        def write(self, message: Message, to: Send, thread: str | None) -> Any:
            if message.alert == "a_unspeakable":
                raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
            if message.alert == "a_stuck":
                return stuck
            return super().write(message, to, thread)

    channel = Picky()
    run(make_sender(company, settings, clock, metrics, channel))
    assert [one.alert for _, one, _ in channel.sent] == ["a_fine"]
    reasons = {row.reason for row in rows(company) if row.state == "dead"}
    errors = ("ValueError", "UnicodeEncodeError", "KeyError")
    assert reasons == {f"{UNSAID}: {error}" for error in errors}


def test_the_address_is_never_in_a_message() -> None:
    way = Way("slack", "https://hooks.slack.com/services/s3cret", "slack:1a2b")
    one = message(to=Send(way, role="rep", name="Ana"))
    assert "s3cret" not in str(one) + str(slack(one)) + str(teams(one)) + str(apprise(one))
