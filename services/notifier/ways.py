"""How people can be reached: their channels in order, and the mail of the master data last."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from services.notifier.registry import KINDS
from shared.ops.errors import ConfigurationError
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.storage import channel_state, rep_channels
from shared.storage.database import Database
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep, is_address

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

EMAIL = "email"


class Ways:
    """Reads ways; addresses that nothing reaches any more are none."""

    def __init__(self, cipher: "Fernet", operator: Sequence[Way]) -> None:
        self._cipher = cipher
        self.operator = operator

    def of(self, connection: Connection, people: Iterable[Rep]) -> Mapping[str, Sequence[Way]]:
        """The ways of each of `people` by id."""
        known = {person.id: person for person in people}
        stored = rep_channels.of_reps(connection, known, self._cipher)
        mails = {id: person.email for id, person in known.items() if is_address(person.email)}
        gone = channel_state.gone(connection, [mail for mail in mails.values() if mail])
        found: dict[str, list[Way]] = {}
        for id in known:
            ways = [way for way in stored.get(id, ()) if way.channel in KINDS]
            mail = mails.get(id)
            if mail and mail not in gone and all(way.recipient != mail for way in ways):
                ways.append(mail_way(mail))
            found[id] = ways
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
    return Ways(cipher, [mail_way(settings.operator_email)])


def mail_way(address: str) -> Way:
    return Way(EMAIL, address, address)
