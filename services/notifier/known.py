"""What the database tells at one moment, read together for all messages that need it then."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from services.notifier.ways import EMAIL, Ways
from shared.storage import absences, addressing, channel_state, delivery_list, reps
from shared.storage.addressing import AlertNow, Card, Whose
from shared.storage.rep_channels import Way
from shared.storage.reps import Rep
from shared.storage.special import Special, special


class Known:
    """One look at the database, within one transaction. What was read once is not read again."""

    def __init__(self, connection: Connection, ways: Ways) -> None:
        self.connection = connection
        self._ways = ways
        self._special: Special | None = None
        self._paused: Collection[str] | None = None
        self._cards: dict[str, Card | None] = {}
        self._alerts: dict[str, AlertNow | None] = {}
        self._people: dict[str, Rep | None] = {}
        self._away: dict[str, str | None] = {}
        self._asked_away: set[str] = set()
        self._reached: dict[str, Sequence[Way]] = {}
        self._sent: dict[str, int] = {}
        self._threads: dict[str, dict[tuple[str, str, str], str | None]] = {}

    def read_customers(self, customers: Iterable[str], alerts: Iterable[str]) -> None:
        """Read cards and alerts that will be asked for, and who looks after them."""
        asked = {one for one in alerts if one not in self._alerts}
        self._alerts |= dict.fromkeys(asked)
        found: Sequence[Whose] = ()
        if asked:
            found, self._special = addressing.whose(self.connection, asked)
        for one in found:
            self._alerts[one.alert.id] = one.alert
            if one.card is not None:
                self._cards.setdefault(one.card.id, one.card)
            if one.rep is not None:
                self._people.setdefault(one.rep.id, one.rep)
        missing = {one for one in customers if one not in self._cards}
        if missing:
            cards = addressing.cards(self.connection, missing)
            self._cards |= {one: cards.get(one) for one in missing}

    def read_threads(self, alerts: Iterable[str]) -> None:
        """Read what was sent about alerts that will be asked for."""
        missing = {one for one in alerts if one not in self._threads}
        if missing:
            found = delivery_list.thread_starts(self.connection, missing)
            self._threads |= {one: {} for one in missing}
            for key, name in found.items():
                self._threads[key[0]][key] = name

    def card(self, customer: str) -> Card | None:
        self.read_customers([customer], ())
        return self._cards[customer]

    def alert(self, name: str) -> AlertNow | None:
        self.read_customers((), [name])
        return self._alerts[name]

    def current_rep(self, customer: str, alert: str) -> str | None:
        """Who looks after the customer now: as the company says, else as the alert found out."""
        self.read_customers([customer], [alert])
        card, now = self._cards[customer], self._alerts[alert]
        return (card and card.rep) or (now and now.rep) or None

    def thread_start(self, alert: str, way: Way) -> str | None:
        """The provider's id of the first message about the alert that went this way."""
        self.read_threads([alert])
        return self._threads[alert].get((alert, way.channel, way.recipient))

    def paused(self) -> Collection[str]:
        """The channels that send nothing for now."""
        if self._paused is None:
            some = self.special.pauses
            self._paused = channel_state.pauses(self.connection).keys() if some else ()
        return self._paused

    def chains(self, starts: Iterable[str | None]) -> dict[str, Rep]:
        """Everybody of `starts`, their managers, and so on up, by id; the unknown are missing."""
        found: dict[str, Rep] = {}
        wanted = {one for one in starts if one}
        while wanted:
            people = self._those(wanted)
            found |= people
            wanted = {one.manager for one in people.values() if one.manager} - found.keys()
        return found

    def away(self, people: Collection[str], day: int) -> dict[str, str | None]:
        """Who of them is away on the company's `day`, the same at each call, and who stands in."""
        missing = {one for one in people if one not in self._asked_away}
        if missing and self.special.absences:
            self._away |= absences.today(self.connection, missing, day)
            self._asked_away |= missing
        return {one: self._away[one] for one in people if one in self._away}

    def ways(self, people: Mapping[str, Rep]) -> dict[str, Sequence[Way]]:
        """How each of them can be reached."""
        missing = [one for id, one in people.items() if id not in self._reached]
        if missing:
            self._reached |= self._ways.of(self.connection, missing, self.special)
        return {id: self._reached[id] for id in people}

    def only_mail(self) -> bool:
        """Whether nobody can be reached by anything but mail."""
        return not self.special.channels and all(way.channel == EMAIL for way in self.operator)

    @property
    def special(self) -> Special:
        """What need not be asked for one by one, because there is none of it."""
        if self._special is None:
            self._special = special(self.connection)
        return self._special

    @property
    def all_may_go(self) -> bool:
        """Whether nothing keeps messages back: no pause of the company, and no pace."""
        return not self.special.halted and not self.special.paces

    @property
    def operator(self) -> Sequence[Way]:
        return self._ways.operator

    def read_sent(self, people: Iterable[str], since: datetime) -> None:
        """Count what these people were sent; `since` is the same at each call."""
        missing = {one for one in people if one not in self._sent}
        if missing:
            found = delivery_list.sent_since(self.connection, missing, since)
            self._sent |= {one: found.get(one, 0) for one in missing}

    def sent_since(self, person: str, since: datetime) -> int:
        """How many messages the person was sent since then, and will be by what is prepared."""
        self.read_sent([person], since)
        return self._sent[person]

    def will_be_sent(self, person: str) -> None:
        """One message more is prepared for a person whose messages were counted."""
        if person in self._sent:
            self._sent[person] += 1

    def _those(self, ids: Collection[str]) -> dict[str, Rep]:
        missing = {id for id in ids if id not in self._people}
        if missing:
            found = reps.those(self.connection, missing)
            self._people |= {one: found.get(one) for one in missing}
        people = ((id, self._people[id]) for id in ids)
        return {id: person for id, person in people if person is not None}
