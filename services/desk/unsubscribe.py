"""No more mails: what mail programs offer as «unsubscribe» (RFC 8058), and the way back."""

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from services.desk.desk import Desk
from services.desk.pages import page, spoken
from services.desk.trouble import Trouble
from shared.ops.links import BadLink
from shared.ops.unsubscribe_links import Unsubscription
from shared.storage import channel_state, rep_channels, reps
from shared.storage.channel_state import UNSUBSCRIBED
from shared.wording import language


def unsubscribe_routes(desk: Desk) -> APIRouter:
    """/desk/unsubscribe/{token}, by GET and POST, and /desk/unsubscribe/{token}/back.

    The POST is what a mail provider's server sends: it has no cookie and proves nothing but that
    it knows the link. It is answered with a page and never redirected. Opening the link changes
    nothing, because mail scanners do.
    """
    router = APIRouter()

    @router.get("/desk/unsubscribe/{token}")
    def get_unsubscribe(request: Request, token: str) -> Response:
        return _page(request, desk, _read(desk, token), token)

    @router.post("/desk/unsubscribe/{token}")
    def post_unsubscribe(request: Request, token: str) -> Response:
        link = _read(desk, token)
        if desk.database.run(lambda connection: _end(connection, desk, link)):
            log = structlog.get_logger("vigia.desk")
            log.warning("a rep wants no more mails", rep=link.person)
        return _page(request, desk, link, token)

    @router.post("/desk/unsubscribe/{token}/back")
    def post_back(request: Request, token: str) -> Response:
        link = _read(desk, token)
        desk.database.run(lambda connection: _begin_again(connection, desk, link))
        return _page(request, desk, link, token)

    return router


def _read(desk: Desk, token: str) -> Unsubscription:
    try:
        return desk.unsubscribing.read(token)
    except BadLink:
        raise Trouble(404, "trouble.link.bad") from None


def _addresses(connection: Connection, desk: Desk, link: Unsubscription) -> list[str]:
    """The person's mail addresses that the link is about; none if they have changed since."""
    found = rep_channels.mail_addresses(connection, link.person)
    return [one for one in found if desk.unsubscribing.mark(one) == link.mark]


def _ended(connection: Connection, desk: Desk, link: Unsubscription) -> dict[str, str]:
    """Which of the addresses take no more mails, and why."""
    return channel_state.gone(connection, _addresses(connection, desk, link))


def _end(connection: Connection, desk: Desk, link: Unsubscription) -> bool:
    """Take the address out, as one that nothing reaches; False where that was done before."""
    ended = _ended(connection, desk, link)
    left = [one for one in _addresses(connection, desk, link) if one not in ended]
    for address in left:
        channel_state.make_unreachable(connection, address, UNSUBSCRIBED, desk.clock.real())
    return bool(left)


def _begin_again(connection: Connection, desk: Desk, link: Unsubscription) -> None:
    """Send mails again, but not to an address that a provider said is gone."""
    for address, reason in _ended(connection, desk, link).items():
        if reason == UNSUBSCRIBED:
            channel_state.reachable_again(connection, address)


def _page(request: Request, desk: Desk, link: Unsubscription, token: str) -> Response:
    """What holds now, in the person's language, and what can be done about it."""
    with desk.database.read() as connection:
        person = reps.find(connection, link.person)
        addresses, ended = _addresses(connection, desk, link), _ended(connection, desk, link)
    own = person.locale if person is not None else None
    default = desk.settings.locale
    speech = language(own, default) if own else spoken(request, default)
    over = not addresses or bool(ended)
    back = UNSUBSCRIBED in ended.values()
    return page("unsubscribe.html", speech, token=token, over=over, back=back)
