"""Slack by webhook and by bot: what is posted, and what is made of what Slack answers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from services.notifier.channel import Channel, Remedy, SendFailed
from services.notifier.channels.slack import channel as slack
from services.notifier.channels.slack.render import escaped, render
from services.notifier.channels.slack_bot import channel as slack_bot
from services.notifier.registry import pace_of, read_channel
from services.notifier.routing import Send
from shared.ops.clock import SystemClock
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage.addressing import Card
from shared.storage.rep_channels import Way
from tests.notifier.block_kit import problems
from tests.notifier.builders import EVIDENCE, link_to, message
from tests.notifier.http_server import Endless, HttpServer, Reply, as_json
from tests.notifier.slack_service import CHANNEL, HOOK, TOKEN, SlackService


@pytest.fixture
def service() -> SlackService:
    return SlackService()


@pytest.fixture
def server(service: SlackService) -> Iterator[HttpServer]:
    with HttpServer(script=service) as server:
        yield server


def to(way: Way) -> Send:
    return Send(way, role="rep", locale="en", person="r1")


def hook(settings: Settings, server: HttpServer, path: str = HOOK) -> tuple[Channel, Send]:
    allowing = settings.model_copy(update={"allowed_hosts": "127.0.0.1", "outgoing_seconds": 2.0})
    way = read_channel(f"slack+{server.url}{path}")
    assert way.channel == "slack"
    return slack.build(allowing, SystemClock()), to(way)


def bot(
    settings: Settings, server: HttpServer, address: str = CHANNEL, token: str = TOKEN
) -> tuple[Channel, Send]:
    changes = {"slack_api_url": f"{server.url}/api", "slack_bot_token": SecretStr(token)}
    way = read_channel(f"slack-bot:{address}")
    assert way.channel == "slack-bot"
    return slack_bot.build(settings.model_copy(update=changes), SystemClock()), to(way)


def failure(pair: tuple[Channel, Send], thread: str | None = None) -> SendFailed:
    channel, recipient = pair
    with pytest.raises(SendFailed) as caught:
        channel.write(message(), recipient, thread)()
    return caught.value


def test_a_webhook_posts_what_slack_accepts(
    settings: Settings, server: HttpServer, service: SlackService
) -> None:
    channel, recipient = hook(settings, server)
    receipt = channel.write(message(link_to=link_to), recipient, None)()
    assert receipt.answer == "200 ok"
    assert receipt.id == "a_mfrggzdfmztwq2lkobqx.1.rep"
    assert "XyZsecret" not in str(receipt)
    (posted,) = service.posted
    assert posted["text"] == "Panadería Sol may be leaving: 18,600 EUR a year at risk"
    (buttons,) = [block["elements"] for block in posted["blocks"] if block["type"] == "actions"]
    assert buttons[0]["url"] == link_to("acknowledge")


def test_later_messages_of_a_bot_go_into_the_alerts_thread(
    settings: Settings, server: HttpServer, service: SlackService
) -> None:
    channel, recipient = bot(settings, server)
    first = channel.write(message(), recipient, None)()
    second = channel.write(message("recovered", number=2), recipient, first.id)()
    assert first.id == f"{CHANNEL}/1503435956.000000"
    assert second.id == f"{CHANNEL}/1503435956.000001"
    assert [one.get("thread_ts") for one in service.posted] == [None, "1503435956.000000"]


def test_a_person_is_written_to_directly_and_the_thread_goes_on_there(
    settings: Settings, server: HttpServer, service: SlackService
) -> None:
    channel, recipient = bot(settings, server, "U0123456789")
    first = channel.write(message(), recipient, None)()
    channel.write(message(number=2), recipient, first.id)()
    assert [one["channel"] for one in service.posted] == ["D0123456789"] * 2


def test_a_thread_that_was_deleted_begins_anew(
    settings: Settings, server: HttpServer, service: SlackService
) -> None:
    channel, recipient = bot(settings, server)
    channel.write(message(), recipient, f"{CHANNEL}/1400000000.000000")()
    assert [one.get("thread_ts") for one in service.posted] == [None]


@pytest.mark.parametrize(
    ("reply", "remedy", "reason"),
    [
        (Reply(400, b"invalid_payload"), Remedy.ABANDON, "Slack answered 400 invalid_payload"),
        (Reply(403, b"action_prohibited"), Remedy.SUPPRESS, "Slack answered 403 action_prohibited"),
        (Reply(403, b"invalid_token"), Remedy.SUPPRESS, "Slack answered 403 invalid_token"),
        (Reply(404, b"no_service"), Remedy.SUPPRESS, "Slack answered 404 no_service"),
        (Reply(404, b"<html>oh</html>"), Remedy.SUPPRESS, "Slack answered 404"),
        (Reply(410, b"channel_is_archived"), Remedy.SUPPRESS, "Slack answered 410 channel_is_ar"),
        (Reply(500, b"rollup_error"), Remedy.RETRY, "answered 500 rollup_error"),
        (Reply(302, b"", (("Location", "/"),)), Remedy.ABANDON, "Slack answered 302"),
        (Reply(cut=True), Remedy.RETRY, "no proper answer"),
        (Endless(b"X: " + b"x" * 5000 + b"\r\n", in_head=True), Remedy.RETRY, "too long"),
    ],
)
def test_what_a_webhook_answers(
    settings: Settings, reply: Reply, remedy: Remedy, reason: str
) -> None:
    with HttpServer([reply]) as server:
        failed = failure(hook(settings, server))
    assert failed.remedy is remedy
    assert reason in str(failed)


@pytest.mark.parametrize(
    ("told", "wanted"), [((("Retry-After", "17"),), 17), ((), 30), ((("Retry-After", "x"),), 30)]
)
def test_too_many_messages_are_waited_for_as_long_as_slack_says(
    settings: Settings, told: tuple[tuple[str, str], ...], wanted: int
) -> None:
    limited = Reply(429, b"rate_limited", told)
    with HttpServer(
        [limited, as_json(429, {"ok": False, "error": "ratelimited"}, *told)]
    ) as server:
        for pair in (hook(settings, server), bot(settings, server)):
            failed = failure(pair)
            assert (failed.remedy, failed.leave_alone) == (Remedy.RETRY, timedelta(seconds=wanted))


def test_a_webhook_that_was_removed_is_told_by_slack_itself(
    settings: Settings, server: HttpServer
) -> None:
    failed = failure(hook(settings, server, "/services/T0001/B0001/other"))
    assert (failed.remedy, str(failed)) == (Remedy.SUPPRESS, "Slack answered 404 no_service")


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("token_revoked", Remedy.PAUSE),
        ("account_inactive", Remedy.PAUSE),
        ("missing_scope", Remedy.PAUSE),
        ("channel_not_found", Remedy.SUPPRESS),
        ("not_in_channel", Remedy.SUPPRESS),
        ("is_archived", Remedy.SUPPRESS),
        ("internal_error", Remedy.RETRY),
        ("ratelimited", Remedy.RETRY),
        ("invalid_blocks", Remedy.ABANDON),
        ("msg_too_long", Remedy.ABANDON),
        ("something new", Remedy.RETRY),
    ],
)
def test_what_the_web_api_answers(settings: Settings, word: str, remedy: Remedy) -> None:
    with HttpServer([as_json(200, {"ok": False, "error": word})]) as server:
        failed = failure(bot(settings, server))
    assert failed.remedy is remedy
    assert str(failed) == f"Slack answered 200 {word if ' ' not in word else ''}".rstrip()


@pytest.mark.parametrize("reply", [Reply(200, b"<html>"), Reply(200, b"[]"), Reply(502, b"")])
def test_an_answer_that_is_none_is_tried_again(settings: Settings, reply: Reply) -> None:
    with HttpServer([reply]) as server:
        assert failure(bot(settings, server)).remedy is Remedy.RETRY


@pytest.mark.parametrize(
    ("token", "reason"),
    [("xoxb-stolen", "Slack answered 200 invalid_auth"), ("", "VIGIA_SLACK_BOT_TOKEN is not set")],
)
def test_a_token_that_is_no_good_is_the_operators_to_put_right(
    settings: Settings, server: HttpServer, token: str, reason: str
) -> None:
    pair = bot(settings, server, token=token)
    failed = failure(pair)
    assert (failed.remedy, str(failed)) == (Remedy.PAUSE, reason)
    with pytest.raises(SendFailed):
        pair[0].probe()
    bot(settings, server)[0].probe()


def test_a_channel_that_is_not_there(settings: Settings, server: HttpServer) -> None:
    failed = failure(bot(settings, server, "C9999999999"))
    assert (failed.remedy, str(failed)) == (Remedy.SUPPRESS, "Slack answered 200 channel_not_found")


def test_a_webhook_of_slack_is_known_by_its_host() -> None:
    way = read_channel("https://hooks.slack.com/services/T1/B1/secret")
    assert (way.channel, way.address) == ("slack", "https://hooks.slack.com/services/T1/B1/secret")
    assert "secret" not in way.recipient
    assert "secret" not in repr(way)
    assert pace_of(way) == way.recipient
    assert pace_of(read_channel("slack-bot:C0123456789")) == "slack-bot:C0123456789"


@pytest.mark.parametrize(
    "url", ["slack-bot:#general", "slack-bot:", "slack+ftp://x/", "slack+https:"]
)
def test_what_is_no_address_of_slack_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        read_channel(url)


EVIL = "<!channel> <@U1> & <https://evil.example|*click*>"


def test_nothing_that_a_customer_is_called_notifies_or_links() -> None:
    told = message(card=Card("C-1", EVIL, EVIL, EVIL), evidence=[{**EVIDENCE[1], "topic": EVIL}])
    written = str(render(told))
    for mark in ("<!", "<@", "<http"):
        assert mark not in written
    assert "&lt;!channel&gt;" in written
    assert written.count("<") == written.count("<tel:") == 1


def test_escaping_never_ends_inside_of_an_entity() -> None:
    for longest in range(1, 40):
        text = escaped("<&>" * 20, longest)
        assert len(text) <= longest
        assert text.removesuffix("…").count("&") == text.count(";")
    assert escaped("a & b", 9) == "a &amp; b"


@pytest.mark.parametrize("filler", ["&" * 500, "ñ" * 500, "x y" * 300, "", "<!here>" * 90])
def test_the_largest_message_keeps_slacks_limits(filler: str) -> None:
    evidence: list[dict[str, Any]] = [{**EVIDENCE[1], "topic": f"{filler}{n}"} for n in range(80)]
    told = message(
        card=Card("C" * 128, filler, filler, filler),
        evidence=[*EVIDENCE, *evidence],
        sentence=filler,
        rep=filler,
        to=Send(Way("slack", "x", "x"), role="manager", instead_of=filler),
        link_to=lambda purpose: "https://vigia.example/" + purpose * 250,
    )
    assert problems(render(told)) == []
