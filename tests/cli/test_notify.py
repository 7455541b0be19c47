"""`vigia notify`: does it arrive, and what does the provider say?"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.storage import channel_state
from shared.storage.channel_state import Pause
from shared.storage.database import Database
from tests.cli.conftest import Command
from tests.notifier.http_server import HttpServer, Reply
from tests.notifier.mail_server import MailServer
from tests.notifier.slack_service import HOOK, TOKEN, SlackService


def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'data' / 'vigia.db'}")


def test_a_sample_goes_out_by_each_channel_and_the_answers_are_shown(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = SlackService()
    with HttpServer(script=service) as slack, MailServer() as mail:
        monkeypatch.setenv("VIGIA_SMTP_URL", mail.url)
        monkeypatch.setenv("VIGIA_SLACK_API_URL", f"{slack.url}/api")
        monkeypatch.setenv("VIGIA_SLACK_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("VIGIA_ALLOWED_HOSTS", "127.0.0.1")
        channels = (f"slack+{slack.url}{HOOK}", "slack-bot:C0123456789")
        words = [word for url in channels for word in ("--channel", url)]
        vigia("rep", "add", "--email", "rosa@company.example", "--locale", "es", *words, "rosa")
        ran = vigia("notify", "test", "rosa")
    assert ran.code == 0, ran.err
    lines = [line.split(maxsplit=2) for line in ran.out.splitlines()]
    assert [(outcome, channel) for outcome, channel, _ in lines] == [
        ("ok", "slack"),
        ("ok", "slack-bot"),
        ("ok", "email"),
    ]
    assert lines[0][2].endswith("200 ok")
    assert lines[2][2].endswith("250 taken")
    assert "XyZsecret" not in ran.out
    assert len(service.posted) == 2
    assert service.posted[0]["text"].startswith("Cliente de prueba")
    (sample,) = mail.mails
    plain = sample.get_body(("plain",))
    assert plain is not None
    assert "solo una prueba" in plain.get_content()
    assert sample["To"] == "rosa@company.example"


def test_what_fails_is_told_in_the_providers_words(
    vigia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_ALLOWED_HOSTS", "127.0.0.1")
    with HttpServer([Reply(404, b"no_service")]) as slack:
        vigia("rep", "add", "--channel", f"slack+{slack.url}{HOOK}", "--email", "r@x.example", "r")
        ran = vigia("notify", "test", "r", "--json")
    first, second = json.loads(ran.out)
    assert ran.code == 1
    assert (first["failed"], first["answer"]) == (True, "Slack answered 404 no_service")
    assert (second["failed"], second["channel"]) == (False, "email")
    assert second["answer"].startswith("written to ")


def test_a_way_that_works_again_is_used_again(vigia: Command, tmp_path: Path) -> None:
    vigia("rep", "add", "--email", "rosa@company.example", "rosa")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    with database(tmp_path).write() as connection:
        channel_state.make_unreachable(connection, "rosa@company.example", "550 5.1.1 no", at)
        channel_state.pause(connection, Pause("email", at, "535 no", at))
    assert "nothing is sent there: 550 5.1.1 no" in vigia("rep", "list").out
    (listed,) = json.loads(vigia("rep", "list", "--json").out)
    assert listed["email_unreachable"] == "550 5.1.1 no"
    assert "email paused since 2026-03-02T00:00:00+00:00: 535 no" in vigia("status").out
    assert vigia("notify", "test", "rosa").code == 0
    assert "nothing is sent" not in vigia("rep", "list").out
    assert json.loads(vigia("status", "--json").out)["channels"] == []


def test_a_paused_channel_is_resumed_by_hand(vigia: Command, tmp_path: Path) -> None:
    vigia("migrate")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    with database(tmp_path).write() as connection:
        channel_state.pause(connection, Pause("slack-bot", at, "token_revoked", at))
    assert vigia("notify", "resume", "slack-bot").out == "it sends again\n"
    assert vigia("notify", "resume", "slack-bot").out == "it was not paused\n"
    ran = vigia("notify", "resume", "pigeon")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "slack-bot" in ran.err


def test_who_cannot_be_tried(vigia: Command) -> None:
    vigia("migrate")
    ran = vigia("notify", "test", "nobody")
    assert (ran.code, "no rep of that id" in ran.err) == (1, True)
    vigia("rep", "add", "rosa")
    ran = vigia("notify", "test", "rosa")
    assert (ran.code, "nothing reaches this rep" in ran.err) == (1, True)
