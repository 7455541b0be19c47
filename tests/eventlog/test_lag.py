"""How far a group is behind, told by somebody who does not read: on every log."""

from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from shared.eventlog.lag import LagWatch
from shared.eventlog.metrics import ConsumerMetrics
from shared.ops.clock import SystemClock
from tests.eventlog.builders import Rig

TOPIC = "vigia.test"
GROUP = "g"
SLOW = 20.0  # seconds that a busy machine may take for a step of a test


class LateClock(SystemClock):
    """Real time as it will be some seconds from now."""

    late = 0.0

    def real(self) -> datetime:
        return super().real() + timedelta(seconds=self.late)


class Watched:
    """What a watch shows of the group."""

    def __init__(self, rig: Rig) -> None:
        self.clock = LateClock()
        self.registry = CollectorRegistry()
        metrics = ConsumerMetrics(self.registry, self.clock)
        self._watch = LagWatch(rig.log, rig.database, topic=TOPIC, group=GROUP, metrics=metrics)

    def look(self) -> tuple[float, float]:
        self._watch.look()
        return self.records(), self.seconds()

    def records(self) -> float:
        return sum(
            sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == "vigia_log_lag_records"
        )

    def seconds(self) -> float:
        labels = {"topic": TOPIC, "group": GROUP}
        return self.registry.get_sample_value("vigia_log_lag_seconds", labels) or 0.0


@pytest.fixture
def watched(rig: Rig) -> Watched:
    return Watched(rig)


def test_a_stalled_reader_is_seen_to_be_ever_later(rig: Rig, watched: Watched) -> None:
    """It folds nothing, and records go on coming: the oldest of them is what counts."""
    rig.append(TOPIC, "a")
    records, seconds = watched.look()
    assert (records, 0 <= seconds < SLOW) == (1, True)
    watched.clock.late = 100
    assert 100 <= watched.seconds() < 100 + SLOW  # also while nobody looks
    rig.append(TOPIC, "b", "c")
    records, seconds = watched.look()
    assert (records, 100 <= seconds < 100 + SLOW) == (3, True)
    watched.clock.late = 200
    assert 200 <= watched.look()[1] < 200 + SLOW


def test_the_wait_ends_with_the_last_record(rig: Rig, watched: Watched) -> None:
    assert watched.look() == (0, 0)
    rig.append(TOPIC, "a", "b")
    watched.clock.late = 50
    reader = rig.reader(TOPIC, GROUP)
    rig.read(reader, GROUP, 1)
    records, seconds = watched.look()
    assert (records, seconds >= 50) == (1, True)
    rig.read(reader, GROUP, 1)
    assert watched.look() == (0, 0)
    watched.clock.late = 100
    assert watched.look() == (0, 0)


def test_a_broker_that_does_not_answer_does_not_hide_the_wait(kafka_rig: Rig) -> None:
    watched = Watched(kafka_rig)
    kafka_rig.append(TOPIC, "a")
    watched.look()
    kafka_rig.go_down()
    try:
        watched.clock.late = 30
        assert watched.look()[1] >= 30
    finally:
        kafka_rig.come_back()
