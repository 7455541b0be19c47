import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from shared.contract.event import EVENT_TYPES
from shared.contract.reading import read_event, write_event
from shared.contract.schemas import DOCS, asyncapi, documents, event_schema, main
from tests.contract.builders import NOW, example, examples, purchases, with_data

ROOT = Path(__file__).parents[2]


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(event_schema())
    return Draft202012Validator(event_schema())


@pytest.mark.parametrize("name", ["events.schema.json", "asyncapi.json"])
def test_the_generated_files_are_current(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == documents()[name]


def test_check_says_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shared.contract.schemas.DOCS", tmp_path)
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / "asyncapi.json").write_text("{}", "utf-8")
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "docs/asyncapi.json: not current; run python -m shared.contract.schemas\n"
    )
    assert main(["--unheard-of"]) == 2


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_schema_takes_the_examples_and_what_is_written(kind: str) -> None:
    validator().validate(json.loads(json.dumps(examples()[kind], default=float)))
    validator().validate(json.loads(write_event(read_event(examples()[kind], now=NOW))))


@given(purchases())
def test_the_schema_takes_whatever_is_read(value: dict[str, Any]) -> None:
    validator().validate(json.loads(write_event(read_event(value, now=NOW))))


@pytest.mark.parametrize(
    "event",
    [
        example(id=""),
        example(source="x" * 129),
        example(subject="a\x00"),
        example(amount=1),
        example(revision=-1),
        example("feed", revision=1),
        example(type="sale"),
        example(time=1772438400),
        with_data(amount="1e3"),
        with_data(amount=0),
        with_data(amount="1.00001"),
        with_data(currency="XXX"),
        with_data(lines=[{}]),
        with_data("survey", score=11),
        with_data("rep", name=None),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(event: Any) -> None:
    assert not validator().is_valid(event)


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for child in value.values() for ref in references(child)]
    if isinstance(value, list):
        return [ref for child in value for ref in references(child)]
    return []


def resolved(document: Any, reference: str) -> Any:
    assert reference.startswith("#/")
    for part in reference[2:].split("/"):
        document = document[part]
    return document


def test_the_asyncapi_document_holds_together() -> None:
    """The rules of AsyncAPI 3.0 that this document could break."""
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    assert document["info"].keys() >= {"title", "version"}
    for reference in references(document):
        assert resolved(document, reference)
    for channel in document["channels"].values():
        assert "{prefix}" in channel["address"]
        assert channel["parameters"].keys() == {"prefix"}
        for name, message in channel["messages"].items():
            assert message == {"$ref": f"#/components/messages/{name}"}
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].startswith("#/channels/")
    for name, message in document["components"]["messages"].items():
        assert message["name"] == name
        assert resolved(document, message["payload"]["$ref"])["type"] == "object"
    assert set(document["channels"]["events"]["messages"]) == set(EVENT_TYPES)


@pytest.mark.parametrize("module", ["numpy", "scipy", "fastapi", "sqlalchemy", "babel"])
def test_the_contract_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, shared.contract.event; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
