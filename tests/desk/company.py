"""A small company at the desk: reps, a manager, and a customer who is leaving."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update

from services.cli.running import HttpServer
from services.desk.service import Front, create_desk
from shared.ops.clock import SimulatedClock
from shared.ops.links import Link, Links
from shared.ops.settings import Settings, load_settings
from shared.ops.wakeup import LocalWakeup
from shared.storage import alerts, reps, sessions, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import alert, customer
from shared.storage.transitions import TransitionRow
from tests.conftest import START
from tests.detector.town import CALENDAR, Town, settle
from tests.ports import free_port

SECRET = "a secret for the tests of the desk"
ANA = Rep("ana", name="Ana Ruiz", email="ana@company.example", manager="eva", locale="en")
PEOPLE = (
    ANA,
    Rep("bea", name="Bea Mora", email="bea@company.example", locale="es"),
    Rep("eva", name="Eva Sanz", email="eva@company.example", locale="en"),
    Rep("gone", name="Gil", email="gone@company.example", active=False),
)
NAME = "Panadería Sol"
PHONE = "+34 600 123 456"


def prepare(path: Path) -> None:
    """Forty weeks of trade, judged: `leaver` of rep `ana` has an alert."""
    database = Database(f"sqlite:///{path}")
    settle(database)
    clock = SimulatedClock(START)
    with database.write() as connection:
        for person in PEOPLE:
            reps.add(connection, person, clock.now())
        card = {"name": NAME, "phone": PHONE, "segment": "bakery"}
        connection.execute(update(customer).where(customer.c.id == "leaver").values(**card))
    town = Town(database, clock, LocalWakeup())
    town.decree(budget_per_rep=1)  # one alert, and no other
    town.evaluate()
    town.work()
    database.close()


class Office:
    """The desk of that company on a real port, and what tests ask of its data."""

    def __init__(self, folder: Path, prepared: Path, **changes: Any) -> None:
        port = free_port()
        shutil.copy(prepared, folder / "vigia.db")
        given: dict[str, Any] = {
            "data": folder,
            "port": port,
            "base_url": f"http://localhost:{port}",
        }
        self.settings: Settings = load_settings(secret_key=SECRET, **(given | changes))
        self.clock = SimulatedClock(START)
        self.wakeup = LocalWakeup()
        self.registry = CollectorRegistry()
        self.database = Database(self.settings.sqlalchemy_url)
        self.links = Links.of(self.settings)
        self.address = f"http://localhost:{port}"
        desk = create_desk(
            settings=self.settings,
            database=self.database,
            calendar=CALENDAR,
            clock=self.clock,
            wakeup=self.wakeup,
            registry=self.registry,
        )
        self._server = HttpServer(Front(desk, desk), host="127.0.0.1", port=port)

    @contextmanager
    def open(self) -> Iterator["Office"]:
        self._server.start()
        try:
            yield self
        finally:
            self._server.end()
            self._server.join(5)
            self.database.close()

    @property
    def alert(self) -> AlertRow:
        """The leaver's only alert."""
        mine = select(alert.c.id).where(alert.c.key == "leaver")
        with self.database.read() as connection:
            (name,) = connection.scalars(mine).all()
            row = alerts.read_alert(connection, name)
        assert row is not None
        return row

    def history(self) -> list[TransitionRow]:
        with self.database.read() as connection:
            return transitions.transitions(connection, self.alert.id)

    def acts(self) -> list[tuple[str, str, str]]:
        """Kind, reason and actor of what people did."""
        return [(one.kind, one.reason, one.actor) for one in self.history() if ":" in one.actor]

    def link(self, purpose: str = "acknowledge", person: str = "ana", **age: float) -> str:
        """A link as a message holds it, `age` old."""
        issued = self.clock.real() - timedelta(**age)
        return self.links.url(Link(self.alert.id, person, purpose, issued))

    def session(self, person: str) -> str:
        """The token of a session that just began."""
        with self.database.write() as connection:
            return sessions.begin(connection, person, datetime.now(UTC), timedelta(days=1))

    def client(self, person: str | None = None, **headers: str) -> httpx.Client:
        """A browser without scripts, logged in or not."""
        cookies = {} if person is None else {"vigia-session": self.session(person)}
        # Plain HTTP needs no certificates, and reading them takes longer than most requests.
        return httpx.Client(
            base_url=self.address, headers=headers, cookies=cookies, timeout=30, verify=False
        )

    def change(self, **values: Any) -> None:
        """Change the leaver's master data."""
        with self.database.write() as connection:
            connection.execute(update(customer).where(customer.c.id == "leaver").values(**values))

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def field(html: str, name: str) -> str:
    """The value of a hidden field of the first form that has it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, f"no field {name}"
    return found[1]


def words(html: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
