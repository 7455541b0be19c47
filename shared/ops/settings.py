"""Every setting, with its meaning, its bounds and where its value came from."""

import os
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from shared.ops.clock import SystemClock
from shared.ops.errors import ConfigurationError
from shared.ops.settings_causes import CauseSettings
from shared.ops.settings_channels import ChannelSettings
from shared.ops.settings_desk import DeskSettings
from shared.ops.settings_evidence import EvidenceSettings
from shared.ops.settings_messages import MessageSettings
from shared.ops.settings_money import MoneySettings
from shared.ops.settings_season import SeasonSettings

PREFIX = "VIGIA_"
DEFAULT_PORT = 8080
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Quantile = Annotated[float, Field(gt=0, lt=1)]


class Settings(
    DeskSettings,
    EvidenceSettings,
    SeasonSettings,
    CauseSettings,
    ChannelSettings,
    MessageSettings,
    MoneySettings,
):
    """Read from VIGIA_* (each also VIGIA_*_FILE), a .env file, or a TOML file, in that order."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    data: Path = Field(Path("vigia-data"), description="Folder for the database and the outbox.")
    database_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy address; empty: SQLite in DATA/vigia.db."
    )
    host: str = Field("127.0.0.1", description="Address the HTTP port listens on.")
    port: int = Field(DEFAULT_PORT, ge=0, le=65535, description="HTTP port; 0 takes a free one.")
    key_rate: int = Field(
        0, ge=0, description="Events a second that an API key may post; 0 sets no limit."
    )
    ops_port: int | None = Field(
        None, ge=0, le=65535, description="Port for health and metrics alone; 0 or empty: none."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least serious log line that is written."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the log lines.")

    kafka_bootstrap: str = Field(
        "", description="Kafka's brokers as HOST:PORT,HOST:PORT; empty: the log is a table."
    )
    kafka_prefix: str = Field(
        "vigia",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Names of topics and groups on Kafka begin with it.",
    )
    kafka_partitions: int = Field(
        24, ge=1, le=10_000, description="Partitions of a topic; more may be added, never fewer."
    )
    kafka_retention_days: int = Field(30, ge=1, le=3650, description="Days Kafka keeps records.")
    kafka_replication: int = Field(1, ge=1, le=9, description="Copies of a record, at creation.")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How Kafka's brokers are spoken to."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How the Kafka user proves the password."
    )
    kafka_user: str = Field("", description="The user, where brokers ask for one (SASL).")
    kafka_password: SecretStr = Field(SecretStr(""), description="The Kafka user's password.")
    kafka_ca_file: Path | None = Field(
        None, description="Certificates that sign the brokers'; empty: those of the system."
    )

    time_zone: str = Field("UTC", description="The company's zone: business days live in it.")
    first_weekday: Weekday = Field("monday", description="The day the company's weeks begin with.")
    locale: Literal["en", "es"] = Field("en", description="The company's language.")

    evaluation_weekday: Weekday = Field("monday", description="Day of the weekly evaluation.")
    evaluation_hour: int = Field(6, ge=0, le=23, description="Its hour, company time.")
    evaluation_wait_hours: int = Field(
        24, ge=0, le=168, description="How long it waits for feeds that are not complete."
    )
    feed_grace_hours: int = Field(
        24, ge=0, le=336, description="How late a feed's events may be before its day counts."
    )
    held_share: Quantile = Field(
        0.2, description="Share of purchase days from incomplete feeds that holds a customer."
    )
    budget_per_rep: int = Field(5, ge=0, description="New score alerts a rep and week.")
    floor_quantile: Quantile = Field(
        0.95, description="Quantile of the scores of 8 weeks above which the score alerts."
    )
    closing_quantile: Quantile = Field(
        0.8, description="Quantile under which a living alert recovers."
    )
    margin_rate: Decimal | None = Field(
        None,
        gt=0,
        le=1,
        description="Margin of customers whose own is not known, a share of revenue; empty: none.",
    )
    pause_weeks: int = Field(
        8, ge=0, le=52, description="Weeks after an opening without a new score alert."
    )

    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://, smtps:// or smtp+starttls://; empty: mails go to DATA/outbox.",
    )
    mail_from: str = Field("Vigía <vigia@localhost>", description="Sender of the mails.")
    operator_email: str = Field(
        "operator@localhost", description="Who gets what has no rep: an alert is never homeless."
    )
    retry_scale: float = Field(1.0, gt=0, le=1000, description="Multiplies every retry wait.")

    test: bool = Field(False, description="Allows VIGIA_NOW.")
    now: AwareDatetime | None = Field(
        None, description="Business time begins here when the process starts (tests only)."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError("not a time zone of the IANA database, such as Europe/Madrid")
        return value

    @field_validator("ops_port", "kafka_ca_file", "margin_rate", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _reached_here(self) -> Self:
        self.base_url = self.base_url or f"http://localhost:{self.port or DEFAULT_PORT}"
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{self.data / 'vigia.db'}"

    @property
    def kafka_access(self) -> dict[str, Any]:
        """kafka-python's settings of security."""
        access: dict[str, Any] = {"security_protocol": self.kafka_security}
        if self.kafka_security.startswith("SASL"):
            access["sasl_mechanism"] = self.kafka_sasl_mechanism
            access["sasl_plain_username"] = self.kafka_user
            access["sasl_plain_password"] = self.kafka_password.get_secret_value()
        if self.kafka_ca_file is not None:
            access["ssl_cafile"] = str(self.kafka_ca_file)
        return access

    @property
    def feed_grace(self) -> timedelta:
        return timedelta(hours=self.feed_grace_hours)

    @property
    def first_weekday_number(self) -> int:
        return WEEKDAYS.index(self.first_weekday)

    @property
    def evaluation_weekday_number(self) -> int:
        return WEEKDAYS.index(self.evaluation_weekday)

    def clock(self) -> SystemClock:
        """The clock these settings ask for."""
        start: datetime | None = self.now if self.test else None
        return SystemClock(start)


class _FileEnvSource(EnvSettingsSource):
    """VIGIA_SMTP_URL_FILE=/run/secrets/smtp stands for VIGIA_SMTP_URL=<what the file holds>."""

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self.settings_cls.model_fields:
            variable = f"{PREFIX}{name.upper()}_FILE"
            path = os.environ.get(variable)
            if path:
                try:
                    found[name] = Path(path).read_text(encoding="utf-8").strip()
                except OSError as error:
                    raise ConfigurationError(
                        f"{variable} names {path}, which cannot be read ({error.strerror}); "
                        "correct the path or its permissions"
                    ) from None
        return found


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; finding them means looking at hundreds of files."""
    return frozenset(available_timezones())


@cache
def _reading(config: Path | None) -> type[Settings]:
    """Settings that are read from the file `config`, too, each time they are made."""

    class _Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            files = (_FileEnvSource(settings_cls),)
            toml = () if config is None else (TomlConfigSettingsSource(settings_cls, config),)
            return (init_settings, env_settings, *files, dotenv_settings, *toml)

    return _Loaded


def load_settings(config: Path | None = None, **overrides: Any) -> Settings:
    """Settings from the environment, .env and `config`; `overrides` (not None) win.

    Raises ConfigurationError with one line that names the setting and never its value.
    """
    if config is not None and not config.is_file():
        raise ConfigurationError(f"the settings file {config} does not exist; check --config")

    try:
        return _reading(config)(
            **{name: value for name, value in overrides.items() if value is not None}
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError(
            f"{name} cannot be used: {first['msg']}; see `vigia settings`"
        ) from None
    except ValueError as error:  # a TOML file that is not TOML, JSON that is not JSON
        raise ConfigurationError(f"the settings cannot be read: {error}") from None
