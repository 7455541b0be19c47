"""What a mail server says, and what is made of it."""

from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from services.notifier.channel import Remedy, SendFailed
from services.notifier.channels.email.channel import Email, build
from services.notifier.channels.email.transport import Smtp
from shared.ops.clock import SimulatedClock
from shared.ops.errors import ConfigurationError
from shared.ops.settings import Settings
from tests.notifier.builders import REP, message
from tests.notifier.mail_server import CUT, STALL, MailServer

SENDER = Address("Vigía", username="vigia", domain="company.example")
OPERATOR = "it@company.example"
NOW = datetime(2011, 12, 5, 7, tzinfo=UTC)


def channel(server: MailServer, timeout: float = 5) -> Email:
    smtp = Smtp.at(server.url, greeting="company.example", timeout=timeout)
    return Email(smtp, SENDER, SimulatedClock(NOW), OPERATOR)


def failure(server: MailServer, timeout: float = 5) -> SendFailed:
    mail = channel(server, timeout)
    with pytest.raises(SendFailed) as caught:
        mail.write(message(), REP, None)()
    mail.rest()
    return caught.value


def test_a_mail_arrives_with_its_name() -> None:
    with MailServer() as server:
        mail = channel(server)
        sent_as = mail.write(message(), REP, None)().id
        mail.rest()
    assert server.to == ["ana@company.example"]
    assert [str(got["Message-ID"]) for got in server.mails] == [sent_as]
    assert sent_as == "<a_mfrggzdfmztwq2lkobqx.1.rep@company.example>"
    assert str(server.mails[0]["Date"]) == "Mon, 05 Dec 2011 07:00:00 +0000"


def test_a_burst_needs_one_connection() -> None:
    with MailServer() as server:
        mail = channel(server)
        for number in (1, 2, 3):
            mail.write(message(number=number), REP, None)()
        mail.rest()
    assert len(server.mails) == 3
    assert server.connections == 1


def test_a_connection_that_the_server_ended_is_made_anew() -> None:
    with MailServer() as server:
        mail = channel(server)
        mail.write(message(), REP, None)()
        server.hang_up()
        mail.write(message(number=2), REP, None)()
        mail.rest()
    assert len(server.mails) == 2
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answers", "remedy", "reason"),
    [
        (["451 4.3.0 later please"], Remedy.RETRY, "mail server refused: 451 4.3.0 later please"),
        (["554 5.7.1 looks like spam"], Remedy.ABANDON, "mail refused: 554 5.7.1 looks like spam"),
        ([CUT], Remedy.RETRY, "no answer from the mail server: SMTPServerDisconnected"),
    ],
)
def test_the_answer_to_the_mail(answers: list[str], remedy: Remedy, reason: str) -> None:
    with MailServer(answers) as server:
        failed = failure(server)
    assert (failed.remedy, str(failed)) == (remedy, reason)


@pytest.mark.parametrize(
    ("answer", "remedy", "reason"),
    [
        ("450 4.2.1 busy", Remedy.RETRY, "recipient refused: 450 4.2.1 busy"),
        (
            "550 5.1.1 <ana@company.example>: no such user",
            Remedy.SUPPRESS,
            "recipient refused: 550 5.1.1 … no such user",
        ),
        ("421 4.3.2 going down", Remedy.RETRY, "recipient refused: 421 4.3.2 going down"),
    ],
)
def test_the_answer_to_the_recipient_without_the_address(
    answer: str, remedy: Remedy, reason: str
) -> None:
    with MailServer(recipients=[answer]) as server:
        failed = failure(server)
    assert (failed.remedy, str(failed)) == (remedy, reason)


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ("550 no such user here", Remedy.SUPPRESS),
        ("551 user not local", Remedy.SUPPRESS),
        ("550 5.2.1 mailbox disabled", Remedy.SUPPRESS),
        ("550 5.1.10 null MX", Remedy.SUPPRESS),
        ("552 5.2.2 mailbox full", Remedy.ABANDON),
        ("550 5.7.1 relaying denied", Remedy.ABANDON),
        ("554 5.7.1 blocked, see 5.1.1 of our rules", Remedy.ABANDON),
        ("550 5.1.8 bad sender's system", Remedy.ABANDON),
        ("554 no", Remedy.ABANDON),
        ("530 5.7.0 authenticate first", Remedy.PAUSE),
    ],
)
def test_only_a_mailbox_that_is_not_there_ends_the_address(answer: str, remedy: Remedy) -> None:
    with MailServer(recipients=[answer]) as server:
        assert failure(server).remedy is remedy


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ("550 5.7.1 you may not send as this", Remedy.PAUSE),
        ("530 5.7.0 authenticate first", Remedy.PAUSE),
        ("451 4.3.0 later", Remedy.RETRY),
        ("552 5.3.4 too large", Remedy.ABANDON),
    ],
)
def test_the_answer_to_the_sender(answer: str, remedy: Remedy) -> None:
    with MailServer(senders=[answer]) as server:
        assert failure(server).remedy is remedy


def test_a_server_that_stalls_is_not_waited_for() -> None:
    with MailServer([STALL]) as server:
        failed = failure(server, timeout=0.2)
    assert failed.remedy is Remedy.RETRY
    assert str(failed) == "no answer from the mail server: SMTPServerDisconnected"


def test_a_server_that_is_not_there() -> None:
    with MailServer() as server:
        gone = channel(server)
    with pytest.raises(SendFailed) as caught:
        gone.write(message(), REP, None)()
    assert caught.value.remedy is Remedy.RETRY
    assert str(caught.value) == "no answer from the mail server: ConnectionRefusedError"


def refuse(*_: object) -> AuthResult:
    return AuthResult(success=False, handled=False)


@pytest.mark.parametrize("options", [{}, {"authenticator": refuse, "auth_require_tls": False}])
def test_a_refused_log_in_is_the_operators_to_put_right(options: dict[str, Any]) -> None:
    with MailServer(**options) as server:
        smtp = Smtp.at(f"smtp://me:secret@{server.address}", greeting="x.example", timeout=5)
        with pytest.raises(SendFailed) as caught:
            Email(smtp, SENDER, SimulatedClock(NOW), OPERATOR).write(message(), REP, None)()
        with pytest.raises(SendFailed):
            smtp.probe()
    assert caught.value.remedy is Remedy.PAUSE
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "remedy"), [("smtp+starttls", Remedy.PAUSE), ("smtps", Remedy.RETRY)]
)
def test_tls_is_not_given_up_in_silence(scheme: str, remedy: Remedy) -> None:
    with MailServer() as server:
        smtp = Smtp.at(f"{scheme}://{server.address}", greeting="x.example", timeout=5)
        with pytest.raises(SendFailed) as caught:
            Email(smtp, SENDER, SimulatedClock(NOW), OPERATOR).write(message(), REP, None)()
    assert caught.value.remedy is remedy
    assert server.mails == []


@pytest.mark.parametrize(
    "url",
    ["http://mail.example", "mail.example:25", "smtp://", "smtp://h:port", "smtp://u:pw@h:99999"],
)
def test_an_url_that_cannot_be_used_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Smtp.at(url, greeting="x.example")
    assert "VIGIA_SMTP_URL" in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"mail_from": "nobody"}, {"operator_email": "a@b\r\nBcc: c@d"}]
)
def test_addresses_in_the_settings_are_checked_at_the_start(changes: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        build(Settings(**changes), SimulatedClock(NOW))  # type: ignore[arg-type]


def test_without_a_server_mails_are_files(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    mail = build(settings, SimulatedClock(NOW))
    sent_as = mail.write(message(), REP, None)().id
    mail.write(message(), REP, None)()
    mail.rest()
    (path,) = (settings.data / "outbox").iterdir()
    assert path.name == "a_mfrggzdfmztwq2lkobqx.1.rep.eml"
    assert sent_as.encode() in path.read_bytes()


def test_an_outbox_that_cannot_be_written_is_worth_a_retry(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    (settings.data / "outbox").write_text("a file where the folder should be")
    with pytest.raises(SendFailed) as caught:
        build(settings, SimulatedClock(NOW)).write(message(), REP, None)()
    assert caught.value.remedy is Remedy.RETRY
