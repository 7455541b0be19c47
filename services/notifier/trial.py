"""A sample by each way to a rep, beside the queue: does it arrive, and what is answered?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.notifier.announcement import Announcement
from services.notifier.channel import Channel, SendFailed
from services.notifier.messages import Message, compose
from services.notifier.registry import KINDS
from services.notifier.routing import Send
from services.notifier.ways import read_ways
from shared.ops.clock import Clock
from shared.ops.errors import InputError
from shared.ops.settings import Settings
from shared.storage import channel_state, reps
from shared.storage.addressing import Card
from shared.storage.database import Database
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep
from shared.wording import language

WEEKS = 26
USUAL = 420


@dataclass(frozen=True, slots=True)
class Tried:
    """One way, and what its provider answered; `failed` says that it took nothing."""

    channel: str
    recipient: str
    failed: bool
    answer: str


def try_ways(database: Database, settings: Settings, clock: Clock, rep_id: str) -> list[Tried]:
    """Send a sample by each of the rep's ways, also those that were given up.

    A way that works is used again from now on, and so is its channel if it was paused. Raises
    InputError when there is no such rep or no way, and ConfigurationError.
    """
    ways = read_ways(database, settings)
    with database.read() as connection:
        person = reps.find(connection, rep_id)
        if person is None:
            raise InputError("there is no rep of that id; see `vigia rep list`")
        found = ways.every(connection, person)
    if not found:
        raise InputError(
            "nothing reaches this rep; name a mail with `vigia rep add --email`, or --channel"
        )
    message = _sample(person, settings, clock)
    return [_try(database, settings, clock, person, way, message) for way in found]


def _try(
    database: Database,
    settings: Settings,
    clock: Clock,
    person: Rep,
    way: Way,
    message: Message,
) -> Tried:
    channel: Channel = KINDS[way.channel].build(settings, clock)
    try:
        receipt = channel.write(message, _to(person, way), None)()
    except SendFailed as failure:
        return Tried(way.channel, way.recipient, failed=True, answer=str(failure))
    finally:
        channel.rest()
    with database.write() as connection:
        channel_state.reachable_again(connection, way.recipient)
        channel_state.resume(connection, way.channel, clock.real())
    return Tried(way.channel, way.recipient, failed=False, answer=receipt.answer)


def _to(person: Rep, way: Way) -> Send:
    return Send(way, role="sample", name=person.name, locale=person.locale, person=person.id)


def _sample(person: Rep, settings: Settings, clock: Clock) -> Message:
    """An alert as it could be, about a customer who says not to exist."""
    at = clock.now()
    speech = language(person.locale, settings.locale)
    name = speech.say("sample.customer")
    way = Way("", "", "")
    return compose(
        Announcement("opened", at, _alert(person, settings, at, clock.real())),
        _to(person, way),
        "sample",
        Card("SAMPLE", name, None, None),
        zone=settings.zone,
        locale=settings.locale,
    )


def _alert(person: Rep, settings: Settings, at: datetime, real: datetime) -> Mapping[str, Any]:
    """`real` makes each sample one of its own."""
    today = at.astimezone(settings.zone).date()
    first = today - timedelta(weeks=WEEKS, days=today.weekday())
    amounts = [f"{USUAL + 35 * (n % 5 - 2)}.00" for n in range(WEEKS - 2)]
    money = {"currency": settings.currency}
    drop = {
        "kind": "drop",
        "usual_days_per_week": 3.1,
        "weekly_usual": f"{USUAL}.00",
        "window_weeks": 2,
        "days": 1,
        "amount": "90.00",
        "expected_days": 6.2,
        "once_in": 900,
        "as_of": today.isoformat(),
        **money,
    }
    bars = {
        "kind": "weeks",
        "first": first.isoformat(),
        "amounts": [*amounts, "90.00", "0.00"],
        "usual": f"{USUAL}.00",
        **money,
    }
    return {
        "id": "a_sample",
        "kind": "customer",
        "number": int(real.timestamp()),
        "customer": "SAMPLE",
        "rep": person.id,
        "state": "open",
        "severity": "watch",
        "score": None,
        "rank": None,
        "value_at_risk": {"amount": "18600.00", **money},
        "as_of": today.isoformat(),
        "sentence": "",
        "evidence": [drop, {"kind": "value", "amount": "18600.00", **money}, bars],
        "from": None,
        "to": "open",
        "reason": "sample",
        "actor": "vigia",
    }
