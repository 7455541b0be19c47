"""What a person may give as a channel, and what is made of it."""

from datetime import timedelta

import pytest

from services.notifier.channels.email import channel as email
from services.notifier.registry import pace_of, read_channel
from services.notifier.ways import mail_way
from shared.ops.clock import SimulatedClock
from shared.ops.errors import InputError
from shared.ops.settings import Settings


def test_a_mail_address() -> None:
    assert read_channel("mailto:ana@company.example") == mail_way("ana@company.example")


@pytest.mark.parametrize("url", ["mailto:ana", "mailto:a@b,c@d", "mailto:a@b%0d%0aBcc:c@d"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"mailto:name@company\.example"):
        read_channel(url)


@pytest.mark.parametrize("url", ["carrier-pigeon:s3cret", "http://[::1/s3cret", "teams+http://["])
def test_a_url_that_no_channel_understands_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InputError, match=r"no channel understands|cannot be used") as caught:
        read_channel(url)
    assert "s3cret" not in str(caught.value)


def test_the_mail_server_has_one_pace(settings: Settings, clock: SimulatedClock) -> None:
    slow = settings.model_copy(update={"mail_per_second": 4.0})
    assert email.build(slow, clock).apart == timedelta(seconds=0.25)
    assert email.build(settings, clock).apart == timedelta(0)
    assert pace_of(mail_way("ana@company.example")) == "email"
