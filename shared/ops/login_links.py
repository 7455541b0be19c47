"""Log-in links: whoever has asked is sent a token that nobody can make without the secret.

Only a digest of it is stored; the mail's sender makes it again from the number of the request.
"""

import base64
import hmac
from hashlib import sha256

from shared.ops.secret import Secret, load_secret
from shared.ops.settings import Settings


class LoginLinks:
    """The log-in links of one company."""

    def __init__(self, secret: Secret, *, base_url: str) -> None:
        self._key = secret.key("logins")
        self._base = f"{base_url}/desk/login"

    @classmethod
    def of(cls, settings: Settings) -> "LoginLinks":
        """The links of the settings; raises ConfigurationError where there is no secret."""
        return cls(load_secret(settings), base_url=settings.base_url)

    def token(self, request: str) -> str:
        """The token of a request, which is named by 128 random bits."""
        code = hmac.digest(self._key, request.encode(), sha256)
        return base64.urlsafe_b64encode(code).rstrip(b"=").decode("ascii")

    def url(self, request: str) -> str:
        """The address to put into the mail."""
        return f"{self._base}/{self.token(request)}"
