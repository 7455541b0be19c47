"""The image is built from locked parts and runs as nobody in particular."""

import ast
import json
import re

from tests.deploy.reading import ROOT, environment, instructions, sent_to_the_builder, stages


def requirements(path: str) -> dict[str, set[str]]:
    """The hashes of every requirement of a lock."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            found[line.removesuffix(" \\")] = set()
        else:
            found[next(reversed(found))].add(line.strip().removesuffix(" \\"))
    return found


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    sent = sent_to_the_builder()
    for name, rest in stages()[0]:
        if name == "COPY":
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source in sent, source
    copied = {word for name, rest in stages()[0] if name == "COPY" for word in rest.split()[:-1]}
    assert sent == copied


def test_nothing_is_installed_without_a_hash() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip" in rest]
    assert installs
    for command in installs:
        if " install " in command or " wheel " in command:
            assert "--require-hashes" in command or "--no-index" in command, command


def test_the_build_tools_are_those_of_the_lock() -> None:
    build = requirements("deploy/build.lock")
    locked = requirements("requirements-dev.lock")
    assert any(name.startswith("hatchling==") for name in build)
    assert {name: locked.get(name) for name in build} == build
    assert all(build.values())


def test_the_parts_are_those_of_the_program() -> None:
    assert any("--requirement requirements.lock" in rest for _, rest in stages()[0])
    assert all(requirements("requirements.lock").values())


def test_it_runs_as_a_user_without_rights() -> None:
    last = stages()[-1]
    users = [rest for name, rest in last if name == "USER"]
    assert users == ["vigia"]
    made = next(rest for name, rest in last if name == "RUN" and "useradd" in rest)
    assert int(re.findall(r"--uid (\d+)", made)[0]) >= 1000
    after = last[last.index(("USER", "vigia")) :]
    assert not [name for name, _ in after if name in ("RUN", "COPY", "ADD")]


def test_the_last_stage_holds_no_build_tools() -> None:
    first, last = stages()
    assert any("--without-pip /opt/vigia" in rest for _, rest in first)
    assert [rest for name, rest in last if name == "COPY"] == ["--from=build /opt/vigia /opt/vigia"]
    assert first[0][1].removesuffix(" AS build") == last[0][1]


def test_health_is_asked_where_it_is_answered() -> None:
    last = stages()[-1]
    ports = next(rest for name, rest in last if name == "EXPOSE").split()
    assert environment(last)["VIGIA_OPS_PORT"] in ports
    check = next(rest for name, rest in last if name == "HEALTHCHECK")
    command = json.loads(check.split(" CMD ")[1])
    assert command[:2] == ["python", "-c"]
    ast.parse(command[2])
    assert "VIGIA_OPS_PORT" in command[2]
    assert "/healthz" in command[2]


def test_it_starts_the_program() -> None:
    last = dict(stages()[-1])
    assert json.loads(last["ENTRYPOINT"]) == ["vigia"]
    assert last["STOPSIGNAL"] == "SIGTERM"
