"""The company's secret, from which every purpose gets a key of its own."""

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from shared.ops.errors import ConfigurationError
from shared.ops.settings import Settings
from shared.ops.settings_desk import SHORTEST_SECRET

FILE = "secret.key"
TRIAL = "trial"  # secrets that everybody may know begin with it
_HERE = ("localhost", "127.0.0.1", "::1")


class Secret:
    """Keys by purpose: whoever learns one of them learns neither another nor the secret."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()

    def key(self, purpose: str) -> bytes:
        """The 32 bytes for a purpose, the same in every process that has the secret.

        As HKDF-Expand of RFC 5869 with one block; the secret is random enough to be its key.
        """
        return hmac.digest(self._text, purpose.encode() + b"\x01", sha256)

    def __repr__(self) -> str:
        return "Secret(...)"


def load_secret(settings: Settings) -> Secret:
    """The secret of VIGIA_SECRET_KEY, else of DATA/secret.key, which is made if it is missing.

    Processes on PostgreSQL may run on several machines, and must be given one. Raises
    ConfigurationError, which never holds the secret.
    """
    given = settings.secret_key.get_secret_value()
    if not given:
        return Secret(_of_folder(settings))
    if given.startswith(TRIAL) and urlsplit(settings.base_url).hostname not in _HERE:
        raise ConfigurationError(
            "VIGIA_SECRET_KEY is the one of the trial, which everybody knows; set it to what "
            "`openssl rand -base64 32` prints"
        )
    return Secret(given)


def _of_folder(settings: Settings) -> str:
    if not settings.sqlalchemy_url.startswith("sqlite"):
        raise ConfigurationError(
            "VIGIA_SECRET_KEY is empty; give every process the same one, such as "
            "`openssl rand -base64 32` prints"
        )
    path = settings.data / FILE
    try:
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigurationError(
            f"the secret in {path} cannot be used ({why}); check the folder and its permissions"
        ) from None
    if len(text) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"the secret in {path} is too short; put it back from a copy, or remove the file and "
            "have a new one made: links sent so far then end"
        )
    return text


def _make(path: Path) -> None:
    """Write a new secret for nobody else's eyes; of two processes that do so, one prevails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink(missing_ok=True)
