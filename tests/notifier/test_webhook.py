"""A webhook for the company's own CRM: signed as Standard Webhooks wants it, and understood."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.notifier.channel import Channel, Remedy, SendFailed
from services.notifier.channels.webhook import channel as webhook
from services.notifier.channels.webhook.render import identity, render
from services.notifier.channels.webhook.transport import secret_of, signed
from services.notifier.messages import Message
from services.notifier.registry import pace_of, read_channel
from services.notifier.routing import Send
from shared.contract.alert_event import read_alert_event
from shared.ops.clock import SystemClock
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage.addressing import Card
from tests.notifier.builders import CARD, link_to, message
from tests.notifier.http_server import Asked, HttpServer, Reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Crm:
    """A receiver that believes only what is signed, and drops what it has seen."""

    def __init__(self, secret: str = SECRET) -> None:
        self.taken: dict[str, Any] = {}
        self._webhook = Webhook(secret)

    def __call__(self, asked: Asked) -> Reply:
        try:
            event = self._webhook.verify(asked.body, asked.headers)
        except WebhookVerificationError:
            return Reply(401, b"who are you?")
        self.taken.setdefault(asked.headers["webhook-id"], event)
        return Reply(204, b"")


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def server(crm: Crm) -> Iterator[HttpServer]:
    with HttpServer(script=crm) as server:
        yield server


def hook(
    settings: Settings, server: HttpServer, path: str = "/hook?tenant=7"
) -> tuple[Channel, Send]:
    allowing = settings.model_copy(update={"allowed_hosts": "127.0.0.1", "outgoing_seconds": 2.0})
    way = read_channel(f"webhook+{server.url}{path}#{SECRET}")
    return webhook.build(allowing, SystemClock()), Send(way, role="rep", person="r1")


def send(pair: tuple[Channel, Send], told: Message) -> str:
    channel, recipient = pair
    return channel.write(told, recipient, None)().id


def failure(pair: tuple[Channel, Send]) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        send(pair, message())
    return caught.value


def test_the_published_vector() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the test of its libraries."""
    secret = secret_of(SECRET)
    assert secret is not None
    at = datetime.fromtimestamp(1614265330, UTC)
    assert signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_receiver_verifies_and_gets_the_alert_with_whom_to_call(
    settings: Settings, server: HttpServer, crm: Crm
) -> None:
    name = send(hook(settings, server), message(link_to=link_to))
    assert list(crm.taken) == [name]
    event = crm.taken[name]
    assert (event["type"], event["subject"]) == ("alert.opened", "C-1029")
    assert event["data"]["sentence"] == "Usually buys 3.1 times a week for 420 EUR."
    assert event["data"]["master"]["name"] == "Panadería Sol"
    assert event["data"]["master"]["phone"] == "+34 600 123 456"
    assert event["data"]["master"]["segment"] == "bakery"
    assert event["data"]["links"]["acknowledge"] == link_to("acknowledge")
    (asked,) = server.asked
    assert asked.path == "/hook?tenant=7"
    assert SECRET not in str(asked)


def test_the_body_is_the_alert_as_on_the_topic(
    settings: Settings, server: HttpServer, crm: Crm
) -> None:
    send(hook(settings, server), message("updated", number=2, reason="complaint"))
    event = read_alert_event(server.asked[0].body)
    assert (event.id, event.data.number, event.data.reason) == (
        "a_mfrggzdfmztwq2lkobqx/2",
        2,
        "complaint",
    )


def test_a_repeated_message_is_recognised(settings: Settings, server: HttpServer, crm: Crm) -> None:
    pair = hook(settings, server)
    assert send(pair, message()) == send(pair, message())
    send(pair, message(number=2))
    assert (len(server.asked), len(crm.taken)) == (3, 2)


def test_another_secret_is_refused_and_tried_again(settings: Settings) -> None:
    with HttpServer(script=Crm(OTHER)) as server:
        failed = failure(hook(settings, server))
    assert (failed.remedy, str(failed)) == (Remedy.RETRY, "the receiver answered 401")


@pytest.mark.parametrize(
    ("reply", "remedy", "reason"),
    [
        (Reply(410, b""), Remedy.SUPPRESS, "the receiver answered 410: it wants no more"),
        (
            Reply(301, b"", (("Location", "https://crm.example/new"),)),
            Remedy.RETRY,
            "the receiver answered 301; redirects are not followed",
        ),
        (Reply(400, b"no: +34 600 123 456"), Remedy.RETRY, "the receiver answered 400"),
        (Reply(500, b"boom"), Remedy.RETRY, "answered 500"),
        (Reply(stall=5), Remedy.RETRY, "no answer within 2 s"),
        (Reply(cut=True), Remedy.RETRY, "no proper answer"),
    ],
)
def test_what_a_receiver_answers(
    settings: Settings, reply: Reply, remedy: Remedy, reason: str
) -> None:
    with HttpServer([reply]) as server:
        failed = failure(hook(settings, server))
    assert (failed.remedy, str(failed)) == (remedy, reason)
    assert len(server.asked) == 1


def test_a_receiver_that_has_too_much_is_left_alone(settings: Settings) -> None:
    with HttpServer([Reply(429, b"", (("Retry-After", "90"),))]) as server:
        failed = failure(hook(settings, server))
    assert (failed.remedy, failed.leave_alone) == (Remedy.RETRY, timedelta(seconds=90))


@pytest.mark.parametrize("host", ["10.0.0.7", "127.0.0.1", "[::1]", "169.254.169.254"])
def test_a_receiver_inside_needs_the_operators_leave(settings: Settings, host: str) -> None:
    way = read_channel(f"webhook+https://{host}/hook#{SECRET}")
    pair = webhook.build(settings, SystemClock()), Send(way, role="rep")
    failed = failure(pair)
    assert failed.remedy is Remedy.ABANDON
    assert "VIGIA_ALLOWED_HOSTS" in str(failed)


@pytest.mark.parametrize("fragment", ["", "#", "#whsec_", "#whsec_c2hvcnQ=", "#whsec_%%", "#abc"])
def test_a_webhook_without_a_secret_is_refused(fragment: str) -> None:
    with pytest.raises(InputError, match="whsec_BASE64"):
        read_channel(f"webhook+https://crm.example/hook{fragment}")


def test_neither_address_nor_secret_is_shown() -> None:
    way = read_channel(f"webhook+https://crm.example/hook?key=k3y#{SECRET}")
    for shown in (way.recipient, repr(way), pace_of(way)):
        assert "k3y" not in shown
        assert "MfKQ" not in shown
    assert way.recipient != read_channel(f"webhook+https://crm.example/hook#{SECRET}").recipient


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_customer_is_called_the_body_is_json_and_the_headers_are_ours(
    name: str, phone: str
) -> None:
    told = message(card=Card(CARD.id, name, phone, name))
    body = render(told)
    master = json.loads(body)["data"]["master"]
    assert (master["name"], master["phone"]) == (name, phone)
    headers = signed(b"x" * 32, identity(told), datetime.now(UTC), body)
    assert all(value.isascii() and value.isprintable() for value in headers.values())
