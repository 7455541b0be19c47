"""The workflow service of Microsoft Teams: takes cards that its schema allows, from who may."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft6Validator

from tests.notifier.http_server import Asked, Reply, as_json

SCHEMA = Path(__file__).parent / "adaptive_cards" / "adaptive-card-1.4.0.json"
WORKFLOW = "/workflows/0a1b2c/triggers/manual/paths/invoke"
SIGNATURE = "s3cret-signature"
ADDRESS = f"{WORKFLOW}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
LARGEST = 28 * 1024  # bytes of a message in Teams


@lru_cache(maxsize=1)
def _validator() -> Draft6Validator:
    return Draft6Validator(json.loads(SCHEMA.read_text("utf-8-sig")))


def problems(envelope: dict[str, Any]) -> list[str]:
    """Why Teams would not show the message; empty when it would."""
    if envelope.get("type") != "message" or len(envelope.get("attachments", ())) != 1:
        return ["not a message with one card"]
    (attachment,) = envelope["attachments"]
    if attachment.get("contentType") != "application/vnd.microsoft.card.adaptive":
        return ["not a card"]
    found = [error.message for error in _validator().iter_errors(attachment["content"])]
    if len(json.dumps(envelope, ensure_ascii=False).encode()) > LARGEST:
        found.append("too large")
    return found


class TeamsService:
    """The script of an HttpServer; `posted` holds the cards."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []

    def __call__(self, asked: Asked) -> Reply:
        url = urlsplit(asked.path)
        if url.path != WORKFLOW:
            return _error(404, "WorkflowNotFound")
        if parse_qs(url.query).get("sig") != [SIGNATURE]:
            return _error(401, "DirectApiAuthorizationRequired")
        if problems(asked.json):
            return _error(400, "TriggerInputSchemaMismatch")
        self.posted.append(asked.json["attachments"][0]["content"])
        return Reply(202, b"")


def _error(status: int, code: str) -> Reply:
    told = "The workflow run at 'prod-07' for 'ana@company.example' failed."
    return as_json(status, {"error": {"code": code, "message": told}})
