"""What each channel sends, as a file to be looked at, in both languages."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.notifier.channels.apprise.render import render as apprise
from services.notifier.channels.email.render import html_part, text_part
from services.notifier.channels.slack.render import render as slack
from services.notifier.channels.slack_bot.render import render as slack_bot
from services.notifier.channels.teams.render import render as teams
from services.notifier.channels.webhook.render import render as webhook
from services.notifier.messages import Message
from services.notifier.routing import FOR_PEOPLE, PROGRAMS, Send
from services.notifier.ways import mail_way
from tests.notifier import block_kit, teams_service
from tests.notifier.builders import (
    BACK,
    CANCELLATION,
    EVIDENCE,
    digest,
    link_to,
    message,
    summary,
)

GOLDEN = Path(__file__).parent / "golden"
SAMPLES: dict[str, dict[str, Any]] = {
    "opened": {},
    "cancellation": {"evidence": [*EVIDENCE, CANCELLATION], "severity": "urgent"},
    "digest": {},
    "summary": {},
    "recovered": {"kind": "recovered", "state": "recovered", "evidence": list(BACK), "number": 4},
}


def as_text(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, indent=1) + "\n"


CHANNELS: dict[str, tuple[str, Callable[[Message], str]]] = {
    "slack": ("json", lambda told: as_text(slack(told))),
    "slack-bot": ("json", lambda told: as_text(slack_bot(told, "C0123", "1503435956.000247"))),
    "teams": ("json", lambda told: as_text(teams(told))),
    "webhook": ("json", lambda told: as_text(json.loads(webhook(told)))),
    "apprise": ("txt", lambda told: "\n\n".join(apprise(told)) + "\n"),
}


def sample(name: str, locale: str) -> Message:
    to = Send(mail_way("a@b.example"), role="rep", locale=locale)
    if name == "digest":
        return digest(locale, to)
    if name == "summary":
        return summary(locale)
    return message(**{"locale": locale, "to": to, "link_to": link_to, **SAMPLES[name]})


# What each channel may have to send: programs are told of each alert by itself.
SENT = [
    (channel, name)
    for channel in CHANNELS
    for name in SAMPLES
    if channel not in PROGRAMS or name not in FOR_PEOPLE
]


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize(("channel", "name"), SENT)
def test_golden_payloads(channel: str, name: str, locale: str) -> None:
    """After a wanted change: delete the files, run once, and look at what was written."""
    suffix, write = CHANNELS[channel]
    path = GOLDEN / f"{channel}.{name}.{locale}.{suffix}"
    written = write(sample(name, locale))
    if not path.exists():
        path.write_text(written, "utf-8")
        pytest.fail("wrote the missing file; look at it and run again")
    assert written == path.read_text("utf-8")


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("name", SAMPLES)
def test_golden_payloads_are_what_the_services_take(name: str, locale: str) -> None:
    told = sample(name, locale)
    assert block_kit.problems(slack(told)) == []
    assert block_kit.problems(slack_bot(told, "C0123", None)) == []
    assert teams_service.problems(teams(told)) == []


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("parts", [15, 25, 40, 70])
def test_a_long_digest_keeps_within_every_limit(parts: int, locale: str) -> None:
    told = digest(locale, parts=parts)
    assert block_kit.problems(slack(told)) == []
    assert teams_service.problems(teams(told)) == []


@pytest.mark.parametrize(
    "write",
    [text_part, html_part, *(CHANNELS[name][1] for name in ("slack", "teams", "apprise"))],
    ids=["mail", "html", "slack", "teams", "apprise"],
)
@pytest.mark.parametrize("parts", [3, 25, 55])
def test_each_channel_says_once_how_many_alerts_it_does_not_show(
    write: Callable[[Message], str], parts: int
) -> None:
    written = write(digest("en", parts=parts))
    shown = written.count("Usually buys")
    said = [int(left) for left in re.findall("([0-9]+) more are on your list", written)]
    assert shown + sum(said) == parts
    assert len(said) <= 1
