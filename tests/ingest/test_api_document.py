"""docs/api.md says what the program does."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.ingest import formats, limits
from shared.storage.keys import SCOPES

TEXT = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    """The first block of that language."""
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("language", "media_type"), [("json", "application/json"), ("csv", "text/csv")]
)
def test_its_examples_are_accepted(client: TestClient, language: str, media_type: str) -> None:
    body = example(language).encode()
    answer = client.post("/v1/events", content=body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2})


def test_its_binary_example_is_accepted(client: TestClient) -> None:
    head, _, body = example("http").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    answer = client.post("/v1/events", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})


def test_its_problem_is_what_is_answered(client: TestClient) -> None:
    events = json.loads(example("json"))
    events[1]["type"], events[1]["data"] = "purchase", {"amount": "-1", "currency": "EUR"}
    problem = json.loads(re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)[1])
    answer = client.post("/v1/events", json=events).json()
    assert answer == {**problem, "title": answer["title"]}  # the title differs between Pythons


def test_it_names_every_limit_media_type_scope_and_path(client: TestClient) -> None:
    table = TEXT.split("### Limits")[1].split("## Errors")[0]
    for number in (
        f"{limits.WIRE_BYTES // 2**20} MiB",
        f"{limits.INFLATED_BYTES // 2**20} MiB",
        f"{limits.EVENTS:,} ",
        f"{limits.EVENT_BYTES:,} bytes",
        f"{formats.CSV_ROWS:,} ",
        f"| {limits.DEPTH} |",
        f"| {limits.BODY_SECONDS:.0f} s |",
    ):
        assert number in table
    for media_type in formats.MEDIA_TYPES:
        assert f"`{media_type}`" in TEXT
    for scope in SCOPES:
        assert f"| `{scope}` |" in TEXT
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in TEXT
