"""What browsers are told, what is refused at the door, and what is never logged."""

import socket
import threading
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.cli.running import HttpServer
from services.desk import link, showing
from services.desk.guard import BODY_BYTES, PLACES
from services.desk.service import Front, create_desk
from services.ingest.service import create_app
from shared.eventlog.table import TableLog
from tests.desk.company import NAME, Office, field
from tests.detector.town import CALENDAR
from tests.eventlog.builders import until
from tests.ports import free_port

PAGES = (
    *("/desk/", "/desk/login", "/desk/login/sent", "/desk/login/x", "/desk/alerts/none"),
    "/desk/no",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_a_browser_may_do(office: Office, path: str) -> None:
    with office.client("ana") as browser:
        headers = browser.get(path).headers
    parts = headers["content-security-policy"].split(";")
    policy = dict(part.strip().split(" ", 1) for part in parts)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


def test_pages_hold_no_inline_script_or_style(office: Office) -> None:
    with office.client("ana") as browser:
        for path in (*PAGES, f"/desk/alerts/{office.alert.id}"):
            text = browser.get(path).text
            assert "<style" not in text
            assert " style=" not in text
            assert " onclick" not in text
            assert text.count("<script") == text.count("<script src=")
            assert "http://" not in text.replace('xmlns="http://', "")
            assert "https://" not in text


def test_files_are_kept_by_browsers_and_never_change(office: Office) -> None:
    with office.client() as browser:
        page = browser.get("/desk/login").text
        for name in ("desk.css", "pico-2.1.1.min.css", "htmx-2.0.11.min.js"):
            (address,) = {part for part in page.split('"') if name in part}
            answer = browser.get(address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
            assert "?v=" in address


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
def test_forms_of_other_sites_are_refused(office: Office, origin: str) -> None:
    """Whatever they prove: a page of another site can make a browser post with its cookies."""
    with office.client("ana", **{"sec-fetch-site": origin}) as browser:
        page = browser.get(f"/desk/alerts/{office.alert.id}")  # a link in a web mail is one, too
        assert page.status_code == 200
        data = {"proof": field(page.text, "proof"), "note": "x"}
        answer = browser.post(f"/desk/alerts/{office.alert.id}/note", data=data)
        assert answer.status_code == 403
        assert browser.post(office.link("call"), data={}).status_code == 403
    assert office.acts() == []


def test_large_bodies_and_other_kinds_are_refused(office: Office) -> None:
    with office.client() as browser:
        big = b"note=" + b"x" * BODY_BYTES
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert browser.post(office.link("note"), content=big, headers=form).status_code == 413
        json = {"content-type": "application/json"}
        assert browser.post(office.link("note"), content=b"{}", headers=json).status_code == 415
        many = "&".join(f"f{n}=1" for n in range(50)).encode()
        assert browser.post(office.link("note"), content=many, headers=form).status_code == 400
        odd = "note=ñ".encode()
        assert browser.post(office.link("note"), content=odd, headers=form).status_code == 400
    assert office.acts() == []


def test_the_longest_note_fits(office: Office) -> None:
    with office.client() as browser:
        answer = browser.post(office.link("note"), data={"note": "🙂" * 1000})
        assert answer.status_code == 303
    assert office.history()[-1].body["note"] == "🙂" * 1000


def test_slow_bodies_hold_no_place(office: Office) -> None:
    host, port = office.address.removeprefix("http://").split(":")
    path = office.link("note").removeprefix(office.address)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nn"
    slow = [socket.create_connection((host, int(port))) for _ in range(PLACES + 5)]
    try:
        for one in slow:
            one.sendall(head.encode())
        time.sleep(0.3)
        with office.client() as browser:
            assert browser.get("/desk/login").status_code == 200
    finally:
        for one in slow:
            one.close()


def test_a_full_desk_says_so_and_leaves_room_for_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, go_on = threading.Semaphore(0), threading.Event()

    def wait(*_: object, **__: object) -> None:
        stuck.release()
        go_on.wait(20)

    monkeypatch.setattr(link, "alert_page", wait)
    url = office.link()
    callers = [threading.Thread(target=lambda: httpx.get(url, timeout=30)) for _ in range(PLACES)]
    for caller in callers:
        caller.start()
    try:
        for _ in callers:
            assert stuck.acquire(timeout=20)
        answer = httpx.get(url)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    finally:
        go_on.set()
        for caller in callers:
            caller.join()


def test_a_failure_shows_no_trace_and_logs_no_token(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"the name is {NAME}")

    monkeypatch.setattr(showing, "_words", fail)
    url = office.link()
    answer = httpx.get(url)
    assert answer.status_code == 500
    assert NAME not in answer.text
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert url.rpartition("/")[2] not in logged
    assert NAME not in logged
    # Counted when the answer has left, so a moment later than it is read here.
    until(lambda: office.counted("vigia_desk_requests_total", page="link", status="5xx") == 1)


def test_the_desk_and_the_api_share_a_port(office: Office) -> None:
    """The API answers its own paths as without the desk."""
    log = TableLog(office.database, office.clock, office.wakeup, owner="test")
    common: dict[str, Any] = {
        "settings": office.settings,
        "database": office.database,
        "clock": office.clock,
    }
    registry = CollectorRegistry()
    api: FastAPI = create_app(**common, log=log, registry=registry)
    desk = create_desk(
        **common,
        calendar=CALENDAR,
        wakeup=office.wakeup,
        registry=registry,
    )
    server = HttpServer(Front(desk, api), host="127.0.0.1", port=free_port())
    server.start()
    try:
        with httpx.Client(base_url=server.address) as client:
            assert client.get("/healthz").json() == {"status": "alive"}
            assert client.get("/readyz").status_code == 200
            assert client.get("/v1/alerts").status_code == 401
            assert client.get("/desks").headers["content-type"] == "application/problem+json"
            assert "<html" in client.get("/desk/login").text
            assert "vigia_desk_requests_total" in client.get("/metrics").text
    finally:
        server.end()
        server.join(5)
        log.close()
