"""Microsoft Teams: cards that its schema allows, and what is made of what a workflow answers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.channel import Channel, Remedy, SendFailed
from services.notifier.channels.teams import channel as teams
from services.notifier.channels.teams.render import render
from services.notifier.registry import pace_of, read_channel
from services.notifier.routing import Send
from shared.ops.clock import SystemClock
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage.addressing import Card
from shared.storage.rep_channels import Way
from tests.notifier.builders import EVIDENCE, link_to, message
from tests.notifier.http_server import HttpServer, Reply, bomb
from tests.notifier.teams_service import ADDRESS, SIGNATURE, TeamsService, problems

AZURE = f"https://prod-07.westeurope.logic.azure.com:443{ADDRESS}"
PLATFORM = (
    "https://default0a1b.2c.environment.api.powerplatform.com:443/powerautomate/automations/direct"
    "/workflows/0a1b/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig=abc"
)


@pytest.fixture
def service() -> TeamsService:
    return TeamsService()


@pytest.fixture
def server(service: TeamsService) -> Iterator[HttpServer]:
    with HttpServer(script=service) as server:
        yield server


def workflow(settings: Settings, server: HttpServer, path: str = ADDRESS) -> tuple[Channel, Send]:
    allowing = settings.model_copy(update={"allowed_hosts": "127.0.0.1", "outgoing_seconds": 2.0})
    way = read_channel(f"teams+{server.url}{path}")
    return teams.build(allowing, SystemClock()), Send(way, role="rep", locale="es", person="r1")


def failure(pair: tuple[Channel, Send]) -> SendFailed:
    channel, recipient = pair
    with pytest.raises(SendFailed) as caught:
        channel.write(message(), recipient, None)()
    return caught.value


def test_a_card_arrives(settings: Settings, server: HttpServer, service: TeamsService) -> None:
    channel, recipient = workflow(settings, server)
    receipt = channel.write(message(link_to=link_to), recipient, None)()
    assert (receipt.id, receipt.answer) == ("a_mfrggzdfmztwq2lkobqx.1.rep", "202")
    (card,) = service.posted
    assert (card["version"], card["lang"]) == ("1.4", "en")
    assert card["actions"][0] == {
        "type": "Action.OpenUrl",
        "title": "I'll take care of it",
        "url": link_to("acknowledge"),
    }


@pytest.mark.parametrize(
    ("path", "remedy", "reason"),
    [
        (
            ADDRESS.replace(SIGNATURE, "other"),
            Remedy.SUPPRESS,
            "401 DirectApiAuthorizationRequired",
        ),
        (ADDRESS.replace("0a1b2c", "gone"), Remedy.SUPPRESS, "404 WorkflowNotFound"),
    ],
)
def test_an_address_that_is_no_good_is_told_by_teams_itself(
    settings: Settings, server: HttpServer, path: str, remedy: Remedy, reason: str
) -> None:
    failed = failure(workflow(settings, server, path))
    assert (failed.remedy, str(failed)) == (remedy, f"Teams answered {reason}")


@pytest.mark.parametrize(
    ("reply", "remedy", "reason"),
    [
        (Reply(400, b"{}"), Remedy.ABANDON, "Teams answered 400"),
        (Reply(413, b""), Remedy.ABANDON, "Teams answered 413"),
        (Reply(302, b"", (("Location", "/x"),)), Remedy.ABANDON, "Teams answered 302"),
        (Reply(502, b"<html>"), Remedy.RETRY, "answered 502"),
        (Reply(stall=5), Remedy.RETRY, "no answer within 2 s"),
        (Reply(cut=True), Remedy.RETRY, "no proper answer"),
    ],
)
def test_what_a_workflow_answers(
    settings: Settings, reply: Reply, remedy: Remedy, reason: str
) -> None:
    with HttpServer([reply]) as server:
        failed = failure(workflow(settings, server))
    assert (failed.remedy, str(failed)) == (remedy, reason)


def test_too_many_cards_are_waited_for_as_long_as_teams_says(settings: Settings) -> None:
    with HttpServer([Reply(429, b"", (("Retry-After", "40"),))]) as server:
        failed = failure(workflow(settings, server))
    assert (failed.remedy, failed.leave_alone) == (Remedy.RETRY, timedelta(seconds=40))


def test_an_answer_that_is_a_bomb_is_still_a_yes(settings: Settings) -> None:
    with HttpServer([bomb(10_000_000)]) as server:
        channel, recipient = workflow(settings, server)
        assert channel.write(message(), recipient, None)().answer == "200"


@pytest.mark.parametrize("url", [AZURE, PLATFORM])
def test_a_workflow_is_known_by_its_host(url: str) -> None:
    way = read_channel(url)
    assert (way.channel, way.address) == ("teams", url)
    assert "sig" not in way.recipient
    assert pace_of(way) == way.recipient


@pytest.mark.parametrize(
    "url",
    [
        "https://company.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4",
        "https://outlook.office.com/webhook/1@2/IncomingWebhook/3/4",
        "teams+https://outlook.office365.com/webhook/1",
        "https://WEBHOOK.office.com/x",
    ],
)
def test_an_old_connector_is_refused_with_an_explanation(url: str) -> None:
    with pytest.raises(InputError, match="retired; make a workflow") as caught:
        read_channel(url)
    assert "webhook/1" not in str(caught.value)


def test_a_host_that_only_looks_like_teams_is_no_channel() -> None:
    for url in ("https://evil-logic.azure.com.example/x", "https://logic.azure.com/x"):
        with pytest.raises(InputError, match="no channel"):
            read_channel(url)


EVIL = "[click](https://evil.example) **bold** <at>all</at> {{DATE(2020-01-01)}}"


def test_what_a_customer_is_called_is_text_that_knows_no_markdown() -> None:
    told = message(card=Card("C-1", EVIL, EVIL, EVIL), evidence=[{**EVIDENCE[1], "topic": EVIL}])
    (attachment,) = render(told)["attachments"]
    kinds = {block["type"] for block in _blocks(attachment["content"]["body"])}
    assert kinds == {"RichTextBlock", "Container"}


def _blocks(body: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in body:
        yield block
        yield from _blocks(block.get("items", []))


@pytest.mark.parametrize("filler", ["&" * 500, "ñ" * 500, "x y" * 300, "", "\ud800\x00\u202e"])
def test_the_largest_message_is_a_card_that_teams_shows(filler: str) -> None:
    told = message(
        card=Card("C" * 128, filler, filler, filler),
        evidence=[*EVIDENCE, *({**EVIDENCE[1], "topic": f"{filler}{n}"} for n in range(60))],
        rep=filler,
        to=Send(Way("teams", "x", "x"), role="manager", instead_of=filler),
        link_to=lambda purpose: "https://vigia.example/" + "x" * 1000,
    )
    assert problems(render(told)) == []


def test_the_schema_would_find_a_wrong_card() -> None:
    for change in ({"type": "Action.Fly"}, {"url": None}, {"colour": "red"}):
        envelope = render(message(link_to=link_to))
        envelope["attachments"][0]["content"]["actions"][0].update(change)
        assert problems(envelope) != []
