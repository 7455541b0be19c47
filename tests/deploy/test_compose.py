"""docker-compose.yml holds together and says what the program understands."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from services.cli.main import app
from shared.ops.settings import PREFIX, Settings, load_settings
from tests.deploy.compose import Compose, Dependency, Service
from tests.deploy.reading import RESET, ROLES, ROOT, environment, filled_in, read_yaml, stages

OURS = ("migrate", *ROLES)
SHARED = {"kafka", "postgres", "migrate", "prometheus", "grafana", "mailpit"}


@pytest.fixture(scope="module")
def compose() -> Compose:
    document: dict[str, Any] = read_yaml("docker-compose.yml")
    return Compose.model_validate({k: v for k, v in document.items() if not k.startswith("x-")})


def conditions(service: Service) -> dict[str, str]:
    assert isinstance(service.depends_on, dict)
    wanted: dict[str, Dependency] = service.depends_on
    return {name: dependency.condition for name, dependency in wanted.items()}


def settings_of(service: Service) -> dict[str, str]:
    return {k: filled_in(v) for k, v in service.environment.items() if k.startswith(PREFIX)}


def test_the_whole_system_is_there(compose: Compose) -> None:
    assert set(compose.services) == SHARED | set(ROLES)
    replicas = {
        name: service.deploy.replicas
        for name, service in compose.services.items()
        if service.deploy
    }
    assert replicas == {"ingest": 2, "detector": 2}


def test_what_is_referred_to_exists(compose: Compose) -> None:
    used = set()
    for service in compose.services.values():
        assert set(service.depends_on) <= set(compose.services)
        for mount in service.volumes:
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), source
            else:
                used.add(source)
        if service.build:
            assert (ROOT / service.build.context / service.build.dockerfile).is_file()
    assert used == set(compose.volumes)


def test_no_role_starts_before_the_schema_and_the_topics(compose: Compose) -> None:
    for role in ROLES:
        assert conditions(compose.services[role])["migrate"] == "service_completed_successfully"
    wanted = {"kafka": "service_healthy", "postgres": "service_healthy"}
    assert conditions(compose.services["migrate"]) == wanted
    assert compose.services["migrate"].restart == "on-failure"


def test_everything_that_stays_is_watched(compose: Compose) -> None:
    from_image = any(name == "HEALTHCHECK" for name, _ in stages()[-1])
    for name, service in compose.services.items():
        test = service.healthcheck
        if name == "migrate":
            assert test is not None and test.disable
        else:
            assert (test is not None and test.test) or (name in OURS and from_image), name


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_the_program(compose: Compose, name: str) -> None:
    words = compose.services[name].command
    assert words
    group: Any = get_command(app)
    command = group.commands[words[0]]
    command.parse_args(command.context_class(command), words[1:])


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists_and_its_default_is_taken(
    compose: Compose, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment(stages()[-1]) | settings_of(compose.services[name])
    given = {key: value for key, value in given.items() if key.startswith(PREFIX)}
    assert set(given) <= {PREFIX + field.upper() for field in Settings.model_fields}
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    loaded = load_settings()
    assert loaded.sqlalchemy_url.startswith("postgresql+psycopg://vigia:trial@postgres")
    assert (loaded.kafka_bootstrap, loaded.host, loaded.ops_port) == ("kafka:9092", "0.0.0.0", 9100)
    assert loaded.smtp_url.get_secret_value() == "smtp://mailpit:1025"


def test_one_password_opens_the_database(compose: Compose) -> None:
    stored = filled_in(compose.services["postgres"].environment["POSTGRES_PASSWORD"])
    for name in OURS:
        url = settings_of(compose.services[name])["VIGIA_DATABASE_URL"]
        assert f":{stored}@postgres:5432/vigia" in url


def test_a_trial_needs_no_variable_and_opens_no_port_to_others(compose: Compose) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert "$" not in filled_in(text)
    for service in compose.services.values():
        for port in service.ports:
            assert filled_in(port).startswith("127.0.0.1:")
    for inner in ("kafka", "postgres", "detector", "notifier"):
        assert compose.services[inner].ports == []


def test_every_replica_that_is_reached_gets_a_port(compose: Compose) -> None:
    ingest = compose.services["ingest"]
    first, last = filled_in(ingest.ports[0]).split(":")[1].split("-")
    assert ingest.deploy is not None
    assert int(last) - int(first) + 1 == ingest.deploy.replicas


@pytest.mark.parametrize("name", OURS)
def test_our_processes_may_do_little(compose: Compose, name: str) -> None:
    service = compose.services[name]
    assert (service.read_only, service.cap_drop) == (True, ["ALL"])
    assert service.security_opt == ["no-new-privileges:true"]
    assert service.stop_grace_period == "30s"


def test_every_secret_of_a_file_takes_the_place_of_a_variable(compose: Compose) -> None:
    document = read_yaml("deploy/compose.secrets.yml")
    used = set()
    for name, service in document["services"].items():
        given = service["environment"]
        files = {key.removesuffix("_FILE"): path for key, path in given.items() if path != RESET}
        assert set(files) == {key for key, value in given.items() if value == RESET}
        assert set(files) <= set(compose.services[name].environment)
        assert set(files.values()) == {f"/run/secrets/{secret}" for secret in service["secrets"]}
        used |= set(service["secrets"])
    assert set(document["services"]) == {"postgres", *OURS}
    assert used == set(document["secrets"])
    assert all("$" not in filled_in(one["file"]) for one in document["secrets"].values())


def with_files(name: str) -> dict[str, str]:
    """The environment of a service once deploy/compose.secrets.yml is laid over it."""
    document = read_yaml("docker-compose.yml")
    over = read_yaml("deploy/compose.secrets.yml")["services"].get(name, {})
    merged = {**document["services"][name]["environment"], **over.get("environment", {})}
    return {variable: value for variable, value in merged.items() if value != RESET}


def run_by_hand() -> list[tuple[str, list[str]]]:
    """The service and the words of each `docker compose run` in docs/deploy.md."""
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    found = re.findall(r"^docker compose run --rm (\S+) (.+)$", text, re.MULTILINE)
    return [(service, shlex.split(words)) for service, words in found]


def test_commands_by_hand_have_the_notifier_s_key_and_mail_server(compose: Compose) -> None:
    commands = run_by_hand()
    assert {words[0] for _, words in commands} >= {"rep", "doctor"}
    for service, _ in commands:
        for environment_of in (lambda name: compose.services[name].environment, with_files):
            ours, notifier = environment_of(service), environment_of("notifier")
            for setting in ("VIGIA_SECRET_KEY", "VIGIA_SMTP_URL", "VIGIA_DATABASE_URL"):
                for variable in (setting, f"{setting}_FILE"):
                    assert ours.get(variable) == notifier.get(variable), (service, variable)


@pytest.mark.parametrize("document", ["docs/deploy.md", "docs/desk.md"])
def test_what_a_document_says_to_set_reaches_every_process(compose: Compose, document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    fixed = {"VIGIA_OPS_PORT", "VIGIA_X", "VIGIA_X_FILE"}
    named = set(re.findall(r"VIGIA_[A-Z_]+", text)) - fixed
    assert len(named) > 2
    for service in OURS:
        given = compose.services[service].environment
        taken = {name for name in named if given.get(name, "").startswith(f"${{{name}:-")}
        assert named - taken == set(), service
