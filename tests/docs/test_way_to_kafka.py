"""Whoever follows the README's way to Kafka has all that the roles need.

That they start with it, and that a button of a mail then opens, is told by tests/acceptance.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.ops.secret import load_secret
from shared.ops.settings import PREFIX, Settings, load_settings
from tests.deploy.reading import ROLES
from tests.docs.way_to_kafka import block, exported, started


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As every process of the README's block loads them."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name, value in exported(block(), tmp_path).items():
        assert name.removesuffix("_FILE") in known, name
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return load_settings()


def test_the_secret_is_taken_on_postgresql(settings: Settings, tmp_path: Path) -> None:
    assert settings.sqlalchemy_url.startswith("postgresql")
    load_secret(settings)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_every_role_is_started_after_the_tables_and_topics() -> None:
    assert [words[0] for words in started(block())] == ["migrate", "doctor", *ROLES]


def test_tills_and_people_reach_what_listens(settings: Settings) -> None:
    ports = {words[0]: words[-1] for words in started(block()) if "--port" in words}
    assert settings.host == "0.0.0.0"
    base = urlsplit(settings.base_url)
    assert (base.hostname, str(base.port)) == ("vigia.company.example", ports["desk"])
    assert ports["desk"] != ports["ingest"]


def test_mails_leave_and_what_has_no_rep_reaches_somebody(settings: Settings) -> None:
    assert settings.smtp_url.get_secret_value()
    assert not settings.mail_from.endswith("@localhost>")
    assert not settings.operator_email.endswith("@localhost")
