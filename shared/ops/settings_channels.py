"""Settings of the ways to people: which servers, which secrets, how fast."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


class ChannelSettings(BaseSettings):
    """What the notifier's channels need to know."""

    operator_channel: SecretStr = Field(
        SecretStr(""),
        description="A channel of the operator, tried before the mail; as `vigia rep add "
        "--channel` takes it.",
    )
    mail_per_second: float = Field(
        0, ge=0, le=1000, description="Mails a second at most; 0: as many as the server takes."
    )
    allowed_hosts: str = Field(
        "",
        description="Hosts that chat and webhooks may reach though they are private or speak no "
        "TLS: HOST,HOST.",
    )
    outgoing_seconds: float = Field(
        10, gt=0, le=60, description="Longest wait for the answer of a chat or a webhook."
    )
    slack_bot_token: SecretStr = Field(
        SecretStr(""), description="Token of Slack's bot, for channels slack-bot:ID."
    )
    slack_api_url: str = Field(
        "https://slack.com/api",
        pattern=r"^https?://[^\s@]+[^\s@/]$",
        description="Slack's Web API, or what stands before it.",
    )
    slack_per_second: float = Field(
        1, gt=0, le=100, description="Messages a second to one Slack channel."
    )
    teams_per_second: float = Field(
        4, gt=0, le=100, description="Messages a second to one Teams workflow."
    )
    webhook_per_second: float = Field(
        10, gt=0, le=1000, description="Messages a second to one webhook."
    )
    apprise_per_second: float = Field(
        1, gt=0, le=100, description="Messages a second to one address of Apprise."
    )

    @field_validator("slack_api_url")
    @classmethod
    def _slack_address(cls, value: str) -> str:
        try:
            usable = urlsplit(value).hostname and urlsplit(value).port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("an address such as https://slack.com/api")
        return value
