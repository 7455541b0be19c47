"""Apprise: any of its services, one message at a time, and never for long."""

import builtins
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from services.notifier.channel import Channel, Remedy, SendFailed
from services.notifier.channels.apprise.channel import AnyService, build
from services.notifier.channels.apprise.render import render
from services.notifier.channels.apprise.transport import Pool, check_host, load
from services.notifier.registry import pace_of, read_channel
from services.notifier.routing import Send
from shared.ops.clock import SystemClock
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from tests.notifier.builders import link_to, message
from tests.notifier.http_server import HttpServer, Reply


def service(settings: Settings, server: HttpServer, query: str = "") -> tuple[Channel, Send]:
    """A service that takes JSON, as self-hosted ones do."""
    allowing = settings.model_copy(update={"allowed_hosts": "127.0.0.1"})
    way = read_channel(f"apprise:json://127.0.0.1:{server.port}/alerts{query}")
    assert way.channel == "apprise"
    return build(allowing, SystemClock()), Send(way, role="rep", person="r1")


def failure(pair: tuple[Channel, Send]) -> SendFailed:
    channel, recipient = pair
    with pytest.raises(SendFailed) as caught:
        channel.write(message(), recipient, None)()
    return caught.value


def test_a_message_arrives_as_title_and_text(settings: Settings) -> None:
    with HttpServer() as server:
        channel, recipient = service(settings, server)
        receipt = channel.write(message(link_to=link_to), recipient, None)()
    (asked,) = server.asked
    assert asked.path == "/alerts"
    assert asked.json["title"] == "Panadería Sol may be leaving: 18,600 EUR a year at risk"
    assert f"I'll take care of it: {link_to('acknowledge')}" in asked.json["message"]
    assert (receipt.id, receipt.answer) == ("a_mfrggzdfmztwq2lkobqx.1.rep", "taken")


def test_what_to_do_and_where_to_tap_comes_before_the_rest() -> None:
    _, body = render(message(link_to=link_to))
    places = [body.index(part) for part in ("Usually", "What to do", "+34", "token-to", "Rank")]
    assert places == sorted(places)
    assert "\n\n\n" not in body


@pytest.mark.parametrize("reply", [Reply(500, b""), Reply(404, b""), Reply(cut=True)])
def test_a_no_is_tried_again_later_and_not_by_apprise(settings: Settings, reply: Reply) -> None:
    with HttpServer([reply]) as server:
        failed = failure(service(settings, server, "?retry=5&wait=0"))
    assert (failed.remedy, str(failed)) == (Remedy.RETRY, "the service did not take it")
    assert len(server.asked) == 1


def test_redirects_are_not_followed(settings: Settings) -> None:
    with HttpServer([Reply(302, b"", (("Location", "/elsewhere"),))]) as server:
        failure(service(settings, server, "?redirect=yes"))
    assert [asked.path for asked in server.asked] == ["/alerts"]


def test_a_host_inside_needs_the_operators_leave(settings: Settings) -> None:
    with HttpServer() as server:
        _, recipient = service(settings, server)
        failed = failure((build(settings, SystemClock()), recipient))
    assert failed.remedy is Remedy.ABANDON
    assert "VIGIA_ALLOWED_HOSTS" in str(failed)
    assert server.asked == []


def test_a_name_that_leads_inside_is_refused_and_one_that_leads_nowhere_waited_for() -> None:
    found = load("json://hooks.example/alerts")
    assert found is not None
    with pytest.raises(SendFailed) as inside:
        check_host(found, (), lambda host, port: ["8.8.8.8", "10.0.0.1"])
    check_host(found, (), lambda host, port: ["8.8.8.8"])
    check_host(found, ("hooks.example",), lambda host, port: ["10.0.0.1"])

    def nowhere(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(SendFailed) as unknown:
        check_host(found, (), nowhere)
    assert (inside.value.remedy, unknown.value.remedy) == (Remedy.ABANDON, Remedy.RETRY)


MAIL = load("mailto://u:p@company.example?smtp=relay.example&to=a@b.example")
XMPP = SimpleNamespace(host="company.example", xmpp_host="relay.example")  # needs one more package


@pytest.mark.parametrize("found", [MAIL, XMPP], ids=["mail", "xmpp"])
def test_the_host_that_is_connected_to_is_the_one_that_must_not_lie_inside(found: Any) -> None:
    """It may differ from the one in the addresses, which need not even lead anywhere."""
    with pytest.raises(SendFailed) as inside:
        check_host(found, (), lambda host, port: [{"relay.example": "10.0.0.1"}[host]])
    assert inside.value.remedy is Remedy.ABANDON
    check_host(found, (), lambda host, port: [{"relay.example": "8.8.8.8"}[host]])
    check_host(found, ("relay.example",), lambda host, port: [])
    with pytest.raises(SendFailed):
        check_host(found, ("company.example",), lambda host, port: ["10.0.0.1"])


def test_a_service_that_does_not_answer_is_not_waited_for(settings: Settings) -> None:
    with HttpServer([Reply(stall=3)]) as server:
        _, recipient = service(settings, server)
        begun = time.monotonic()
        failed = failure((AnyService({"127.0.0.1"}, 1, seconds=0.3), recipient))
    assert (failed.remedy, str(failed)) == (Remedy.RETRY, "no answer within 0.3 s")
    assert time.monotonic() - begun < 2


def test_those_that_hang_take_their_places_and_no_more() -> None:
    pool, go_on = Pool(workers=2), threading.Event()

    def hang() -> bool:
        return go_on.wait(5)

    for _ in range(2):
        with pytest.raises(SendFailed, match="no answer"):
            pool.run(hang, 0.05)
    threads = threading.active_count()
    with pytest.raises(SendFailed, match="all places are taken"):
        pool.run(hang, 0.05)
    assert threading.active_count() == threads
    go_on.set()
    assert pool.run(lambda: True, 2)


def test_a_plugin_that_fails_is_tried_again_later() -> None:
    def broken() -> bool:
        raise AttributeError("'NoneType' object has no attribute 'text'")

    with pytest.raises(SendFailed) as caught:
        Pool().run(broken, 5)
    assert (caught.value.remedy, str(caught.value)) == (
        Remedy.RETRY,
        "Apprise failed: AttributeError",
    )


@pytest.mark.parametrize("url", ["apprise:", "apprise:nothing", "apprise:pigeon://x/y"])
def test_what_apprise_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="Apprise does not understand"):
        read_channel(url)


def test_the_address_is_not_shown() -> None:
    way = read_channel("apprise:tgram://123456789:abcdefg_hijklmnop/12315544/")
    assert "abcdefg" not in way.recipient + repr(way) + pace_of(way)


@pytest.fixture
def without_apprise(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def missing(name: str, *rest: Any, **named: Any) -> Any:
        if name == "apprise":
            raise ModuleNotFoundError
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)


def test_without_the_extra_a_person_is_told_what_to_install(
    settings: Settings, without_apprise: None
) -> None:
    with pytest.raises(InputError, match=r"pip install 'vigia\[apprise\]'"):
        read_channel("apprise:json://crm.example/")
    channel = build(settings, SystemClock())
    with pytest.raises(SendFailed, match=r"pip install 'vigia\[apprise\]'") as caught:
        channel.probe()
    assert caught.value.remedy is Remedy.PAUSE
