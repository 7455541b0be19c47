"""How people can be reached: their channels in order, and the mail of the master data last."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from services.notifier.registry import KINDS, read_channel
from shared.ops.errors import ConfigurationError, InputError
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.storage import channel_state, rep_channels
from shared.storage.database import Database
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep, is_address
from shared.storage.special import Special

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

EMAIL = "email"


class Ways:
    """Reads ways; addresses that nothing reaches any more are none."""

    def __init__(self, cipher: "Fernet", operator: Sequence[Way]) -> None:
        self._cipher = cipher
        self.operator = operator

    def of(
        self, connection: Connection, people: Iterable[Rep], special: Special
    ) -> Mapping[str, Sequence[Way]]:
        """The ways of each of `people` by id; what there is none of is not looked for."""
        found = self._all(connection, list(people), named=special.channels)
        if not special.unreachable:
            return found
        recipients = {way.recipient for ways in found.values() for way in ways}
        gone = channel_state.gone(connection, recipients)
        return {
            id: [way for way in ways if way.recipient not in gone] for id, ways in found.items()
        }

    def every(self, connection: Connection, person: Rep) -> list[Way]:
        """The ways of one person, also those that nothing reaches any more."""
        return self._all(connection, [person])[person.id]

    def _all(
        self, connection: Connection, people: Sequence[Rep], *, named: bool = True
    ) -> dict[str, list[Way]]:
        ids = [one.id for one in people]
        stored = rep_channels.of_reps(connection, ids, self._cipher) if named else {}
        found: dict[str, list[Way]] = {}
        for person in people:
            ways = [way for way in stored.get(person.id, ()) if way.channel in KINDS]
            own = mail_way(person.email) if is_address(person.email) and person.email else None
            if own and all(way.recipient != own.recipient for way in ways):
                ways.append(own)
            found[person.id] = ways
        return found


def read_ways(database: Database, settings: Settings) -> Ways:
    """The ways of everybody, opened with the secret key of the settings.

    Raises ConfigurationError when the key cannot be used, or is not the one of stored addresses.
    """
    cipher = rep_channels.cipher_of(load_secret(settings).key(rep_channels.PURPOSE))
    with database.read() as connection:
        closed = rep_channels.unreadable(connection, cipher)
    if closed:
        raise ConfigurationError(
            f"channels of {len(closed)} reps cannot be read with this secret key; bring back the "
            "former one, or name the channels again with `vigia rep add`: " + ", ".join(closed[:9])
        )
    return Ways(cipher, _operator(settings))


def _operator(settings: Settings) -> list[Way]:
    mail = mail_way(settings.operator_email)
    url = settings.operator_channel.get_secret_value()
    if not url:
        return [mail]
    try:
        return [read_channel(url), mail]
    except InputError as error:
        raise ConfigurationError(f"VIGIA_OPERATOR_CHANNEL: {error}") from None


def mail_way(address: str) -> Way:
    return Way(EMAIL, address, address)
