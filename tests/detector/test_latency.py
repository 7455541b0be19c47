"""How long it took from an event to the alert."""

from datetime import timedelta

from prometheus_client import CollectorRegistry

from services.detector.judge import Judge
from services.detector.metrics import DetectorMetrics
from shared.storage.tables import transition
from tests.detector.town import CALENDAR, MONDAY, Town


def test_an_alert_tells_how_long_its_event_waited(town: Town) -> None:
    registry = CollectorRegistry()
    metrics = DetectorMetrics(registry)
    judge = Judge(town.database, town.settings, CALENDAR, town.clock, town.wakeup, metrics)
    town.evaluate()
    while judge.step():
        pass
    opened = town.count(transition)
    assert registry.get_sample_value("vigia_event_to_alert_seconds_count") == opened > 0
    assert registry.get_sample_value("vigia_event_to_alert_seconds_sum") == 0
    town.cancels(town.regulars()[0], MONDAY)
    town.clock.move_to(town.clock.now() + timedelta(seconds=7))
    judge.step()
    assert registry.get_sample_value("vigia_event_to_alert_seconds_sum") == 7
    assert registry.get_sample_value("vigia_event_to_alert_seconds_count") == opened + 1
