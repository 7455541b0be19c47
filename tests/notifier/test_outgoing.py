"""Posting to addresses that people gave: nowhere inside, not for long, and little is read."""

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.outgoing import Answer, Outgoing, Unanswered, checked_url
from services.notifier.outgoing.addresses import is_public
from services.notifier.outgoing.wire import LARGEST
from shared.ops.clock import SystemClock
from shared.ops.errors import InputError
from tests.notifier.http_server import Endless, HttpServer, Reply, bomb

INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "2002:808:808::1", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_not(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_becomes_public_by_being_dressed_up(address: object) -> None:
    for form in ("::ffff:{}", "::{}", "64:ff9b::{}"):
        assert not is_public(form.format(address))


def outgoing(
    *allowed: str,
    seconds: float = 5,
    to: tuple[str, ...] = ("127.0.0.1",),
    tls: ssl.SSLContext | None = None,
) -> Outgoing:
    def resolve(host: str, port: int) -> list[str]:
        return list(to)

    return Outgoing(SystemClock(), allowed=allowed, seconds=seconds, resolve=resolve, tls=tls)


def post(server: HttpServer, seconds: float = 5) -> Answer:
    url = urlsplit(f"http://hooks.example:{server.port}/path?key=1")
    return outgoing("hooks.example", seconds=seconds).post(url, b"{}", {"content-type": "a/b"})


def why(outgoing: Outgoing, url: str) -> str:
    with pytest.raises(Unanswered) as caught:
        outgoing.post(urlsplit(url), b"{}", {})
    return str(caught.value)


def test_a_post_arrives_whole_with_the_hosts_name() -> None:
    with HttpServer() as server:
        answer = post(server)
    (asked,) = server.asked
    assert (answer.status, answer.body) == (200, b"ok")
    assert (asked.method, asked.path, asked.body) == ("POST", "/path?key=1", b"{}")
    assert asked.headers["host"] == f"hooks.example:{server.port}"
    assert asked.headers["content-type"] == "a/b"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"])
def test_nothing_inside_is_connected_to(host: str) -> None:
    with HttpServer() as server:
        reason = why(Outgoing(SystemClock(), seconds=5), f"https://{host}:{server.port}/")
    assert server.connections == 0
    assert "VIGIA_ALLOWED_HOSTS" in reason


def test_a_name_that_leads_inside_by_one_of_its_addresses_is_refused() -> None:
    with HttpServer() as server:
        reason = why(outgoing(to=("8.8.8.8", "127.0.0.1")), f"https://evil.example:{server.port}/")
    assert server.connections == 0
    assert "not in the public internet" in reason


def test_a_name_that_changes_its_mind_is_asked_once() -> None:
    """What was looked at is what is connected to, whatever the name means a moment later."""
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.113.1"] if len(asked) == 1 else ["127.0.0.1"]

    with HttpServer() as server:
        turning = Outgoing(SystemClock(), seconds=5, resolve=resolve)
        assert "public internet" in why(turning, f"https://evil.example:{server.port}/")
    assert (asked, server.connections) == (["evil.example"], 0)


def test_without_tls_only_an_allowed_host_is_asked() -> None:
    assert "VIGIA_ALLOWED_HOSTS" in why(outgoing(), "http://hooks.example/")


def test_an_allowed_host_is_reached_by_the_first_address_that_answers() -> None:
    with HttpServer() as server:
        reaching = outgoing("crm.local", to=("127.0.0.2", "127.0.0.1"))
        answer = reaching.post(urlsplit(f"http://crm.local:{server.port}/"), b"", {})
    assert answer.ok


def test_redirects_are_told_and_not_followed() -> None:
    with HttpServer([Reply(302, b"", (("Location", "/elsewhere"),))]) as server:
        assert post(server).status == 302
    assert len(server.asked) == 1


def test_a_body_without_end_is_cut_and_the_status_counts() -> None:
    with HttpServer([Endless(b"x" * 8192)]) as server:
        answer = post(server)
    assert answer.ok
    assert LARGEST - 200 < len(answer.body) < LARGEST


def test_a_body_that_drips_ends_with_the_time() -> None:
    with HttpServer([Endless(b"x", every=0.05)]) as server:
        begun = time.monotonic()
        answer = post(server, seconds=0.3)
    assert answer.ok
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("piece", [b"X-Drip: 1\r\n", b"x"])
def test_a_head_that_drips_ends_with_the_time(piece: bytes) -> None:
    with HttpServer([Endless(piece, every=0.05, in_head=True)]) as server:
        begun = time.monotonic()
        with pytest.raises(Unanswered, match=r"no answer within 0\.3 s"):
            post(server, seconds=0.3)
    assert time.monotonic() - begun < 2


def test_a_head_without_end_is_no_answer() -> None:
    with (
        HttpServer([Endless(b"X: " + b"x" * 4000 + b"\r\n", in_head=True)]) as server,
        pytest.raises(Unanswered, match="too long"),
    ):
        post(server)


def test_a_compressed_bomb_is_not_inflated() -> None:
    with HttpServer([bomb(50_000_000)]) as server:
        answer = post(server)
    assert answer.ok
    assert len(answer.body) <= LARGEST
    assert answer.json() == {}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(stall=3), r"no answer within 0\.3 s"),
        (Reply(cut=True), "no proper answer"),
    ],
)
def test_a_server_that_does_not_answer(reply: Reply, reason: str) -> None:
    with HttpServer([reply]) as server, pytest.raises(Unanswered, match=reason):
        post(server, seconds=0.3)


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://hooks.example:{taken.getsockname()[1]}/"
        assert why(outgoing("hooks.example"), url) == "no connection"


def test_a_resolver_that_does_not_answer_is_not_waited_for() -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(2)
        return ["8.8.8.8"]

    begun = time.monotonic()
    slow = Outgoing(SystemClock(), seconds=0.2, resolve=resolve)
    assert why(slow, "https://hooks.example/") == "no answer within 0.2 s"
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    ("told", "wanted"),
    [("7", 7), ("0", 0), ("999999999", 3600), ("soon", 30), ("-5", 30), ("", 30), ("٣", 30)],
)
def test_how_long_a_provider_wants_to_be_left_alone(told: str, wanted: int) -> None:
    assert Answer(429, {"retry-after": told}, b"").leave_alone == timedelta(seconds=wanted)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b"[" * 100_000, b'"a"'])
def test_a_body_that_is_no_object_is_an_empty_one(body: bytes) -> None:
    assert Answer(200, {}, body).json() == {}


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example/path", "ftp://hooks.example/", "https://", "https:///path",
        "https://user:pw@hooks.example/", "https://hooks.example:0/", "https://hooks.example:x/",
        "https://hooks.example:99999/", "https://hooks.example/a b", "https://hooks.example/\r\nX:1",
        "https://höoks.example/", "https://hooks.example\\@evil.example/", "https://[::1",
        "https://hooks_.example/", "https://.example/", f"https://hooks.example/{'x' * 3000}",
    ],
)  # fmt: skip
def test_an_url_with_something_hidden_in_it_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InputError) as caught:
        checked_url(url, "a webhook")
    assert len(url) < 9 or url not in str(caught.value)


@given(st.text(max_size=60))
def test_whatever_is_given_as_an_url_is_refused_or_plain(text: str) -> None:
    for url in (text, f"https://{text}", f"https://hooks.example/{text}"):
        try:
            parts = checked_url(url, "a webhook")
        except InputError:
            continue
        assert parts.hostname
        assert parts.username is None
        assert parts.geturl().isascii()
        assert parts.geturl().isprintable()


def make_certificate(folder: Path, name: str) -> Path:
    """A certificate of its own making for `name`, with its key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = timedelta(days=1)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, plain))
    return path


def test_over_tls_the_name_is_asked_for_and_verified_though_the_address_is_connected_to(
    tmp_path: Path,
) -> None:
    path = make_certificate(tmp_path, "hooks.example")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    names: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(path))
    with HttpServer(tls=serving) as server:
        url = f"https://hooks.example:{server.port}/"
        assert outgoing("hooks.example", tls=trusting).post(urlsplit(url), b"", {}).ok
        other = f"https://other.example:{server.port}/"
        reason = why(outgoing("other.example", tls=trusting), other)
        distrusted = why(outgoing("hooks.example"), url)
    assert names[0] == "hooks.example"
    assert reason == distrusted == "the certificate cannot be verified"
    assert len(server.asked) == 1
