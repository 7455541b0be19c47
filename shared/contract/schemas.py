"""Writes docs/events.schema.json and docs/asyncapi.json from the models.

`python -m shared.contract.schemas` writes them; with `--check` it only says whether they are
current, and ends with 1 if not.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from shared.contract.alert_event import AlertEvent, Change
from shared.contract.event import EVENT_TYPES, AnyEvent
from shared.contract.topics import alerts_topic, events_topic

DOCS = Path(__file__).parents[2] / "docs"
_MEDIA_TYPE = "application/cloudevents+json"
_PREFIX = "{prefix}"
_ALERT_KEY = "customer, feed:SOURCE or portfolio:NAME, in UTF-8"


class _WithoutTitles(GenerateJsonSchema):
    """Titles that only repeat the field's name are left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def event_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of any one event on its way in."""
    schema = TypeAdapter(AnyEvent).json_schema(schema_generator=_WithoutTitles)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "An event for Vigía",
        "description": (
            "A CloudEvent 1.0. Not said here: time lies between 2000-01-01 and five minutes from "
            "now, a feed's subject is its source, csat goes from 1 to 5 and ces from 1 to 7, and "
            "no object holds the same field twice."
        ),
        **schema,
    }


def _message(name: str, title: str, payload: str, key: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "contentType": _MEDIA_TYPE,
        "headers": {
            "type": "object",
            "properties": {"content-type": {"const": _MEDIA_TYPE}},
            "required": ["content-type"],
        },
        "payload": {"$ref": f"#/components/schemas/{payload}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}}},
    }


def _channel(address: str, description: str, messages: Sequence[str]) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "parameters": {"prefix": {"default": "vigia", "description": "VIGIA_KAFKA_PREFIX"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _operation(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
    }


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, model in EVENT_TYPES.items():
        yield name, _message(name, model.__name__, model.__name__, "subject, in UTF-8")
    for change in get_args(Change):
        name = f"alert.{change}"
        yield (
            name,
            _message(
                name, f"Alert {change}", "AlertEvent", "customer, feed:SOURCE, portfolio:NAME"
            ),
        )


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of the two topics, as Vigía reads and writes them."""
    models = [*EVENT_TYPES.values(), AlertEvent]
    _, schemas = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=_WithoutTitles,
    )
    messages = dict(_messages())
    alerts = [name for name in messages if name not in EVENT_TYPES]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vigía",
            "version": "1.0.0",
            "description": "What customers do comes in; every change of an alert goes out.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _MEDIA_TYPE,
        "channels": {
            "events": _channel(
                events_topic(_PREFIX),
                "Events that were accepted. Of one source, id and revision the first counts.",
                list(EVENT_TYPES),
            ),
            "alerts": _channel(
                alerts_topic(_PREFIX),
                "At least once, in order of number for each alert: drop numbers seen before.",
                alerts,
            ),
        },
        "operations": {
            "receiveEvents": _operation("receive", "events", "The detector folds each once."),
            "sendAlerts": _operation("send", "alerts", "The publisher announces each change."),
        },
        "components": {"messages": messages, "schemas": schemas["$defs"]},
    }


def documents() -> dict[str, str]:
    """What the generated files hold, by name."""
    built = {"events.schema.json": event_schema(), "asyncapi.json": asyncapi()}
    return {
        name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in built.items()
    }


def main(arguments: Sequence[str]) -> int:
    """Writes or checks the files; the exit status."""
    stale = [
        name
        for name, text in documents().items()
        if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != text
    ]
    if list(arguments) == ["--check"]:
        if stale:
            names = " and ".join(f"docs/{name}" for name in stale)
            sys.stderr.write(f"{names}: not current; run python -m shared.contract.schemas\n")
        return 1 if stale else 0
    if arguments:
        sys.stderr.write("usage: python -m shared.contract.schemas [--check]\n")
        return 2
    for name in stale:
        (DOCS / name).write_text(documents()[name], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
