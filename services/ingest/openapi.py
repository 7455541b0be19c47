"""What /openapi.json says beyond what the routes say by themselves."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from services.ingest.problems import MEDIA_TYPE
from shared.contract.answers import Problem
from shared.contract.event import AnyEvent

DESCRIPTION = (
    "Post what customers buy and complain about; read who is leaving. Errors are RFC 9457 "
    "problems that name item and field and repeat no value."
)
_REFS = "#/components/schemas/{model}"
_EVENT = {"$ref": _REFS.format(model="Event")}
_EVENTS = {"type": "array", "items": _EVENT, "maxItems": 5000}
_LINES = {"type": "string", "description": "One event a line."}
_ROWS = {
    "type": "string",
    "description": "A header and rows: id, time, customer, amount, and if need be currency, "
    "type, source, sku, category, quantity, rep.",
}
EVENTS_BODY = {
    "required": True,
    "description": "A CloudEvent in binary mode is the data as application/json and its "
    "attributes as ce- headers.",
    "content": {
        "application/json": {"schema": {"anyOf": [_EVENT, _EVENTS]}},
        "application/x-ndjson": {"schema": _LINES},
        "application/cloudevents+json": {"schema": _EVENT},
        "application/cloudevents-batch+json": {"schema": _EVENTS},
        "text/csv": {"schema": _ROWS},
    },
}
_MEANINGS = {
    400: "Not parsable.",
    401: "No key, or not one of ours.",
    403: "The key may not do that.",
    404: "Nothing has that id.",
    408: "The body did not arrive in time.",
    413: "Beyond a limit: 2 MiB on the wire, 8 MiB inflated, 5,000 events.",
    415: "Neither a known media type nor gzip.",
    422: "Items or parameters that cannot be used.",
    429: "The key posts more events than it may: see Retry-After.",
    500: "A fault of the server.",
    503: "Not now: see Retry-After.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented answers of these statuses."""
    schema = {"$ref": _REFS.format(model="Problem")}
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def describe(app: FastAPI) -> None:
    """Let the description name every event and the problem."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name, of in (("Event", TypeAdapter(AnyEvent)), ("Problem", TypeAdapter(Problem))):
                schema = of.json_schema(ref_template=_REFS)
                schemas.update(schema.pop("$defs", {}))
                schemas[name] = schema
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
