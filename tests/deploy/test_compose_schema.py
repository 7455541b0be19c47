"""The Compose files against the public JSON schema of the Compose specification.

The schema comes with the package check-jsonschema.
"""

import json
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from jsonschema.validators import validator_for

from tests.deploy.reading import read_yaml

SCHEMA = "builtin_schemas/vendor/compose-spec.json"
FILES = ("docker-compose.yml", "deploy/compose.secrets.yml")


@pytest.fixture(scope="module")
def schema() -> Any:
    found = json.loads((files("check_jsonschema") / SCHEMA).read_text(encoding="utf-8"))
    made = validator_for(found)
    made.check_schema(found)
    return made(found)


def problems(schema: Any, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document)]


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_what_the_specification_allows(schema: Any, path: str) -> None:
    assert problems(schema, read_yaml(path)) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("restart_policy", "always"),  # no such key
        ("ports", "8080:8080"),  # not a list
        ("depends_on", {"kafka": {"condition": "service_ready"}}),  # no such condition
        ("deploy", {"replicas": [2]}),
    ],
)
def test_a_slip_would_be_seen(schema: Any, key: str, value: object) -> None:
    document = deepcopy(read_yaml("docker-compose.yml"))
    document["services"]["ingest"][key] = value
    assert problems(schema, document)
