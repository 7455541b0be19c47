"""Logging in: a link by mail, once, for 15 minutes, in the browser that asked for it."""

import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from services.desk.auth import Auth
from services.desk.desk import Desk
from services.desk.forms import Form, read_form
from services.desk.pages import page, spoken
from services.desk.trouble import Trouble
from shared.storage import logins, sessions, visible
from shared.storage.logins import Asked

LASTS = timedelta(minutes=15)
BROWSER_LASTS = timedelta(hours=12)
MOST_AN_ADDRESS = 3  # links within 15 minutes; more are not sent
MOST_A_CLIENT = 20  # questions within 15 minutes
_LONGEST_ADDRESS = 254


def login_routes(desk: Desk, auth: Auth) -> APIRouter:
    """/desk/login, /desk/login/sent, /desk/login/{token} and /desk/logout."""
    router = APIRouter()

    @router.get("/desk/login")
    def get_login(request: Request) -> Response:
        if auth.visitor(request) is not None:
            return RedirectResponse("/desk/", status_code=303)
        return _form(request, desk, auth)

    @router.post("/desk/login")
    def post_login(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        browser = auth.cookie(request, "browser")
        if browser is None or not auth.proves(browser, form.get("proof", "")):
            return _form(request, desk, auth, again=True)
        _ask(request, desk, auth, form.get("address", "")[:_LONGEST_ADDRESS], browser)
        return RedirectResponse("/desk/login/sent", status_code=303)

    @router.get("/desk/login/sent")
    def get_sent(request: Request) -> Response:
        return page("sent.html", spoken(request, desk.settings.locale))

    @router.get("/desk/login/{token}")
    def get_enter(request: Request, token: str) -> Response:
        with desk.database.read() as connection:
            _check(request, connection, desk, auth, token)
        return page("enter.html", spoken(request, desk.settings.locale), token=token)

    @router.post("/desk/login/{token}")
    def post_enter(request: Request, token: str) -> Response:
        return _enter(request, desk, auth, token)

    @router.post("/desk/logout")
    def post_logout(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        token = auth.cookie(request, "session")
        answer = RedirectResponse("/desk/login", status_code=303)
        if token is not None:
            if not auth.proves(token, form.get("proof", "")):
                raise Trouble(403, "trouble.form")
            desk.database.run(lambda connection: sessions.end(connection, token))
            auth.take(answer, "session")
        return answer

    return router


def _form(request: Request, desk: Desk, auth: Auth, *, again: bool = False) -> Response:
    browser = auth.cookie(request, "browser") or sessions.new_token()
    speech = spoken(request, desk.settings.locale)
    status = 403 if again else 200
    answer = page("login.html", speech, status=status, proof=auth.proof(browser), again=again)
    auth.give(answer, "browser", browser, BROWSER_LASTS)
    return answer


def _ask(request: Request, desk: Desk, auth: Auth, address: str, browser: str) -> None:
    """Note the question. Known or not, an address costs the same work and gets the same answer.

    Raises Trouble for a client that asks too often, whatever it asks for.
    """
    now = desk.clock.real()
    client = auth.keyed("client", request.client.host if request.client else "")
    keyed = auth.keyed("address", address.strip().lower())
    locale = str(spoken(request, desk.settings.locale).locale)

    def work(connection: Connection) -> str:
        often, by_client = logins.lately(connection, now - LASTS, address=keyed, client=client)
        if by_client >= MOST_A_CLIENT:
            return "refused"
        found = visible.reached_at(connection, address)
        rep = None if often >= MOST_AN_ADDRESS else found
        id = secrets.token_hex(16)
        asked = Asked(id, desk.logins.token(id), rep, browser, keyed, client, locale)
        logins.ask(connection, asked, now, LASTS)
        return "unknown" if found is None else "limited" if rep is None else "asked"

    outcome = desk.database.run(work)
    desk.metrics.login(outcome)
    if outcome == "refused":
        raise Trouble(429, "trouble.login.often")
    desk.wakeup.ring("login")


def _check(request: Request, connection: Connection, desk: Desk, auth: Auth, token: str) -> None:
    """Raise Trouble, saying why, when a link lets this browser in no more."""
    browser = auth.cookie(request, "browser")
    refused = logins.refusal(connection, token, browser, desk.clock.real())
    if refused is not None:
        raise Trouble(410 if refused in ("used", "expired") else 403, f"trouble.login.{refused}")


def _enter(request: Request, desk: Desk, auth: Auth, token: str) -> Response:
    """Use the link up and begin a session with a token of its own, whatever cookies were there."""
    now = desk.clock.real()
    browser = auth.cookie(request, "browser") or ""
    before = auth.cookie(request, "session")

    def work(connection: Connection) -> str | None:
        rep = logins.use(connection, token, browser, now)
        if rep is None or visible.person(connection, rep, desk.day()) is None:
            return None
        if before is not None:
            sessions.end(connection, before)
        return sessions.begin(connection, rep, now, auth.lasts)

    session = desk.database.run(work)
    if session is None:
        desk.metrics.login("refused")
        with desk.database.read() as connection:
            _check(request, connection, desk, auth, token)
        raise Trouble(403, "trouble.login.unknown")
    desk.metrics.login("opened")
    answer = RedirectResponse("/desk/", status_code=303)
    auth.give(answer, "session", session, auth.lasts)
    auth.take(answer, "browser")
    return answer
