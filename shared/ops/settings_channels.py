"""Settings of the ways to people: which servers, which secrets, how fast."""

from pydantic import Field
from pydantic_settings import BaseSettings


class ChannelSettings(BaseSettings):
    """What the notifier's channels need to know."""

    mail_per_second: float = Field(
        0, ge=0, le=1000, description="Mails a second at most; 0: as many as the server takes."
    )
