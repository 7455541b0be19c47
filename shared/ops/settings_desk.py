"""Settings of what people reach: the company's secret, links and log-ins."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

SHORTEST_SECRET = 32


class DeskSettings(BaseSettings):
    """A part of Settings; never read on its own."""

    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs links and log-ins, encrypts chat addresses; 32 characters or more, "
        "empty: DATA/secret.key.",
    )
    base_url: str = Field(
        "", description="How people reach this system; empty: http://localhost:PORT."
    )
    link_days: int = Field(
        30, ge=1, le=365, description="Days for which links in messages can be used."
    )
    session_days: int = Field(
        14, ge=1, le=365, description="Days for which a log-in at the desk lasts."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Proxies whose word counts on who asks, as IP,IP; * trusts all."
    )
    dismissal_raise: float = Field(
        1.0, ge=0, le=20, description="Log odds by which a «wrong» or «holiday» raises the bar."
    )
    dismissal_weeks: int = Field(
        26, ge=1, le=104, description="Weeks in which that fades to nothing."
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError("at least 32 characters, such as `openssl rand -base64 32` prints")
        return value

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("an address such as https://vigia.company.example")
        return value.rstrip("/")
