"""Links in messages: signed, for one person, one alert and one purpose, and not for ever."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.ops.secret import Secret, load_secret
from shared.ops.settings import Settings
from shared.ops.tokens import BadToken, Tokens


class BadLink(Exception):
    """The link was not made here, or was changed on its way."""


class LinkExpired(Exception):
    """The link was once good; its time is over."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link allows. `person` is the id of a rep, `issued_at` real time in whole seconds."""

    alert: str
    person: str
    purpose: str
    issued_at: datetime


class Links:
    """Makes and reads the links of one company. Pure but for the secret it was given."""

    def __init__(self, secret: Secret, *, base_url: str, days: int) -> None:
        self._base = f"{base_url}/desk/link"
        self._lasts = timedelta(days=days)
        self._tokens = Tokens(secret.key("links"), "alert")

    @classmethod
    def of(cls, settings: Settings) -> "Links":
        """The links of the settings; raises ConfigurationError where there is no secret."""
        return cls(load_secret(settings), base_url=settings.base_url, days=settings.link_days)

    def url(self, link: Link) -> str:
        """The address to put into a message."""
        return f"{self._base}/{self.token(link)}"

    def token(self, link: Link) -> str:
        """The signed link, in characters that an address may hold."""
        seconds = int(link.issued_at.timestamp())
        return self._tokens.token([link.alert, link.person, link.purpose, seconds])

    def read(self, token: str, now: datetime) -> Link:
        """What a token allows at real time `now`. Raises BadLink and LinkExpired."""
        try:
            alert, person, purpose, seconds = self._tokens.read(token)
        except BadToken:
            raise BadLink from None
        link = Link(alert, person, purpose, datetime.fromtimestamp(seconds, UTC))
        if now - link.issued_at > self._lasts:
            raise LinkExpired
        return link
