"""A feed that falls silent is one alert to the operator, until it speaks again."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from services.detector.feed_alerts import PATIENCE, FeedWatch
from services.detector.feeds import set_kind
from services.detector.judge import Judge
from services.detector.metrics import DetectorMetrics
from services.detector.projector import Projector
from shared.contract.event import Event
from shared.contract.topics import DETECTOR_GROUP, events_topic
from shared.eventlog.consumer import Consumer
from shared.eventlog.metrics import ConsumerMetrics
from shared.eventlog.records import event_record
from shared.eventlog.table import TableLog
from shared.ops.clock import SimulatedClock
from shared.ops.settings import Settings
from shared.ops.wakeup import LocalWakeup
from shared.storage import alerts, other_alerts, transitions
from shared.storage.alert_rows import AlertRow
from shared.storage.company import load_calendar
from shared.storage.database import Database
from shared.storage.tables import alert
from tests.detector.folding import event_of, purchase
from tests.postgres.kinds import every_database


class Patient(SimulatedClock):
    """A clock whose monotonic seconds stand until they are moved, as business time does."""

    def __init__(self, start: SimulatedClock) -> None:
        super().__init__(start.now())
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


class Post:
    """A log, a watch over its feeds, and the alerts that came of it."""

    def __init__(self, database: Database, log: TableLog, clock: Patient) -> None:
        self.database, self.log, self.clock = database, log, clock
        calendar, registry = load_calendar(database), CollectorRegistry()
        metrics = DetectorMetrics(registry)
        self.registry = registry
        projector = Projector(calendar, clock, metrics)
        self.consumer = Consumer(
            log,
            database,
            topic=events_topic(),
            group=DETECTOR_GROUP,
            read=projector.read,
            fold=projector.fold,
            on_commit=lambda _count: None,
            metrics=ConsumerMetrics(registry, clock),
        )
        self.wakeup = LocalWakeup()
        self.watch = FeedWatch(database, log, Settings(), calendar, clock, self.wakeup, metrics)
        self.judge = Judge(database, Settings(), calendar, clock, self.wakeup, metrics)

    def hears(self, *events: Event, folded: bool = True) -> None:
        self.log.append(events_topic(), [event_record(one) for one in events], timeout=5)
        while folded and self.consumer.step():
            pass

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.watch.step()

    def alerts(self) -> list[AlertRow]:
        with self.database.read() as connection:
            names = connection.scalars(select(alert.c.id).order_by(alert.c.opened_at))
            rows = [alerts.read_alert(connection, name) for name in names.all()]
        return [row for row in rows if row is not None]

    def history(self) -> list[tuple[str, str, str]]:
        """Kind, reason and key of every transition."""
        with self.database.read() as connection:
            return [
                (one.kind, one.reason, one.key)
                for row in self.alerts()
                for one in transitions.transitions(connection, row.id)
            ]


@pytest.fixture
def post(database: Database, log: TableLog, clock: SimulatedClock) -> Post:
    """Till and shop told something yesterday; the watch has been patient."""
    patient = Patient(clock)
    post = Post(database, log, patient)
    post.hears(purchase("1"), purchase("1", source="shop"))
    patient.seconds = PATIENCE.total_seconds()
    return post


def speaks_again(post: Post, name: str) -> None:
    when = post.clock.now() - timedelta(hours=1)
    post.hears(purchase(name, source="shop", time=when.isoformat()))


@every_database
def test_a_silent_feed_is_one_alert_until_it_speaks_again(post: Post) -> None:
    post.look()
    assert post.alerts() == []
    post.clock.move_to(post.clock.now() + timedelta(days=4))
    when = post.clock.now() - timedelta(hours=1)
    post.hears(purchase("2", time=when.isoformat()))  # the till
    post.look(4)

    (found,) = post.alerts()
    assert (found.kind, found.key, found.customer, found.rep) == ("feed", "feed:shop", None, None)
    assert (found.state, found.severity) == ("open", "warning")
    assert "shop" in found.sentence
    assert "4 days ago" not in found.sentence  # it was five
    assert "5 days ago" in found.sentence

    speaks_again(post, "2")
    post.look()
    assert post.history() == [
        ("opened", "silent", "feed:shop"),
        ("recovered", "back", "feed:shop"),
    ]
    assert "sends again" in post.alerts()[0].sentence
    transitions_counted = post.registry.get_sample_value(
        "vigia_transitions_total", {"kind": "recovered"}
    )
    assert transitions_counted == 1


@every_database
def test_the_next_silence_is_another_alert(post: Post) -> None:
    for _ in range(2):
        post.clock.move_to(post.clock.now() + timedelta(days=10))
        post.look()
        speaks_again(post, f"again-{post.clock.now()}")
        post.look()

    kinds = [(kind, key) for kind, _, key in post.history() if key == "feed:shop"]
    assert kinds == [("opened", "feed:shop"), ("recovered", "feed:shop")] * 2
    assert len({row.id for row in post.alerts()}) == 3  # and one of the till's


def test_what_was_dismissed_stays_so_while_the_silence_lasts(post: Post) -> None:
    post.clock.move_to(post.clock.now() + timedelta(days=10))
    post.look()
    with post.database.write() as connection:
        for row in other_alerts.living_others(connection, "feed").values():
            now = post.clock.now()
            alerts.add_transition(connection, row, "dismissed", reason="known", actor="eva", at=now)
    post.clock.move_to(post.clock.now() + timedelta(days=10))
    post.look()

    assert {row.state for row in post.alerts()} == {"dismissed"}


def test_a_retired_feed_is_missed_no_more(post: Post) -> None:
    post.clock.move_to(post.clock.now() + timedelta(days=10))
    post.look()
    with post.database.write() as connection:
        set_kind(connection, "shop", "retired")
    post.look()

    states = {row.key: row.state for row in post.alerts()}
    assert states == {"feed:shop": "recovered", "feed:till": "open"}


def complains_under_the_name_of_the_feed(post: Post) -> None:
    when = post.clock.now() - timedelta(hours=1)
    subject = {"subject": "feed:shop", "source": "hotline", "time": when.isoformat()}
    post.hears(event_of("complaint", "c1", {"severity": "high"}, **subject))
    assert sum(post.judge.step() for _ in range(5)) == 1  # and then there is nothing to be done


def falls_silent(post: Post) -> None:
    post.clock.move_to(post.clock.now() + timedelta(days=4))
    when = post.clock.now() - timedelta(hours=1)
    post.hears(purchase("2", time=when.isoformat()))  # the till
    post.look()


@every_database
@pytest.mark.parametrize("customer_first", [True, False])
def test_a_customer_may_be_called_what_a_feeds_alert_is(post: Post, customer_first: bool) -> None:
    happens = [complains_under_the_name_of_the_feed, falls_silent]
    for each in happens if customer_first else reversed(happens):
        each(post)

    told = {row.kind: (row.key, row.state) for row in post.alerts()}
    assert told == dict.fromkeys(("customer", "feed"), ("feed:shop", "open"))

    speaks_again(post, "3")
    post.look()
    states = {row.kind: row.state for row in post.alerts()}
    assert states == {"customer": "open", "feed": "recovered"}


def test_nobody_is_blamed_for_what_waits_to_be_folded(post: Post) -> None:
    post.clock.move_to(post.clock.now() + timedelta(days=10))
    post.hears(purchase("9", source="shop"), folded=False)
    post.look(3)
    assert post.alerts() == []


def test_after_a_start_the_tills_are_given_time(post: Post) -> None:
    post.clock.seconds = 0
    post.clock.move_to(post.clock.now() + timedelta(days=10))
    post.look(3)
    assert post.alerts() == []
    post.clock.seconds = PATIENCE.total_seconds()
    post.look(3)
    assert len(post.alerts()) == 2
