"""The company's secret: given or made once, the same for everybody, and never told."""

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.ops.errors import ConfigurationError
from shared.ops.secret import Secret, load_secret
from shared.ops.settings import Settings, load_settings

GIVEN = "x" * 40
POSTGRES = "postgresql://vigia@db.example/vigia"


def settings(folder: Path, **changes: Any) -> Settings:
    return load_settings(data=folder, **changes)


def test_a_laptop_makes_its_own_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = load_secret(settings(folder)).key("links")
    assert load_secret(settings(folder)).key("links") == first
    (path,) = folder.iterdir()
    assert path.name == "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secret(settings(tmp_path / "other")).key("links") != first


def test_processes_that_start_together_make_one(tmp_path: Path) -> None:
    code = (
        "import sys; from shared.ops.secret import load_secret;"
        "from shared.ops.settings import load_settings; sys.stdin.readline();"
        "print(load_secret(load_settings(data=sys.argv[1])).key('links').hex())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = {process.communicate(timeout=60)[0] for process in processes}
    assert len(told) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_given_one_counts_and_leaves_no_file(tmp_path: Path) -> None:
    made = load_secret(settings(tmp_path, secret_key=GIVEN, database_url=POSTGRES))
    assert made.key("links") == Secret(GIVEN).key("links")
    assert not list(tmp_path.iterdir())


def test_many_machines_must_be_given_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="VIGIA_SECRET_KEY is empty"):
        load_secret(settings(tmp_path, database_url=POSTGRES))


def test_purposes_have_keys_of_their_own() -> None:
    keys = {Secret(GIVEN).key(purpose) for purpose in ("links", "csrf", "login")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}


def test_the_one_of_the_trial_is_refused_where_others_come(tmp_path: Path) -> None:
    known = "trial-" + GIVEN
    load_secret(settings(tmp_path, secret_key=known))
    with pytest.raises(ConfigurationError, match="everybody knows"):
        load_secret(settings(tmp_path, secret_key=known, base_url="https://vigia.example"))


@pytest.mark.parametrize("content", ["", "short\n", "ñ" * 40])
def test_a_damaged_file_is_named_and_not_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"secret\.key"):
        load_secret(settings(tmp_path))
    assert path.read_text(encoding="utf-8") == content


def test_it_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path, secret_key="too-short-and-secret")
    assert "too-short" not in str(caught.value)
    loaded = settings(tmp_path, secret_key=GIVEN)
    assert GIVEN not in repr(loaded) + repr(load_secret(loaded))


def test_addresses_are_checked_and_follow_the_port(tmp_path: Path) -> None:
    assert settings(tmp_path, base_url="https://v.example/").base_url == "https://v.example"
    assert load_settings(data=tmp_path, port=9000).base_url == "http://localhost:9000"
    for wrong in ("v.example", "ftp://v.example", "javascript:alert(1)", "https://v.example/?a=b"):
        with pytest.raises(ConfigurationError, match="VIGIA_BASE_URL"):
            settings(tmp_path, base_url=wrong)
