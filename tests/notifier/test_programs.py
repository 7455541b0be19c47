"""Programs are told each change of an alert; what asks and what bundles goes to people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier.announcement import TOLD
from services.notifier.channels.webhook.render import render
from services.notifier.metrics import NotifierMetrics
from services.notifier.registry import read_channel
from services.notifier.routing import FOR_PEOPLE
from shared.contract.alert_event import read_alert_event
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.storage import rep_channels
from shared.storage.database import Database
from shared.storage.rep_channels import PURPOSE
from shared.storage.tables import rep
from tests.notifier.builders import message
from tests.notifier.weekly import ANA, DIGEST_DAY, MARTA, OPERATOR, Desk, open_one, states
from tests.notifier.working import Clock, Recorder, make_sender, run

CRM = read_channel("webhook+https://crm.example/hook#whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Company:
    """A desk whose people may be reached by mail and by a program."""

    def __init__(self, desk: Desk, settings: Settings, metrics: NotifierMetrics) -> None:
        self.desk, self._cipher = desk, rep_channels.cipher_of(load_secret(settings).key(PURPOSE))
        self.program = Recorder(name="webhook")
        self._sender = make_sender(desk.database, settings, desk.clock, metrics, self.program)

    def give_program(self, person: str, *, mail: bool = True) -> None:
        """The person is reached by a program first, and by mail after it or not at all."""
        now = self.desk.clock.now() + timedelta(seconds=1)
        with self.desk.database.write() as connection:
            rep_channels.replace(connection, person, [CRM], self._cipher, now)
            if not mail:
                connection.execute(rep.update().where(rep.c.id == person).values(email=None))

    def work(self) -> list[tuple[str, str]]:
        """Do all there is to do; what people were told meanwhile."""
        before = len(self.desk.channel.sent)
        while self.desk.work() or run(self._sender):
            pass
        return [(address, told.kind) for address, told, _ in self.desk.channel.sent[before:]]

    @property
    def program_was_told(self) -> list[str]:
        return [told.kind for _, told, _ in self.program.sent]


@pytest.fixture
def town(company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics) -> Company:
    weekly = settings.model_copy(update={"digest_at": "monday 07:30"})
    return Company(Desk(company, weekly, clock, metrics, Recorder()), weekly, metrics)


def suppressed(town: Company) -> list[tuple[str, str | None]]:
    return [(who, why) for who, state, why in states(town.desk) if state == "suppressed"]


def summarize(town: Company) -> list[tuple[str, str]]:
    town.desk.move_to(datetime(2011, 12, 6, 9, tzinfo=UTC))
    open_one(town.desk, "C-1", severity="urgent")
    town.work()
    town.desk.move_to(datetime(2011, 12, 12, 7, tzinfo=UTC))
    town.desk.planner.summarize()
    return town.work()


def test_a_manager_with_a_program_reads_the_summary_by_mail(town: Company) -> None:
    town.give_program("m1")
    assert (MARTA, "summary") in summarize(town)
    assert town.program_was_told == []


def test_a_summary_that_only_a_program_could_read_is_not_sent(town: Company) -> None:
    town.give_program("m1", mail=False)
    assert "summary" not in [kind for _, kind in summarize(town)]
    assert suppressed(town) == [("digest", "read_by_program")]


def unanswered_for(town: Company, days: int) -> list[tuple[str, str]]:
    open_one(town.desk, "C-1", severity="urgent")
    assert town.work() == []
    assert town.program_was_told == ["opened"]
    town.desk.move_to(town.desk.clock.now() + timedelta(days=days))
    town.desk.planner.remind()
    return town.work()


def test_a_rep_with_a_program_is_reminded_by_mail(town: Company) -> None:
    town.give_program("r1")
    assert unanswered_for(town, 3) == [(ANA, "reminder"), (MARTA, "escalated")]
    assert town.program_was_told == ["opened"]


def test_nobody_else_is_reminded_instead_of_a_program(town: Company) -> None:
    town.give_program("r1", mail=False)
    town.give_program("m1", mail=False)
    assert unanswered_for(town, 3) == [(OPERATOR, "escalated")]
    assert suppressed(town) == [("reminder-1", "read_by_program")]


def test_a_digest_that_only_a_program_could_read_goes_to_the_manager(town: Company) -> None:
    open_one(town.desk, "C-1")
    town.work()
    town.give_program("r1", mail=False)
    town.desk.move_to(DIGEST_DAY)
    assert town.work() == [(MARTA, "digest")]
    assert town.program_was_told == []


@pytest.mark.parametrize("kind", TOLD)
def test_whatever_a_program_is_told_is_an_event_of_the_topic(kind: str) -> None:
    assert kind not in FOR_PEOPLE
    told: dict[str, Any] = {"number": 3, "state": kind if kind in TOLD[2:] else "open"}
    event = read_alert_event(render(message(kind, **told)))
    assert (event.type, event.id) == (f"alert.{kind}", "a_mfrggzdfmztwq2lkobqx/3")
