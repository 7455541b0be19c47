"""What did not work, as a page that says why and where to go from there."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from services.desk.desk import Desk
from services.desk.pages import page, spoken
from shared.wording import Language

_WORDS = {403: "trouble.form", 404: "trouble.missing", 405: "trouble.missing"}
LOGIN = "/desk/login"


class Trouble(Exception):
    """The request is answered with this page; `words` names a text, `values` fill it."""

    def __init__(
        self, status: int, words: str, speech: Language | None = None, **values: str
    ) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.speech = speech
        self.values = values


def trouble_handlers(app: FastAPI, desk: Desk) -> None:
    """Answer everything that routes raise with a page."""

    def answer(request: Request, trouble: Trouble) -> Response:
        speech = trouble.speech or spoken(request, desk.settings.locale)
        text = speech.say(trouble.words, **trouble.values)
        return page("trouble.html", speech, status=trouble.status, text=text)

    def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, Trouble)
        return answer(request, error)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        words = _WORDS.get(error.status_code, "trouble.form")
        return answer(request, Trouble(error.status_code, words))

    app.add_exception_handler(Trouble, known)
    app.add_exception_handler(HTTPException, http)


def is_partial(request: Request) -> bool:
    """Whether a script asks for a part of the page that it shows already."""
    return request.headers.get("hx-request") == "true"


def to_login(request: Request) -> Response:
    """Nobody is logged in (any more)."""
    if is_partial(request):
        return Response(status_code=401, headers={"HX-Redirect": LOGIN})
    return RedirectResponse(LOGIN, status_code=303)
