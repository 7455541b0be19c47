"""Behind a link in a message: one alert for one person, who need not log in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.desk.alert import Reader, Turn, alert_page, answer_act
from services.desk.auth import Auth
from services.desk.desk import Desk
from services.desk.forms import Form, read_form
from services.desk.trouble import Trouble
from shared.domain.action import ACTIONS
from shared.ops.links import BadLink, Link, LinkExpired
from shared.storage import visible
from shared.wording import language, safe


def link_routes(desk: Desk, auth: Auth) -> APIRouter:
    """GET and POST /desk/link/{token}. Opening a link changes nothing: mail scanners do."""
    router = APIRouter()

    @router.get("/desk/link/{token}")
    def get_link(request: Request, token: str) -> Response:
        link, reader = _open(request, desk, auth, token)
        done = request.query_params.get("done")
        opened = link.purpose if link.purpose in ACTIONS and done is None else None
        return alert_page(request, desk, reader, link.alert, Turn(opened=opened, done=done))

    @router.post("/desk/link/{token}")
    def post_link(
        request: Request, token: str, form: Annotated[Form, Depends(read_form)]
    ) -> Response:
        link, reader = _open(request, desk, auth, token)
        back = f"/desk/link/{token}"
        return answer_act(request, desk, reader, link.alert, link.purpose, form, back)

    return router


def _open(request: Request, desk: Desk, auth: Auth, token: str) -> tuple[Link, Reader]:
    """What the link allows, and to whom. Raises Trouble that says politely why it does not."""
    try:
        link = desk.links.read(token, desk.clock.real())
    except BadLink:
        raise Trouble(404, "trouble.link.bad") from None
    except LinkExpired:
        days = str(desk.settings.link_days)
        raise Trouble(410, "trouble.link.expired", n=days) from None
    with desk.database.read() as connection:
        person = visible.person(connection, link.person, desk.day())
        found = None if person is None else visible.one(connection, person, link.alert)
    visitor = auth.visitor(request)
    if visitor is not None and visitor.person.id != link.person:
        name = safe(visitor.person.name or visitor.person.id)
        speech = language(visitor.person.locale, desk.settings.locale)
        raise Trouble(403, "trouble.link.foreign", speech, name=name)
    if person is None or found is None:
        raise Trouble(404, "trouble.link.gone")

    def address_of(act: str) -> str:
        token = desk.links.token(Link(link.alert, link.person, act, link.issued_at))
        return f"/desk/link/{token}"

    speech = language(person.locale, desk.settings.locale)
    return link, Reader(person, speech, address_of)
