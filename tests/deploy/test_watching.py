"""Prometheus asks every role, and the dashboard shows only what the roles tell."""

import json
import re
from typing import Any

import pytest

from tests.deploy.catalogue import PAGE, metrics, page
from tests.deploy.reading import ROLES, ROOT, environment, read_yaml, stages

DASHBOARD = "deploy/grafana/dashboards/overview.json"
OF_PROMETHEUS = {"le", "job", "instance"}


def panels() -> list[dict[str, Any]]:
    found = json.loads((ROOT / DASHBOARD).read_text(encoding="utf-8"))["panels"]
    assert isinstance(found, list)
    return found


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel.get("targets", [])]


def known() -> dict[str, set[str]]:
    """The labels of every series."""
    everything = [one for found in metrics().values() for one in found]
    return {name: set(one.labels) for one in everything for name in one.series}


def test_the_page_of_metrics_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_role_is_asked_where_it_answers() -> None:
    port = int(environment(stages()[-1])["VIGIA_OPS_PORT"])
    jobs = {
        job["job_name"]: job
        for job in read_yaml("deploy/prometheus/prometheus.yml")["scrape_configs"]
    }
    assert set(jobs) == {*ROLES, "prometheus"}
    for role in ROLES:
        (discovery,) = jobs[role]["dns_sd_configs"]
        assert (discovery["names"], discovery["type"], discovery["port"]) == ([role], "A", port)


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_asks_for_what_exists(expression: str) -> None:
    series = known()
    used = set(re.findall(r"\bvigia_\w+", expression))
    assert used <= set(series), used - set(series)
    assert used or re.search(r"\bup\b", expression)
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    chosen = re.findall(r"[{,]\s*(\w+)(?:=|!=|=~|!~)\"", expression)
    labels = {label.strip() for group in grouped for label in group.split(",")} | set(chosen)
    assert labels <= set.union(OF_PROMETHEUS, *(series[name] for name in used))
    assert expression.count("(") == expression.count(")")


def test_every_legend_names_a_label_of_its_expression() -> None:
    for panel in panels():
        for target in panel.get("targets", []):
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{label}\b", target["expr"]), panel["title"]


@pytest.mark.parametrize(
    "name",
    [
        "vigia_ingest_events_total",
        "vigia_events_total",
        "vigia_log_lag_records",
        "vigia_log_lag_seconds",
        "vigia_log_batches_total",
        "vigia_log_fences_total",
        "vigia_evaluation_seconds_count",
        "vigia_transitions_total",
        "vigia_deliveries_total",
        "vigia_delivery_oldest_waiting_seconds",
        "vigia_event_to_alert_seconds_bucket",
        "vigia_alert_to_delivery_seconds_bucket",
    ],
)
def test_the_overview_shows_what_an_operator_asks_first(name: str) -> None:
    assert any(re.search(rf"\b{name}\b", expression) for expression in expressions())


def test_panels_have_their_own_number_and_place() -> None:
    numbers = [panel["id"] for panel in panels()]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_grafana_finds_its_source_and_its_dashboard() -> None:
    provisioning = "deploy/grafana/provisioning"
    (source,) = read_yaml(f"{provisioning}/datasources/prometheus.yml")["datasources"]
    services = read_yaml("docker-compose.yml")["services"]
    host = re.fullmatch(r"http://(\w+):9090", source["url"])
    assert host and host[1] in services
    wanted = {t["datasource"]["uid"] for p in panels() for t in p.get("targets", [])}
    assert wanted == {source["uid"]}
    (provider,) = read_yaml(f"{provisioning}/dashboards/vigia.yml")["providers"]
    inside = provider["options"]["path"]
    assert f"./deploy/grafana/dashboards:{inside}:ro" in services["grafana"]["volumes"]
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{inside}/overview.json"
