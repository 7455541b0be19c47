"""How reps are reached: stored encrypted, in order, with the mail of the master data last."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from services.notifier.ways import mail_way, read_ways
from shared.ops.clock import SimulatedClock
from shared.ops.errors import ConfigurationError, InputError
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.storage import channel_state, rep_channels, reps
from shared.storage.database import Database
from shared.storage.rep_channels import PURPOSE, Listed, Way
from shared.storage.reps import Rep
from shared.storage.special import special
from tests.postgres.kinds import every_database

pytestmark = every_database

ANA = Rep("r1", email="ana@company.example")
OTHER = mail_way("ana@other.example")


def replace(database: Database, settings: Settings, clock: SimulatedClock, *ways: Way) -> None:
    cipher = rep_channels.cipher_of(load_secret(settings).key(PURPOSE))
    with database.write() as connection:
        rep_channels.replace(connection, "r1", ways, cipher, clock.now())


def ways_of(database: Database, settings: Settings, rep: Rep = ANA) -> list[Way]:
    ways = read_ways(database, settings)
    with database.read() as connection:
        return list(ways.of(connection, [rep], special(connection))[rep.id])


def test_a_rep_without_channels_has_the_mail(company: Database, settings: Settings) -> None:
    assert ways_of(company, settings) == [mail_way("ana@company.example")]
    assert ways_of(company, settings, Rep("r9")) == []


def test_channels_come_in_order_and_the_mail_of_the_master_data_last(
    company: Database, settings: Settings, clock: SimulatedClock
) -> None:
    replace(company, settings, clock, OTHER)
    assert ways_of(company, settings) == [OTHER, mail_way("ana@company.example")]
    replace(company, settings, clock, mail_way("ana@company.example"), OTHER)
    assert ways_of(company, settings) == [mail_way("ana@company.example"), OTHER]


def test_the_database_holds_no_address_that_can_be_read(
    company: Database, settings: Settings, clock: SimulatedClock
) -> None:
    replace(company, settings, clock, Way("email", "ana@secret.example", "email:1a2b"))
    with company.read() as connection:
        stored = [str(row) for row in connection.execute(text("SELECT * FROM rep_channel"))]
    assert len(stored) == 1
    assert "secret.example" not in stored[0]


def test_what_is_unreachable_is_no_way_until_it_is_given_anew(
    company: Database, settings: Settings, clock: SimulatedClock
) -> None:
    replace(company, settings, clock, OTHER)
    with company.write() as connection:
        for way in (OTHER, mail_way("ana@company.example")):
            channel_state.make_unreachable(connection, way.recipient, "550 gone", clock.real())
        assert rep_channels.listed(connection) == {
            "r1": [Listed("email", "ana@other.example", "550 gone")]
        }
    assert ways_of(company, settings) == []
    replace(company, settings, clock, OTHER)
    assert ways_of(company, settings) == [OTHER]
    with company.write() as connection:
        reps.add(connection, ANA, clock.now())
    assert ways_of(company, settings) == [OTHER, mail_way("ana@company.example")]


def test_who_is_not_there_has_no_channels(
    company: Database, settings: Settings, clock: SimulatedClock
) -> None:
    cipher = rep_channels.cipher_of(load_secret(settings).key(PURPOSE))
    with company.write() as connection, pytest.raises(InputError, match="no rep of that id"):
        rep_channels.replace(connection, "nobody", [OTHER], cipher, clock.now())
    with company.write() as connection, pytest.raises(InputError, match="given twice"):
        rep_channels.replace(connection, "r1", [OTHER, OTHER], cipher, clock.now())


def test_another_key_refuses_to_start_and_says_what_helps(
    company: Database, settings: Settings, clock: SimulatedClock, tmp_path: Path
) -> None:
    replace(company, settings, clock, OTHER)
    another = settings.model_copy(update={"secret_key": SecretStr("x" * 32)})
    with pytest.raises(ConfigurationError, match="channels of 1 reps cannot be read"):
        read_ways(company, another)
    cipher = rep_channels.cipher_of(load_secret(another).key(PURPOSE))
    with company.read() as connection:
        assert rep_channels.of_reps(connection, ["r1"], cipher) == {}


def test_the_operators_channel_comes_before_the_mail(company: Database, settings: Settings) -> None:
    assert read_ways(company, settings).operator == [mail_way("it@company.example")]
    more = settings.model_copy(update={"operator_channel": SecretStr("mailto:b@x.example")})
    assert read_ways(company, more).operator == [
        mail_way("b@x.example"),
        mail_way("it@company.example"),
    ]
    wrong = settings.model_copy(update={"operator_channel": SecretStr("pigeon:s3cret")})
    with pytest.raises(ConfigurationError, match="VIGIA_OPERATOR_CHANNEL") as caught:
        read_ways(company, wrong)
    assert "s3cret" not in str(caught.value)
