"""Links to be sent no more mails: signed, for one person and one address, and for ever."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from shared.ops.links import BadLink
from shared.ops.secret import Secret, load_secret
from shared.ops.settings import Settings
from shared.ops.tokens import BadToken, Tokens

_MARK_BYTES = 12


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Whose mails end; `mark` stands for the address, which is not in the link."""

    person: str
    mark: str


class UnsubscribeLinks:
    """The unsubscribe links of one company. Whoever got one may always say no more."""

    def __init__(self, secret: Secret, *, base_url: str) -> None:
        key = secret.key("unsubscribe")
        self._key = key
        self._base = f"{base_url}/desk/unsubscribe"
        self._tokens = Tokens(key, "unsubscribe")

    @classmethod
    def of(cls, settings: Settings) -> "UnsubscribeLinks":
        """The links of the settings; raises ConfigurationError where there is no secret."""
        return cls(load_secret(settings), base_url=settings.base_url)

    def mark(self, address: str) -> str:
        """The same for the same address in whatever case, and for no other."""
        folded = address.lower().encode("utf-8", "replace")
        return hmac.digest(self._key, folded, sha256)[:_MARK_BYTES].hex()

    def url(self, person: str, address: str) -> str:
        """The address to put into a mail's header."""
        return f"{self._base}/{self.token(person, address)}"

    def token(self, person: str, address: str) -> str:
        return self._tokens.token([person, self.mark(address)])

    def read(self, token: str) -> Unsubscription:
        """What a token stands for. Raises BadLink."""
        try:
            person, mark = self._tokens.read(token)
        except BadToken:
            raise BadLink from None
        return Unsubscription(person, mark)
