"""Who is there: sessions in cookies, and proof that a form came from our own page."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from services.desk.desk import Desk
from shared.storage import sessions, visible
from shared.storage.visible import Person

_LONGEST_COOKIE = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is logged in, and the token of the session."""

    person: Person
    token: str


class Auth:
    """Cookies of two kinds: `session` lets a rep in, `browser` marks who asked to be let in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._secure = desk.settings.base_url.startswith("https:")
        self._key = desk.secret.key("desk forms")
        self.lasts = timedelta(days=desk.settings.session_days)

    def visitor(self, request: Request) -> Visitor | None:
        """Who is logged in; a rep who is no longer active is not."""
        token = self.cookie(request, "session")
        if token is None:
            return None
        with self._desk.database.read() as connection:
            rep = sessions.rep_of(connection, token, self._desk.clock.real())
            person = None if rep is None else visible.person(connection, rep, self._desk.day())
        return None if person is None else Visitor(person, token)

    def proof(self, token: str) -> str:
        """What a form carries to show that it came with the cookie of this token."""
        return hmac.new(self._key, token.encode("utf-8", "surrogateescape"), sha256).hexdigest()

    def proves(self, token: str, given: str) -> bool:
        return hmac.compare_digest(self.proof(token).encode(), given.encode("utf-8", "replace"))

    def keyed(self, kind: str, text: str) -> str:
        """A digest that tells whether two texts are the same, and not what they are."""
        return hmac.new(self._key, f"{kind}\0{text}".encode("utf-8", "replace"), sha256).hexdigest()

    def cookie(self, request: Request, kind: str) -> str | None:
        """The cookie's value, if it was sent and could be ours."""
        value = request.cookies.get(self._name(kind), "")
        return value if 0 < len(value) <= _LONGEST_COOKIE else None

    def give(self, response: Response, kind: str, token: str, lasts: timedelta) -> None:
        """Set a cookie that no script can read and no other site can use in a form."""
        response.set_cookie(
            self._name(kind),
            token,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def take(self, response: Response, kind: str) -> None:
        """Have the browser forget a cookie."""
        response.delete_cookie(
            self._name(kind), path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def _name(self, kind: str) -> str:
        """With the prefix no other host of the domain can set it; browsers want TLS for that."""
        return f"__Host-vigia-{kind}" if self._secure else f"vigia-{kind}"
