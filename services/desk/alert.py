"""One alert: its page, and what is done about it by whoever is logged in."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.desk.acts import AddressOf, Outcome, act_forms, is_wrong, perform
from services.desk.auth import Auth, Visitor
from services.desk.desk import Desk
from services.desk.forms import Form, action_of, read_form
from services.desk.pages import page
from services.desk.showing import Shown, show
from services.desk.trouble import Trouble, is_partial, to_login
from shared.domain.action import ACTIONS
from shared.storage import visible
from shared.storage.visible import Person
from shared.wording import Language, language


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the page of an alert, and where its forms go.

    `visitor` is None behind a link; then the forms' addresses prove enough, and `proof` is empty.
    """

    person: Person
    speech: Language
    address_of: AddressOf
    visitor: Visitor | None = None
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the reader stands: which act is open, what was sent, and what was done."""

    opened: str | None = None
    form: Form | None = None
    done: str | None = None


def alert_routes(desk: Desk, auth: Auth) -> APIRouter:
    """GET /desk/alerts/{id}, POST /desk/alerts/{id}/{act}."""
    router = APIRouter()

    def reader(visitor: Visitor, id: str) -> Reader:
        speech = language(visitor.person.locale, desk.settings.locale)
        proof = auth.proof(visitor.token)
        return Reader(
            visitor.person, speech, lambda act: f"/desk/alerts/{id}/{act}", visitor, proof
        )

    @router.get("/desk/alerts/{id}")
    def get_alert(request: Request, id: str) -> Response:
        visitor = auth.visitor(request)
        if visitor is None:
            return to_login(request)
        turn = Turn(done=request.query_params.get("done"))
        return alert_page(request, desk, reader(visitor, id), id, turn)

    @router.post("/desk/alerts/{id}/{act}")
    def post_act(
        request: Request, id: str, act: str, form: Annotated[Form, Depends(read_form)]
    ) -> Response:
        visitor = auth.visitor(request)
        if visitor is None:
            return to_login(request)
        reading = reader(visitor, id)
        if not auth.proves(visitor.token, form.get("proof", "")):
            raise Trouble(403, "trouble.form", reading.speech)
        return answer_act(request, desk, reading, id, act, form, f"/desk/alerts/{id}")

    return router


def answer_act(
    request: Request, desk: Desk, reader: Reader, id: str, act: str, form: Form, back: str
) -> Response:
    """Do what the form asks for, and show what came of it on the page at `back`."""
    if act not in ACTIONS:
        raise Trouble(404, "trouble.missing", reader.speech)
    action = action_of(act, form)
    if is_wrong(desk, action):
        return alert_page(request, desk, reader, id, Turn(opened=act, form=form))
    outcome: Outcome = perform(desk, reader.person, id, action, form)
    if outcome == "hidden":
        raise Trouble(404, "trouble.missing", reader.speech)
    done = act if outcome == "new" else outcome
    if is_partial(request):
        return alert_page(request, desk, reader, id, Turn(done=done))
    return RedirectResponse(f"{back}?done={done}", status_code=303)


def alert_page(request: Request, desk: Desk, reader: Reader, id: str, turn: Turn) -> Response:
    """The page, or for a script its main part. Raises Trouble where there is none to be seen."""
    with desk.database.read() as connection:
        found = visible.one(connection, reader.person, id)
        if found is None:
            raise Trouble(404, "trouble.missing", reader.speech)
        shown = show(connection, found, desk, reader.speech)
    forms = act_forms(
        shown, reader.address_of, desk, reader.speech, opened=turn.opened, form=turn.form
    )
    return page(
        "_alert.html" if is_partial(request) else "alert.html",
        reader.speech,
        visitor=reader.visitor,
        proof=reader.proof,
        status=200 if turn.form is None else 422,
        alert=shown,
        forms=forms,
        done=_done(turn.done, shown, reader),
    )


def _done(done: str | None, shown: Shown, reader: Reader) -> str | None:
    """What to say was done; anybody can write the word into an address, so only what is true."""
    true = (reader.person.id, done) in shown.acts and (done != "snooze" or shown.back_on)
    if done is None or not (true or done in ("again", "ended")):
        return None
    own = f"done.{done}.{shown.kind}"
    key = own if reader.speech.knows(own) else f"done.{done}"
    return reader.speech.say(key, customer=shown.title, day=shown.back_on or "")
